// A data channel as a link of the network functions.
import { utf8_length } from '../buffer-text.js';
import { clock } from '../clock.js';
import { host_task } from '../events.js';
import type { Link, LinkOwner, Message } from '../transport/types.js';
import { type Channel, MAX_CHANNEL_MESSAGE_BYTES, MAX_PART_MESSAGE_BYTES } from './types.js';

/** What a channel carries: its label says it, so that both sides agree. */
export interface ChannelKind {
  readonly label: string;
  /** Ordered and without loss, for `network_socket_tcp`. */
  readonly reliable: boolean;
  /** Messages as they are: no header, no words of ours between them. */
  readonly raw: boolean;
}

const KINDS: ChannelKind[] = [
  { label: 'bytewire.udp', reliable: false, raw: false },
  { label: 'bytewire.udp.raw', reliable: false, raw: true },
  { label: 'bytewire.tcp', reliable: true, raw: false },
  { label: 'bytewire.tcp.raw', reliable: true, raw: true },
];

export function channel_kind(reliable: boolean, raw: boolean): ChannelKind {
  return KINDS[(reliable ? 2 : 0) + (raw ? 1 : 0)];
}

export function kind_of(label: string): ChannelKind | undefined {
  return KINDS.find((kind) => kind.label === label);
}

/**
 * Largest message of a connection whose first channel is that one: what is not raw is sent in parts, and what is not resent has to stay
 * clear of stalls, see `SCTP_WINDOW_BYTES`.
 */
export function max_message_bytes(label: string): number {
  const kind = kind_of(label);
  return kind?.raw && kind.reliable ? MAX_CHANNEL_MESSAGE_BYTES : MAX_PART_MESSAGE_BYTES;
}

/** A stream is cut into messages of this size: larger ones hold up what others have to say. */
const PIECE_BYTES = 65_536;
/** A channel that has not moved for so long although bytes wait does not move any more. */
export const STALL_MS = 2500;
/** The same where the peer has been heard meanwhile: it is there, and the way to it, so that nothing is worth waiting for. */
export const STALL_HEARD_MS = 1200;
/** What was on its way when the channel stopped arrives within this time, and says nothing about later. */
const ECHO_MS = 500;

/** What a stream has accepted gets so long to leave when it is closed, and the last words of a channel so long to arrive. */
const FLUSH_MS = 5000;
const LAST_WORDS_MS = 200;
/**
 * A channel may have come and gone before the peer's event loop hears of it, with all that was said (measured: one in five that ended at
 * once); and `node-datachannel` throws away the messages that a busy process has not taken yet when it hears of the end. So it is the
 * peer who closes, when it hears our farewell, which is said that often, for it may be lost; raw channels have none, and stay that long
 * where nothing has come from the peer yet.
 */
const UNHEARD_MS = 200;
const LOOK_MS = 20;

export class ChannelLink implements Link {
  readonly protocol = '';
  max_message_bytes = MAX_CHANNEL_MESSAGE_BYTES;
  readonly ordered: boolean;
  /** Whether the host was asked about another channel, and hears of this one when it comes. */
  further = false;
  readonly #channel: Channel;
  readonly #over: (link: ChannelLink) => void;
  #owner: LinkOwner | undefined;
  #open = false;
  #opened_ms = 0;
  /** Messages of the peer. One at least: it knows of this channel. */
  #heard = 0;
  #closing = false;
  /** What waits at most: as last asked, and sent since. */
  #waiting_bytes = 0;
  #sent_bytes = 0;
  #gone_bytes = 0;
  #moved_ms: number | undefined;
  #looked_heard = 0;
  /** When a look found that the peer had been heard. */
  #heard_ms = 0;

  /** `over` is called once, when the channel is of no use any more. */
  constructor(
    channel: Channel,
    readonly kind: ChannelKind,
    over: (link: ChannelLink) => void,
  ) {
    this.#channel = channel;
    this.#over = over;
    this.ordered = kind.reliable;
    channel.owner = {
      opened: () => this.#opened(),
      received: (message) => this.#received(message),
      closed: () => this.#ended('the peer has gone', kind.raw ? 1000 : 1006),
    };
    if (channel.open) this.#came();
  }

