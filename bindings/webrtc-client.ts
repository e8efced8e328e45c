// A DataChannel connection from this side: in pages the browser's own WebRTC, in Node `node-datachannel`.
import { host } from '#host';
import { utf8_length } from './buffer-text.js';
import { integer_in, show, text } from './check.js';
import { clock } from './clock.js';
import { NetError, type NetErrorCode } from './errors.js';
import { report_uncaught } from './events.js';
import { check_ice_servers, type IceServers, ice_servers_of, setting } from './network-config.js';
import { type ChannelLink, channel_kind } from './rtc/channel-link.js';
import { Line } from './rtc/line.js';
import type { LineFailure } from './rtc/line-failure.js';
import { is_token, room_name } from './rtc/signaling-message.js';
import { MAX_CHANNEL_MESSAGE_BYTES } from './rtc/types.js';
import { CONNECT_TIMEOUT_MS } from './websocket-client.js';

/** How a {@link WebRTCClient} connects. */
export interface WebRTCClientOptions {
  /** Room at the signaling server; default '': its own UDP server. */
  room?: string;
  /** Shown at the door: a password, or a token of yours. */
  token?: string;
  /** STUN and TURN servers. Default: `network_config_ice_servers`. */
  ice_servers?: IceServers;
  /** Only by way of TURN servers. Default: `network_config_relay_only`. */
  relay_only?: boolean;
  /** Milliseconds until the attempt fails; default 10,000. */
  timeout_ms?: number;
}

/** What waits at a channel may be so much; what is sent beyond is dropped, as on any network. */
const QUEUE_BYTES = 64 * 1024;
/** How often it is looked whether what waits still moves. */
const LOOK_MS = 500;
const KIND = channel_kind(false, true);

/** Failures of a line that have another name among the codes of a {@link NetError}. */
const CODES: Partial<Record<LineFailure, NetErrorCode>> = {
  timeout: 'connect_timeout',
  room_taken: 'connect_failed',
  version: 'connect_failed',
  malformed: 'connect_failed',
  rate: 'connect_failed',
  left: 'connect_failed',
  failed: 'connect_failed',
};

/**
 * A DataChannel to a UDP server of bytewire, for direct use: `ordered: false`, `maxRetransmits: 0`, messages as they are. They may be
 * lost and overtake one another, and are dropped rather than queued where the network is too slow.
 *
 * ```ts
 * const client = new WebRTCClient();
 * client.onmessage = (data) => { if (data instanceof ArrayBuffer) ... };
 * await client.connect('wss://game.example:6510');
 * client.send(new Uint8Array([1, 2, 3]));
 * ```
 */
export class WebRTCClient {
  /** Called with each message: binary as ArrayBuffer, text as string. */
  onmessage: ((data: ArrayBuffer | string) => void) | null = null;
  /** Called once when an open connection has ended, by whichever side, but not after our own `close`. */
  onclose: ((reason: string) => void) | null = null;
  /** Messages that were dropped because too much was waiting. */
  dropped = 0;

  #line: Line | undefined;
  #link: ChannelLink | undefined;
  #timer: ReturnType<typeof clock.later> | undefined;
  #fail: ((error: NetError) => void) | undefined;

  /** Whether messages can be sent. */
  get open(): boolean {
    return this.#link?.open ?? false;
  }

  /** Bytes accepted and not yet taken by the network. */
  get buffered(): number {
    return this.#link?.buffered ?? 0;
  }

