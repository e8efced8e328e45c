// A connection to a signaling server, from the side that asks.
import { clock } from '../clock.js';
import { TokenBucket } from '../transport/token-bucket.js';
import type { TransportFault } from '../transport/types.js';
import { WebSocketClient } from '../websocket-client.js';
import {
  MAX_HEARD_PER_S,
  MAX_SIGNAL_BYTES,
  read_signal,
  SIGNALING_PROTOCOL,
  type Signal,
  write_signal,
} from './signaling-message.js';

/** What becomes of it; `closed` comes once, and not after our own {@link SignalingClient.close}. */
export interface SignalingOwner {
  opened(): void;
  told(signal: Signal): void;
  closed(reason: string): void;
}

export class SignalingClient {
  readonly #socket = new WebSocketClient();
  readonly #bucket = new TokenBucket(MAX_HEARD_PER_S, clock.now());
  #owner: SignalingOwner | undefined;

  /** @throws NetError `package_missing` in Node without `ws`; what the host throws for a URL that it refuses */
  constructor(
    url: string,
    timeout_ms: number,
    owner: SignalingOwner,
    protocols = [SIGNALING_PROTOCOL],
  ) {
    this.#owner = owner;
    this.#socket.start(
      url,
      { protocols, timeout_ms, max_message_bytes: MAX_SIGNAL_BYTES },
      {
        opened: () => this.#owner?.opened(),
        received: (message) => this.#received(message),
        closed: (reason: string, _code: number, _fault?: TransportFault) => this.#closed(reason),
        alive: () => {},
      },
    );
  }

  get open(): boolean {
    return this.#socket.open;
  }

  /** The version that the server chose. */
  get protocol(): string {
    return this.#socket.protocol;
  }

  #received(message: Uint8Array | string): void {
    if (!this.#bucket.take(1, clock.now())) {
      this.#socket.cut();
      this.#closed('the signaling server says too much');
      return;
    }
    const signal = typeof message === 'string' ? read_signal(message) : undefined;
    // What this version does not know is for later ones.
    if (signal !== undefined) this.#owner?.told(signal);
  }

  #closed(reason: string): void {
    const owner = this.#owner;
    this.#owner = undefined;
    owner?.closed(reason);
  }

  /** False: no signaling server would take it, so it was not said. */
  say(signal: Signal): boolean {
    const text = write_signal(signal);
    // A host's answer is as long as the visitor's offer makes it, and the server ends who says too much.
    if (read_signal(text) === undefined) return false;
    if (this.#socket.open) this.#socket.send_text(text);
    return true;
  }

  close(): void {
    this.#owner = undefined;
    this.#socket.close();
  }
}
