// What the library needs from its host beyond the language: WebSockets, servers, name resolution.
import type { Incoming, Outgoing } from '../http-exchange.js';
import type { Rtc } from '../rtc/types.js';
import type { FileStore, StoreBackend } from '../store/types.js';
import type { Link, LinkOwner } from '../transport/types.js';

/** The part of the WebSocket interface that browsers and `ws` share. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  readonly protocol: string;
  onopen: (() => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: ((event: { message?: string; error?: unknown }) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  /** `ws` only: drops the connection without a closing handshake. */
  terminate?(): void;
  /** `ws` only: asks the peer's host for a sign of life. */
  ping?(): void;
  on?(event: 'pong', listener: () => void): void;
  /** `ws` only: the server has answered with something else than a WebSocket. */
  on?(
    event: 'unexpected-response',
    listener: (request: unknown, response: { statusCode?: number; statusMessage?: string }) => void,
  ): void;
}

export interface ListenOptions {
  /** 0: any free port. */
  port: number;
  /** Address to bind; default: all. */
  host?: string;
  /** A node:http server to share, in place of a port of its own. */
  server?: unknown;
  /** Only upgrade requests of this path are taken. Default: all. */
  path?: string;
  /** TLS key and certificate in PEM, both or neither. */
  key?: string | Uint8Array;
  cert?: string | Uint8Array;
  /** Sub-protocols to agree on, best first. Default: what the client asks for first. */
  protocols?: string[];
  /** Takes callers who ask for signaling, in place of all others. */
  signaling?: boolean;
  /** Largest WebSocket message in bytes. */
  max_message_bytes: number;
  /** Milliseconds for a caller to say what it wants, asked for each; default 10,000. */
  handshake_ms?: () => number;
}

/** One who wants in. */
export interface Caller {
  ip: string;
  port: number;
  /** Of the page that asks; programs have none. */
  origin: string | undefined;
  /** Sub-protocols that it asks for. */
  protocols: string[];
  /** Milliseconds of its handshake that have passed. */
  waited_ms?: number;
}

export interface ListenOwner {
  /**
   * The HTTP status that refuses this caller; undefined lets it in. A promise, which never rejects, while the program is asked: what it
   * gives is called when the caller would enter, and answers then.
   */
  refuses(caller: Caller): string | undefined | Promise<() => string | undefined>;
  /** A client is there: gives who gets its messages. The host then reports that the link is open. */
  entered(link: Link, caller: Caller): LinkOwner;
  /** Somebody was turned away before there was a link, for a reason to count. */
  refused(reason: string): void;
  /** The server cannot go on: why, for people, and as a word where there is one. */
  failed(reason: string, error?: string): void;
}

/** A server that takes clients. */
export interface Listening {
  /** The port that was really bound; 0 while the host still binds it. */
  readonly port: number;
  /** The node:http server, for another endpoint to share. */
  readonly http?: object;
  /** Largest WebSocket message in bytes, of clients that come from now on. */
  set_max_message(bytes: number): void;
  /** Stops taking clients; those that are there stay. */
  close(): void;
}

/** What HTTP needs of its host. */
export interface HttpHost {
  /** `http:` and the like. */
  readonly schemes: string[];
  /** A page: the browser has rules of its own for headers and redirects. */
  readonly is_page: boolean;
  /** {@link exchange} follows redirects safely, and shows none of them. */
  readonly follows_redirects: boolean;
  /** So many requests at once are no harm, whoever they go to. */
  readonly max_running: number;
  /** What relative URLs are relative to. */
  base_url(): string | undefined;
  /** Whether `sent` will be called while a longer body goes out. */
  tells_upload(out: Pick<Outgoing, 'wants_upload' | 'mode' | 'credentials'>): boolean;
  /** Sends, and gives the response when its head is there. @throws HttpError, and what the host says */
  exchange(out: Outgoing): Promise<Incoming>;
}

/** A host: Node or a browser. */
export interface Host {
  /** Opens a WebSocket whose binary messages arrive as bytes with the fewest copies. @throws NetError, SyntaxError */
  open_websocket(url: string, protocols: string[], max_message_bytes: number): WebSocketLike;
  /** Listens, or gives a negative `network_error_*`. */
  listen(options: ListenOptions, owner: ListenOwner): Listening | number;
  /** Address of a host name. */
  resolve(name: string): Promise<string>;
  /** The files below a root, '' the default. @throws NetError `unsupported` */
  make_store(root: string, backend: StoreBackend): FileStore;
  /** A root as given, when the host takes it. @throws RangeError */
  check_root(root: string): string;
  readonly http: HttpHost;
  readonly rtc: Rtc;
}
