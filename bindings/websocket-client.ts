// A WebSocket connection from this side: in pages the browser's own, in Node `ws`.
import { host } from '#host';
import { integer_in, known_keys, options_object, show, text } from './check.js';
import { NetError } from './errors.js';
import { host_task, report_uncaught } from './events.js';
import type { WebSocketLike } from './host/types.js';
import { refusal_of_error, refusal_of_status } from './network-refusal.js';
import { fault_of, type LinkOwner, type Message, type TransportFault } from './transport/types.js';

const OPEN = 1;
/** Milliseconds until a connection attempt fails, where nothing else is said. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** A peer has this long to answer our close frame; then its connection is cut. */
const CLOSE_GRACE_MS = 1000;
/** What a page says when it gives up a link that is dead, as far as it can still be heard. */
const CODE_CUT = 3006;
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** How a {@link WebSocketClient} connects. */
export interface WebSocketClientOptions {
  /** Sub-protocols to ask for. */
  protocols?: string[];
  /** Milliseconds until the attempt fails; default 10,000. */
  timeout_ms?: number;
  /** Largest message taken, in bytes; default 64 MiB. (A browser takes what it gets.) */
  max_message_bytes?: number;
}

const OPTIONS: Record<keyof WebSocketClientOptions, true> = {
  protocols: true,
  timeout_ms: true,
  max_message_bytes: true,
};

function check_options(options: WebSocketClientOptions): void {
  options_object(options, 'connect: options');
  known_keys(options, OPTIONS, 'connect: options');
  const { protocols = [], timeout_ms = 1, max_message_bytes = 1 } = options;
  if (!Array.isArray(protocols)) {
    throw new TypeError(`connect: protocols must be a list of names, got ${show(protocols)}`);
  }
  for (const one of protocols) text(one, 'connect: a protocol');
  integer_in(timeout_ms, 1, 0x7fffffff, 'connect: timeout_ms');
  integer_in(max_message_bytes, 1, 0x7fffffff, 'connect: max_message_bytes');
}

/**
 * A WebSocket client for direct use; the network functions stand on it too.
 *
 * ```ts
 * const client = new WebSocketClient();
 * client.onmessage = (data) => { if (data instanceof ArrayBuffer) ... };
 * await client.connect('wss://game.example/play');
 * client.send(new Uint8Array([1, 2, 3]));
 * ```
 */
export class WebSocketClient {
  /** Called with each message: binary as ArrayBuffer, text as string. */
  onmessage: ((data: ArrayBuffer | string) => void) | null = null;
  /** Called once when an open connection has ended, by whichever side, but not after our own `close`. */
  onclose: ((reason: string) => void) | null = null;

  /** Messages arrive in order and without loss. */
  readonly ordered = true;

  #socket: WebSocketLike | undefined;
  #owner: LinkOwner | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #fail: ((error: NetError) => void) | undefined;

  /** Whether messages can be sent. */
  get open(): boolean {
    return this.#socket?.readyState === OPEN;
  }

