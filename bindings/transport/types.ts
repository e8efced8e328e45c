// One link to a peer: what a WebSocket, and any other transport, looks like to the network functions.

/** A link that is up, or coming up. Bytes given to `send` are the link's from then on. */
export interface Link {
  /** Whether it can send now: false also when it is closing and nobody has been told yet. */
  readonly open: boolean;
  /** Bytes accepted and not yet taken by the host's network. */
  readonly buffered: number;
  /** Sends one message. Only on an open link. */
  send(message: Uint8Array<ArrayBuffer> | string): void;
  /** Ends the link; `closed` is not called any more. */
  close(code: number, reason: string): void;
}

/** How a peer may break the rules of the transport itself. */
export type TransportFault = 'too_large' | 'malformed';

/** What a link reports, each from a task of the host. After `closed` nothing comes. */
export interface LinkOwner {
  opened(): void;
  /** One message. The bytes are valid during the call only. */
  received(message: Uint8Array | string): void;
  /** `fault`: the peer broke the transport's rules, as a word to count. */
  closed(reason: string, fault?: TransportFault): void;
}

/** What an error of `ws` says about the peer; the errors of pages say nothing. */
export function fault_of(error: unknown): TransportFault | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code !== 'string' || !code.startsWith('WS_ERR_')) return undefined;
  return code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' ? 'too_large' : 'malformed';
}
