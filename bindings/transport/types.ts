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

/** What a link reports, each from a task of the host. After `closed` nothing comes. */
export interface LinkOwner {
  opened(): void;
  /** One message. The bytes are valid during the call only. */
  received(message: Uint8Array | string): void;
  closed(reason: string): void;
}