  /** Bytes accepted and not yet taken by the host's network. */
  get buffered(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  /** The sub-protocol that the server chose, or ''. */
  get protocol(): string {
    return this.#socket?.protocol ?? '';
  }

  /**
   * Connects. A client connects once at a time; after it has ended it may connect again.
   *
   * @param url `ws://` or `wss://`
   * @throws (rejects) NetError `connect_failed` refused, or not a WebSocket server; `connect_timeout`; `package_missing` in Node
   *   without `ws`. SyntaxError: not a WebSocket URL, protocols that cannot be asked for. TypeError, RangeError: nonsense arguments
   */
  connect(url: string, options: WebSocketClientOptions = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      check_options(options);
      this.start(url, options, {
        opened: resolve,
        received: (message) => {
          const data = typeof message === 'string' ? message : array_buffer_of(message);
          shielded(() => this.onmessage?.(data));
        },
        closed: (reason) => shielded(() => this.onclose?.(reason)),
        alive: () => {},
      });
      this.#fail = reject;
    });
  }

  /**
   * Connects for the network functions: results go to `owner`, bytes arrive without a further copy.
   * @internal
   */
  start(url: string, options: WebSocketClientOptions, owner: LinkOwner): void {
    if (typeof url !== 'string') throw new TypeError(`a URL must be a string, got ${show(url)}`);
    if (this.#socket !== undefined) {
      throw new NetError('connect_failed', 'this client is connected or connecting already');
    }
    const {
      protocols = [],
      timeout_ms = CONNECT_TIMEOUT_MS,
      max_message_bytes = MAX_MESSAGE_BYTES,
    } = options;
    const socket = host.open_websocket(url, protocols, max_message_bytes);
    this.#socket = socket;
    this.#owner = owner;
    let opened = false;
    let reason = '';
    let fault: TransportFault | undefined;
    let word: string | undefined;

    socket.onopen = () =>
      host_task(() => {
        opened = true;
        clearTimeout(this.#timer);
        this.#fail = undefined;
        this.#owner?.opened();
      });
    socket.onmessage = ({ data }) =>
      host_task(() => {
        if (data instanceof ArrayBuffer) this.#owner?.received(new Uint8Array(data));
        else this.#owner?.received(data as Uint8Array | string);
      });
    socket.on?.('pong', () => this.#owner?.alive());
    // ws would say no more than the number.
    socket.on?.('unexpected-response', (_, { statusCode = 0, statusMessage = '' }) => {
      ({ error: word, reason } = refusal_of_status(statusCode, statusMessage));
      socket.terminate?.();
    });
    socket.onerror = ({ message, error }) => {
      const refusal = refusal_of_error(message ?? '', error);
      reason ||= refusal.reason;
      word ??= refusal.error;
      fault = fault_of(error);
    };
    socket.onclose = (event) =>
      host_task(() => {
        const why =
          reason ||
          event.reason ||
          (opened ? `closed with code ${event.code}` : `cannot connect to ${url}`);
        this.#ended(new NetError('connect_failed', why), event.code, fault, word);
      });
    this.#timer = setTimeout(() => {
      host_task(() => {
        this.#cut();
        this.#ended(
          new NetError('connect_timeout', `no answer from ${url} in ${timeout_ms} ms`),
          1006,
          undefined,
          'timeout',
        );
      });
    }, timeout_ms);
  }

  /**
   * Sends one message: bytes as binary, a string as text. The bytes may be reused when it returns.
   * @throws NetError `not_open`; TypeError neither bytes nor a string
   */
  send(message: Uint8Array | ArrayBuffer | string): void {
    const socket = this.#socket;
    if (socket?.readyState !== OPEN) throw new NetError('not_open', 'this client is not connected');
    if (typeof message === 'string') socket.send(message);
    else if (message instanceof Uint8Array) socket.send(message as Uint8Array<ArrayBuffer>);
    else if (message instanceof ArrayBuffer) socket.send(new Uint8Array(message));
    else throw new TypeError(`send takes bytes or a string, got ${show(message)}`);
  }

  /** @internal */
  send_message(message: Message): void {
    // A browser copies, and ws in a client masks into memory of its own.
    this.#socket?.send(message.view);
  }

  /** @internal */
  send_text(text: string): void {
    this.#socket?.send(text);
  }

  /** @internal In Node only: pages cannot. */
  get ping(): (() => void) | undefined {
    const socket = this.#socket;
    if (socket?.ping === undefined) return undefined;
    return () => {
      if (socket.readyState === OPEN) socket.ping?.();
    };
  }

  /** @internal */
  cut(): void {
    this.#cut();
    this.#forget();
  }

  /**
   * Ends the connection, or the attempt. Harmless at any time; nothing is reported after it.
   *
   * @param code 1000, or 3000 to 4999
   * @param reason at most 123 bytes in UTF-8
   * @throws what the host says to a code or reason that cannot be sent; the connection stays
   */
  close(code = 1000, reason = ''): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    const attempt = this.#fail;
    if (socket.readyState !== OPEN) {
      this.#forget();
      // Not open yet: a close frame cannot be sent. ws reports an error for this, which nobody needs.
      socket.onerror = () => {};
      socket.close();
    } else {
      socket.close(code, reason);
      this.#forget();
      if (socket.terminate !== undefined) {
        const timer = setTimeout(() => socket.terminate?.(), CLOSE_GRACE_MS);
        socket.onclose = () => clearTimeout(timer);
      }
    }
    attempt?.(new NetError('connect_failed', 'closed before it was connected'));
  }

  #cut(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.onerror = () => {};
    if (socket.terminate !== undefined) socket.terminate();
    else socket.close(CODE_CUT);
  }

  #forget(): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    if (socket !== undefined) socket.onopen = socket.onmessage = socket.onclose = null;
    this.#socket = this.#owner = this.#fail = undefined;
  }

  #ended(error: NetError, code: number, fault?: TransportFault, word?: string): void {
    const owner = this.#owner;
    const fail = this.#fail;
    this.#forget();
    if (fail !== undefined) fail(error);
    else owner?.closed(error.message, code, fault, word);
  }
}

/** A callback that throws must not stop the host in the middle of a message. */
function shielded(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    report_uncaught(error);
  }
}

/** The bytes as an ArrayBuffer of their own, without a copy where they fill theirs. */
function array_buffer_of(bytes: Uint8Array): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes;
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) return buffer;
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}