  /** From now on `owner` is told; it is told at once when the channel is open already. */
  attach(owner: LinkOwner): void {
    this.#owner = owner;
    if (this.#open) owner.opened();
  }

  #came(): void {
    this.#open = true;
    this.max_message_bytes = Math.min(MAX_CHANNEL_MESSAGE_BYTES, this.#channel.max_message_bytes);
    this.#opened_ms = clock.now();
  }

  #opened(): void {
    if (this.#open || this.#closing) return;
    this.#came();
    this.#owner?.opened();
  }

  #received(message: Uint8Array | string): void {
    this.#heard++;
    // A message may overtake the word that the channel is open.
    if (!this.#open) this.#opened();
    if (typeof message === 'string' && !this.kind.raw && message.startsWith('bye ')) {
      const [, code = '', reason = ''] = /^bye (\d{4}) (.*)$/s.exec(message.slice(0, 200)) ?? [];
      this.#ended(reason || 'closed by the peer', Number(code) || 1000);
      this.#channel.close();
      return;
    }
    this.#owner?.received(message);
  }

  #ended(reason: string, code: number): void {
    this.#open = false;
    const owner = this.#owner;
    this.#owner = undefined;
    owner?.closed(reason, code);
    if (this.#closing) return;
    this.#closing = true;
    this.#over(this);
  }

  /** The connection below has gone. */
  lost(reason: string): void {
    this.#ended(reason, 1006);
  }

  get open(): boolean {
    return this.#open;
  }

  get in_doubt(): boolean {
    return this.further && !this.ordered;
  }

  get buffered(): number {
    if (this.#waiting_bytes > 0) this.#waiting_bytes = this.#channel.buffered;
    return this.#waiting_bytes;
  }

  get buffered_at_most(): number {
    return this.#waiting_bytes;
  }

  send_bytes(bytes: Uint8Array): void {
    this.#waiting_bytes += bytes.length;
    this.#sent_bytes += bytes.length;
    try {
      this.#channel.send(bytes);
    } catch (error) {
      this.#broken(error);
    }
  }

  send_message(message: Message): void {
    const bytes = message.view;
    if (!this.ordered || bytes.length <= PIECE_BYTES || this.kind.raw) {
      this.send_bytes(bytes);
      return;
    }
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      this.send_bytes(bytes.subarray(at, at + PIECE_BYTES));
    }
  }

  send_text(text: string): void {
    const bytes = utf8_length(text);
    this.#waiting_bytes += bytes;
    this.#sent_bytes += bytes;
    try {
      this.#channel.send_text(text);
    } catch (error) {
      this.#broken(error);
    }
  }

  /** What is refused on an open channel of a stream cannot be made good; a datagram is just lost. */
  #broken(error: unknown): void {
    if (!this.ordered && this.#channel.open) return;
    const reason = error instanceof Error ? error.message : String(error);
    this.#open = false;
    // Not now: this is inside a call of the game.
    queueMicrotask(() => host_task(() => this.#ended(reason, 1006)));
  }

  /** Looks whether what waits still moves; true: it has not for too long. */
  is_stalled(now_ms: number, away_ms: number): boolean {
    if (!this.#open || this.ordered) return false;
    const waiting = this.#channel.buffered;
    this.#waiting_bytes = waiting;
    const gone = this.#sent_bytes - waiting;
    if (waiting === 0 || gone > this.#gone_bytes || this.#moved_ms === undefined) {
      this.#moved_ms = now_ms;
    } else this.#moved_ms += away_ms;
    this.#gone_bytes = gone;
    if (this.#heard !== this.#looked_heard) this.#heard_ms = now_ms;
    this.#looked_heard = this.#heard;
    const there = this.#heard_ms - this.#moved_ms >= ECHO_MS;
    return now_ms - this.#moved_ms >= (there ? STALL_HEARD_MS : STALL_MS);
  }

  close(code: number, reason: string): void {
    if (this.#closing) return;
    this.#owner = undefined;
    this.#closing = true;
    const bye = this.#open && !this.kind.raw ? `bye ${code} ${reason}` : '';
    if (bye !== '') this.send_text(bye);
    this.#open = false;
    this.#flush(bye, clock.now() + FLUSH_MS, clock.now());
  }

  /** Closes the channel when the peer has not done so in time, or, where it hears of no farewell, when it has what was accepted. */
  #flush(bye: string, until_ms: number, said_ms: number): void {
    const now_ms = clock.now();
    const is_new = this.#heard === 0 && now_ms - this.#opened_ms < UNHEARD_MS;
    const waits = this.ordered && this.#channel.buffered > 0;
    if (this.#channel.open && now_ms < until_ms && (bye !== '' || is_new || waits)) {
      const again = bye !== '' && !waits && now_ms - said_ms >= UNHEARD_MS;
      if (again) this.send_text(bye);
      clock.later(() => this.#flush(bye, until_ms, again ? now_ms : said_ms), LOOK_MS);
      return;
    }
    this.#channel.close();
    // The connection below may go only when what was said last is on its way.
    clock.later(() => this.#over(this), LAST_WORDS_MS);
  }

  cut(): void {
    this.#owner = undefined;
    this.#open = false;
    if (this.#closing) return;
    this.#closing = true;
    this.#channel.close();
    this.#over(this);
  }
}