  /**
   * Connects by way of a signaling server. A client connects once at a time; after it has ended it may connect again.
   *
   * @param signaling_url `ws://` or `wss://` of a bytewire server
   * @throws (rejects) NetError: `no_signaling`, `no_room`, `refused`, `full`, `host_left`, `ice_failed` (with a summary of the
   *   candidates), `connect_timeout`, `connect_failed`, `unsupported` no WebRTC here, `package_missing` in Node without `ws` or
   *   `node-datachannel`; TypeError, RangeError nonsense arguments
   */
  async connect(signaling_url: string, options: WebRTCClientOptions = {}): Promise<void> {
    const { room = '', token = '', timeout_ms = CONNECT_TIMEOUT_MS } = options;
    const url = text(signaling_url, 'connect: signaling URL');
    if (!URL.canParse(url) || !/^wss?:$/.test(new URL(url).protocol)) {
      throw new RangeError(`connect: ${show(url)} is not a ws(s) URL`);
    }
    const name = room_name(text(room, 'connect: room'));
    if (name === undefined) {
      throw new RangeError(`connect: no room can have the code ${show(room)}`);
    }
    if (!is_token(text(token, 'connect: token'))) {
      throw new RangeError('connect: token takes 4096 characters, and 8192 bytes in JSON');
    }
    integer_in(timeout_ms, 1, 0x7fffffff, 'connect: timeout_ms');
    const ice = check_ice_servers(
      options.ice_servers ?? setting(undefined, 'ice_servers'),
      'connect: ice_servers',
    );
    const relay_only = options.relay_only ?? setting(undefined, 'relay_only') === 1;
    if (typeof relay_only !== 'boolean') {
      throw new TypeError(`connect: relay_only must be true or false, got ${show(relay_only)}`);
    }
    if (this.#line !== undefined) {
      throw new NetError('connect_failed', 'this client is connected or connecting already');
    }
    host.rtc.check();
    await new Promise<void>((resolve, reject) => {
      const line = new Line(
        {
          url,
          room: name,
          token,
          resume: '',
          bound: 0,
          timeout_ms,
          relay_only,
          ice_servers: () => ice_servers_of(ice),
        },
        () => {},
      );
      this.#line = line;
      this.#fail = reject;
      const failed = (why: LineFailure | NetErrorCode, reason: string) => {
        if (this.#line !== line) return;
        this.#forget();
        reject(new NetError(CODES[why as LineFailure] ?? (why as NetErrorCode), reason));
      };
      try {
        line.add({ kind: KIND, failed, connected: (link) => this.#connected(link, resolve) });
      } catch (error) {
        const code = error instanceof NetError ? error.code : 'no_signaling';
        failed(code, error instanceof Error ? error.message : String(error));
      }
    });
  }

  #connected(link: ChannelLink, resolve: () => void): void {
    if (this.#line === undefined) {
      link.close(1000, 'not wanted any more');
      return;
    }
    this.#fail = undefined;
    this.#link = link;
    link.attach({
      opened: resolve,
      received: (message: Uint8Array | string) => {
        const data = typeof message === 'string' ? message : Uint8Array.from(message).buffer;
        shielded(() => this.onmessage?.(data));
      },
      closed: (reason: string) => this.#ended(reason),
      alive: () => {},
    });
    this.#look();
  }

  /** A channel that has stalled does not come back. */
  #look(): void {
    this.#timer = clock.later(() => {
      const link = this.#link;
      if (link?.is_stalled?.(clock.now(), 0)) {
        link.cut();
        this.#ended('the connection has stalled');
      } else if (link !== undefined) this.#look();
    }, LOOK_MS);
  }

  #ended(reason: string): void {
    if (this.#link === undefined) return;
    this.#forget();
    shielded(() => this.onclose?.(reason));
  }

  #forget(): void {
    clock.cancel(this.#timer);
    this.#line = this.#link = this.#fail = undefined;
  }

  /**
   * Sends one message: bytes as binary, a string as text; dropped and counted where too much waits already. The bytes may be reused
   * when it returns.
   * @throws NetError `not_open`; TypeError neither bytes nor a string; RangeError more than 256 KiB, of a string in UTF-8
   */
  send(message: Uint8Array | ArrayBuffer | string): void {
    const link = this.#link;
    if (!link?.open) throw new NetError('not_open', 'this client is not connected');
    const is_text = typeof message === 'string';
    const bytes = message instanceof ArrayBuffer ? new Uint8Array(message) : message;
    if (!is_text && !(bytes instanceof Uint8Array)) {
      throw new TypeError(`send takes bytes or a string, got ${show(message)}`);
    }
    const size = typeof bytes === 'string' ? utf8_length(bytes) : bytes.length;
    if (size > MAX_CHANNEL_MESSAGE_BYTES) {
      throw new RangeError(`send takes ${MAX_CHANNEL_MESSAGE_BYTES} bytes, got ${size}`);
    }
    if (link.buffered_at_most > QUEUE_BYTES && link.buffered > QUEUE_BYTES) this.dropped++;
    else if (typeof bytes === 'string') link.send_text(bytes);
    else link.send_bytes(bytes);
  }

  /** Ends the connection, or the attempt. Harmless at any time; nothing is reported after it. */
  close(): void {
    const [line, link, fail] = [this.#line, this.#link, this.#fail];
    this.#forget();
    if (link !== undefined) link.close(1000, '');
    else line?.forget(KIND);
    fail?.(new NetError('connect_failed', 'closed before it was connected'));
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
