// One link to a peer: what a WebSocket, and any other transport, looks like to the network functions.

/**
 * Bytes on their way out. They lie outside linear memory and nobody writes to them any more, so a link may hold on to them,
 * and several links may share one (a broadcast). The `HEAD_ROOM` bytes before `start` are the link's own to write.
 */
export class Message {
  /** What a kind of link made of it, to be used again by the next link of that kind. */
  framed: unknown;
  constructor(
    readonly bytes: Uint8Array<ArrayBuffer>,
    readonly start: number,
    public end: number,
  ) {}

  get view(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(this.start, this.end);
  }
}

/** Room in front of every message: the longest header of a WebSocket frame without a mask. */
export const HEAD_ROOM = 10;

/** A link that is up, or coming up. */
export interface Link {
  /** Whether it can send now: false also when it is closing and nobody has been told yet. */
  readonly open: boolean;
  /** Bytes accepted and not yet taken by the host's network. */
  readonly buffered: number;
  /** Links where asking for `buffered` takes time: what it is at most, at once. */
  readonly buffered_at_most?: number;
  /** Sub-protocol that both sides agreed on, or ''. */
  readonly protocol: string;
  /** Whether messages arrive in order and without loss. */
  readonly ordered: boolean;
  /** It may be open although the peer does not take it: it counts when something has come over it. */
  readonly in_doubt?: boolean;
  /** Sends one binary message. Only on an open link. */
  send_message(message: Message): void;
  /** Links that copy what they send: one binary message whose bytes may be used again when it returns. */
  send_bytes?(bytes: Uint8Array): void;
  /** Looks whether what waits still moves; true: it has not for too long. `away_ms`: this process was away for so long. */
  is_stalled?(now_ms: number, away_ms: number): boolean;
  /** Largest message, where that is less than a socket's own limit. */
  readonly max_message_bytes?: number;
  /** Sends one text message. Only on an open link. */
  send_text(text: string): void;
  /** Asks the peer's host for a sign of life, where the transport can; the owner's `alive` tells of the answer. */
  ping?(): void;
  /** Ends the link; `closed` is not called any more. */
  close(code: number, reason: string): void;
  /** Ends the link at once, without waiting for a peer that is gone; `closed` is not called any more. */
  cut(): void;
}

/** How a peer may break the rules of the transport itself. */
export type TransportFault = 'too_large' | 'malformed' | 'ping_flood';

/** What a link reports, each from a task of the host. After `closed` nothing comes. */
export interface LinkOwner {
  opened(): void;
  /** One message. The bytes are valid during the call only. */
  received(message: Uint8Array | string): void;
  /**
   * `code` as in a WebSocket close frame; 1006: there was none, the link is lost. `fault`: the peer broke the transport's rules,
   * as a word to count. `error`: why there never was a connection, as a word, where the host tells.
   */
  closed(reason: string, code: number, fault?: TransportFault, error?: string): void;
  /** The peer's host has answered a `ping`. */
  alive(): void;
  /** A ping or pong of the transport has come, from the peer or its host: it counts as a message against what may be sent. */
  pinged?(bytes: number): void;
}

/** What an error of `ws` says about the peer; the errors of pages say nothing. */
export function fault_of(error: unknown): TransportFault | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code !== 'string' || !code.startsWith('WS_ERR_')) return undefined;
  return code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' ? 'too_large' : 'malformed';
}
