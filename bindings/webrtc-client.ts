// A DataChannel connection from this side: in pages the browser's own WebRTC, in Node `node-datachannel`.
import { host } from '#host';
import { utf8_length } from './buffer-text.js';
import { integer_in, known_keys, options_object, show, text, url_of } from './check.js';
import { clock } from './clock.js';
import { NetError, type NetErrorCode } from './errors.js';
import { host_task, report_uncaught } from './events.js';
import { check_ice_servers, type IceServers, ice_servers_of, setting } from './network-config.js';
import { type ChannelLink, channel_kind } from './rtc/channel-link.js';
import { COME_BACK_MS, COME_BACK_PAUSE_MS, Line, type LineOptions } from './rtc/line.js';
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

const OPTIONS: Record<keyof WebRTCClientOptions, true> = {
  room: true,
  token: true,
  ice_servers: true,
  relay_only: true,
  timeout_ms: true,
};

/** Why a stalled channel may not be made anew yet, and a moment later may: the server can still count the old one. */
const PASSING: NetErrorCode[] = ['no_signaling', 'connect_timeout', 'ice_failed', 'full'];

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

/** What becomes of a line. */
interface Outcome {
  opened(): void;
  failed(error: NetError): void;
}

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
  /**
   * Called when a channel that had stalled (what waits has not moved for 2.5 s, or for 1.2 s while the server is heard) has been made
   * anew. What was on its way is lost, what was sent meanwhile was dropped, and for the server it is another client: it hears
   * of a disconnect and of a connect. Where that fails for 10 s the connection has ended, and `onclose` is called.
   */
  onreopen: (() => void) | null = null;
  /** Messages that were dropped because too much was waiting, or the channel was being made anew. */
  dropped = 0;

  /** Those of the connection, or of the attempt. */
  #options: LineOptions | undefined;
  /** A stalled channel is being made anew until then. */
  #until_ms = 0;
  #line: Line | undefined;
  #link: ChannelLink | undefined;
  #timer: ReturnType<typeof clock.later> | undefined;
  #fail: ((error: NetError) => void) | undefined;

  /** Whether messages leave: not while a stalled channel is made anew. */
  get open(): boolean {
    return this.#link?.open ?? false;
  }

  /** Bytes accepted and not yet taken by the network. */
  get buffered(): number {
    return this.#link?.buffered ?? 0;
  }

  /**
   * Connects by way of a signaling server. A client connects once at a time; after it has ended it may connect again. What becomes of the connection later is told by `onreopen` and `onclose`, not by the promise.
   *
   * @param signaling_url `ws://` or `wss://` of a bytewire server
   * @throws (rejects) NetError: `no_signaling`, `no_room`, `refused`, `full`, `host_left`, `ice_failed` (with a summary of the
   *   candidates), `connect_timeout`, `connect_failed`, `unsupported` no WebRTC here, `package_missing` in Node without `ws` or
   *   `node-datachannel`; TypeError, RangeError nonsense arguments
   */
  async connect(signaling_url: string, options: WebRTCClientOptions = {}): Promise<void> {
    options_object(options, 'connect: options');
    known_keys(options, OPTIONS, 'connect: options');
    const { room = '', token = '', timeout_ms = CONNECT_TIMEOUT_MS } = options;
    const url = url_of('ws', signaling_url, 'connect: signaling URL');
    const name = room_name(text(room, 'connect: room'));
    if (name === undefined) {
      throw new RangeError(`connect: no room can have the code ${show(room)}`);
    }
    if (!is_token(text(token, 'connect: token'))) {
      throw new RangeError('connect: token takes 4096 characters, and 8192 bytes in JSON');
    }
    integer_in(timeout_ms, 1, 0x7fffffff, 'connect: timeout_ms');
    const {
      ice_servers = setting(undefined, 'ice_servers'),
      relay_only = setting(undefined, 'relay_only') === 1,
    } = options;
    const ice = check_ice_servers(ice_servers, 'connect: ice_servers');
    if (typeof relay_only !== 'boolean') {
      throw new TypeError(`connect: relay_only must be true or false, got ${show(relay_only)}`);
    }
    if (this.#options !== undefined) {
      throw new NetError('connect_failed', 'this client is connected or connecting already');
    }
    host.rtc.check();
    this.#options = {
      url,
      room: name,
      token,
      resume: '',
      bound: 0,
      timeout_ms,
      relay_only,
      ice_servers: () => ice_servers_of(ice),
    };
    await new Promise<void>((opened, reject) => {
      this.#fail = reject;
      const failed = (error: NetError) => {
        this.#forget();
        reject(error);
      };
      this.#dial(timeout_ms, { opened, failed });
    });
  }

  #dial(timeout_ms: number, { opened, failed }: Outcome): void {
    const options = this.#options;
    if (options === undefined) return;
    const line = new Line({ ...options, timeout_ms }, () => {});
    this.#line = line;
    const fail = (why: LineFailure | NetErrorCode, reason: string) => {
      if (this.#line !== line) return;
      this.#line = undefined;
      failed(new NetError(CODES[why as LineFailure] ?? (why as NetErrorCode), reason));
    };
    const connected = (link: ChannelLink) => {
      if (this.#line === line) this.#connected(link, opened);
      else link.close(1000, 'not wanted any more');
    };
    try {
      line.add({ kind: KIND, failed: fail, connected });
    } catch (error) {
      const code = error instanceof NetError ? error.code : 'no_signaling';
      fail(code, error instanceof Error ? error.message : String(error));
    }
  }

  #connected(link: ChannelLink, opened: () => void): void {
    this.#fail = undefined;
    this.#until_ms = 0;
    this.#link = link;
    link.attach({
      opened,
      received: (message: Uint8Array | string) => {
        const data = typeof message === 'string' ? message : Uint8Array.from(message).buffer;
        shielded(() => this.onmessage?.(data));
      },
      closed: (reason: string) => this.#ended(reason),
      alive: () => {},
    });
    this.#look(link);
  }

  /** A channel that has stalled does not come back: it is made anew. */
  #look(link: ChannelLink): void {
    const due_ms = clock.now() + LOOK_MS;
    this.#timer = clock.later(() => {
      const now_ms = clock.now();
      // Where all was asleep nothing could move.
      const late_ms = now_ms - due_ms;
      if (!link.is_stalled(now_ms, late_ms > LOOK_MS ? late_ms : 0)) {
        this.#look(link);
        return;
      }
      link.cut();
      this.#link = undefined;
      this.#until_ms = now_ms + COME_BACK_MS;
      host_task(() => this.#redial());
    }, LOOK_MS);
  }

  #redial(): void {
    const left_ms = Math.max(1, Math.ceil(this.#until_ms - clock.now()));
    const failed = (error: NetError) => {
      if (PASSING.includes(error.code) && clock.now() + COME_BACK_PAUSE_MS < this.#until_ms) {
        this.#timer = clock.later(() => host_task(() => this.#redial()), COME_BACK_PAUSE_MS);
      } else this.#ended(`the connection has stalled: ${error.message}`);
    };
    this.#dial(left_ms, {
      opened: () => shielded(() => this.onreopen?.()),
      failed,
    });
  }

  #ended(reason: string): void {
    if (this.#options === undefined) return;
    this.#forget();
    shielded(() => this.onclose?.(reason));
  }

  #forget(): void {
    clock.cancel(this.#timer);
    this.#until_ms = 0;
    this.#options = this.#line = this.#link = this.#fail = undefined;
  }

  /**
   * Sends one message: bytes as binary, a string as text; dropped and counted where too much waits already, or the channel is being
   * made anew. The bytes may be reused when it returns.
   * @throws NetError `not_open`; TypeError neither bytes nor a string; RangeError more than 64 KiB, or
   *   where both sides take it (between two pages, from Node to a server with a port) 256 KiB, of a string in UTF-8
   */
  send(message: Uint8Array | ArrayBuffer | string): void {
    const link = this.#link;
    if (!link?.open && this.#until_ms === 0) {
      throw new NetError('not_open', 'this client is not connected');
    }
    const is_text = typeof message === 'string';
    const bytes = message instanceof ArrayBuffer ? new Uint8Array(message) : message;
    if (!is_text && !(bytes instanceof Uint8Array)) {
      throw new TypeError(`send takes bytes or a string, got ${show(message)}`);
    }
    const size = typeof bytes === 'string' ? utf8_length(bytes) : bytes.length;
    const { max_message_bytes = MAX_CHANNEL_MESSAGE_BYTES } = link ?? {};
    if (size > max_message_bytes) {
      throw new RangeError(`send takes ${max_message_bytes} bytes, got ${size}`);
    }
    const is_full = !link || (link.buffered_at_most > QUEUE_BYTES && link.buffered > QUEUE_BYTES);
    if (is_full) this.dropped++;
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
