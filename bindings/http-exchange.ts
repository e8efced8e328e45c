// What one exchange with a server takes and gives, whichever host makes it.

/** Makes it wait where a request to `url` has to wait for its turn. */
export type Admit = (url: string) => Promise<void> | undefined;

export interface Outgoing {
  url: string;
  method: string;
  headers: Headers;
  /** Never changed by anybody while it is sent. */
  body: Uint8Array<ArrayBuffer> | undefined;
  mode: RequestMode;
  credentials: RequestCredentials;
  signal: AbortSignal;
  /** Whether anybody wants to know how far the body has gone. */
  wants_upload: boolean;
  /** Most bytes of the response's body that anybody will take. */
  limit: number;
  /** So many bytes of the body have gone. */
  sent(bytes: number): void;
}

/** Takes a piece of a body. The bytes are good until it returns, or until its promise has resolved; the next piece waits. */
export type Take = (piece: Uint8Array) => Promise<void> | undefined;

export interface IncomingBody {
  /**
   * Hands over the body piece by piece, and resolves behind the last one. Once.
   * @throws whatever ends it early: the host's words, HttpError, and what `take` throws
   */
  deliver(take: Take): Promise<void>;
  /** Nobody wants it. */
  cancel(): void;
}

/** The head of a response, and the way to its body. */
export interface Incoming {
  status: number;
  headers: Headers;
  /** null: this response has none, whatever its headers say. */
  body: IncomingBody | null;
}
