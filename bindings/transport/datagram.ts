// Packets over a link that loses, repeats and reorders: numbered, cut into datagrams, and put together again or dropped whole.
//
// Knows no sockets and does nothing by itself: datagrams and times are passed in, so both ends run anywhere.
import {
  count_parts,
  datagram_fragment,
  datagram_whole,
  FLAG_LATEST,
  FRAGMENT_HEADER_BYTES,
  MAX_FORMAT_BYTES,
  MAX_FRAGMENTS,
  MAX_PACKET_BYTES,
  part_bytes,
  read_u24,
  WHOLE_HEADER_BYTES,
  write_head,
  write_part,
} from './datagram-format.js';
import { type DatagramStats, JitterMeter, LossMeter, no_drops } from './datagram-stats.js';
import { type Partial, Reassembly } from './reassembly.js';

/** Packets that far behind the newest are known one by one; what is older is dropped. */
const WINDOW = 4096;
/** What is known of a packet of the window. Missing: nothing has come of it, or not all. */
const MISSING = 0;
const ARRIVED = 1;
/** Counted as dropped; what else comes of it is not looked at. */
const GIVEN_UP = 2;

/** One direction of a link: makes datagrams of packets. */
export class DatagramSender {
  /** Packets and datagrams so far. */
  packets = 0;
  datagrams = 0;
  #scratch = new Uint8Array(0);

  /**
   * Makes one datagram, or as many as the packet needs, none longer than `max_datagram` bytes.
   * The bytes that `each` gets are valid during its call only.
   * @param latest the receiver drops this packet when it has delivered a newer one that was sent so
   * @param now_ms this side's clock, from any beginning, never going back
   * @throws RangeError where the packet cannot be cut into datagrams of that size, or is longer than 16 MiB
   */
  pack(
    packet: Uint8Array,
    max_datagram: number,
    latest: boolean,
    now_ms: number,
    each: (datagram: Uint8Array<ArrayBuffer>) => void,
  ): void {
    if (WHOLE_HEADER_BYTES + packet.length > max_datagram) {
      this.#pack_parts(packet, max_datagram, latest, now_ms, each);
      return;
    }
    const bytes = this.#room(WHOLE_HEADER_BYTES + packet.length);
    this.head(bytes, 0, latest, now_ms);
    bytes.set(packet, WHOLE_HEADER_BYTES);
    each(bytes.subarray(0, WHOLE_HEADER_BYTES + packet.length));
  }

  /**
   * Writes the header of a packet that goes as one datagram: WHOLE_HEADER_BYTES bytes at `at`, the packet right behind them.
   * For packets that have room in front, so that nothing is copied.
   */
  head(bytes: Uint8Array, at: number, latest: boolean, now_ms: number): void {
    const kind = latest ? datagram_whole | FLAG_LATEST : datagram_whole;
    write_head(bytes, at, kind, this.packets++, now_ms);
    this.datagrams++;
  }

  #pack_parts(
    packet: Uint8Array,
    max_datagram: number,
    latest: boolean,
    now_ms: number,
    each: (datagram: Uint8Array<ArrayBuffer>) => void,
  ): void {
    const room = Math.floor(max_datagram) - FRAGMENT_HEADER_BYTES;
    const count = count_parts(packet.length, room);
    // `room` may be anything: also NaN is refused.
    if (!(room > 0 && count <= MAX_FRAGMENTS && packet.length <= MAX_FORMAT_BYTES)) {
      throw new RangeError(
        `datagram: ${packet.length} bytes do not go into ${MAX_FRAGMENTS} datagrams of ${max_datagram}`,
      );
    }
    const kind = latest ? datagram_fragment | FLAG_LATEST : datagram_fragment;
    const piece = part_bytes(packet.length, count);
    const sequence = this.packets++;
    for (let index = 0; index < count; index++) {
      const part = packet.subarray(index * piece, Math.min((index + 1) * piece, packet.length));
      const bytes = this.#room(FRAGMENT_HEADER_BYTES + part.length);
      write_head(bytes, 0, kind, sequence, now_ms);
      write_part(bytes, WHOLE_HEADER_BYTES, packet.length, index, count);
      bytes.set(part, FRAGMENT_HEADER_BYTES);
      this.datagrams++;
      each(bytes.subarray(0, FRAGMENT_HEADER_BYTES + part.length));
    }
  }

  /** Memory for one datagram, the same every time. */
  #room(size: number): Uint8Array<ArrayBuffer> {
    if (this.#scratch.length < size) this.#scratch = new Uint8Array(Math.max(size, 256));
    return this.#scratch;
  }
}

export interface DatagramReceiverOptions {
  /** Longest packet in parts, in bytes. Default 256 KiB, at most 16 MiB. */
  max_packet_bytes?: number;
  /** A packet in parts is dropped when none of it has come for so long. Default 1000. */
  timeout_ms?: number;
  /** Memory for packets in parts; at least one of the longest fits. Default 1 MiB. */
  reassembly_bytes?: number;
}

/** The other end of that direction: makes packets of datagrams. */
export class DatagramReceiver {
  readonly stats: DatagramStats = {
    delivered: 0,
    delivered_bytes: 0,
    expected: 0,
    lost: 0,
    loss: 0,
    jitter_ms: 0,
    drops: no_drops(),
  };
  readonly #max_packet_bytes: number;
  readonly #timeout_ms: number;
  readonly #reassembly: Reassembly;
  /** Number of the newest packet heard of, counted on from 0 where the wire starts again. */
  #newest = -1;
  #newest_latest = -1;
  readonly #window = new Uint8Array(WINDOW);
  readonly #jitter = new JitterMeter();
  readonly #loss = new LossMeter();
  /** When the last part of a packet came. */
  #last_part_ms = Number.NEGATIVE_INFINITY;

  constructor(options: DatagramReceiverOptions = {}) {
    this.#max_packet_bytes = Math.min(
      options.max_packet_bytes ?? MAX_PACKET_BYTES,
      MAX_FORMAT_BYTES,
    );
    this.#timeout_ms = options.timeout_ms ?? 1000;
    this.#reassembly = new Reassembly(
      Math.max(options.reassembly_bytes ?? 4 * MAX_PACKET_BYTES, this.#max_packet_bytes),
    );
  }

  /** Memory held for packets in parts, in bytes. */
  get held_bytes(): number {
    return this.#reassembly.held_bytes;
  }

  /**
   * A datagram has come; its packet, if it is whole now, goes to `deliver`, whose bytes are valid during the call only.
   * Takes any bytes: what no peer sends is counted and dropped.
   * @param now_ms this side's clock, from any beginning, never going back
   */
  accept(datagram: Uint8Array, now_ms: number, deliver: (packet: Uint8Array) => void): void {
    const { drops } = this.stats;
    const first = datagram[0];
    const kind = first & ~FLAG_LATEST;
    const shortest = kind === datagram_whole ? WHOLE_HEADER_BYTES : FRAGMENT_HEADER_BYTES + 1;
    if (kind > datagram_fragment || datagram.length < shortest) {
      drops.malformed++;
      return;
    }
    // The difference of 24-bit numbers, with its sign.
    const number = read_u24(datagram, 1);
    const sequence = this.#newest + (((number - (this.#newest & 0xffffff)) << 8) >> 8);
    if (sequence < 0 || sequence <= this.#newest - WINDOW) {
      drops.late++;
      return;
    }
    const latest = first !== kind;
    if (kind === datagram_whole) {
      if (!this.#news(sequence, latest)) return;
      if (this.#reassembly.find(sequence) !== undefined) {
        drops.malformed++;
        return;
      }
      this.#heard(sequence, datagram, now_ms);
      this.#arrived(sequence, latest);
      this.#deliver(datagram.subarray(WHOLE_HEADER_BYTES), deliver);
    } else this.#accept_part(datagram, sequence, latest, now_ms, deliver);
  }

  /** Whether a datagram of this packet is worth looking at. */
  #news(sequence: number, latest: boolean): boolean {
    const state = sequence > this.#newest ? MISSING : this.#window[sequence & (WINDOW - 1)];
    if (state === ARRIVED) this.stats.drops.duplicate++;
    if (state !== MISSING) return false;
    if (!latest || sequence > this.#newest_latest) return true;
    this.#drop(sequence, 'stale');
    return false;
  }

  /** A datagram that belongs to this link: moves the window on and measures. */
  #heard(sequence: number, datagram: Uint8Array, now_ms: number): void {
    this.#jitter.heard(datagram[4] | (datagram[5] << 8), now_ms);
    this.stats.jitter_ms = this.#jitter.jitter_ms;
    const ahead = sequence - this.#newest;
    if (ahead <= 0) return;
    if (ahead >= WINDOW) this.#window.fill(MISSING);
    else for (let n = 1; n <= ahead; n++) this.#window[(this.#newest + n) & (WINDOW - 1)] = MISSING;
    this.#newest = sequence;
    this.stats.expected += ahead;
    this.stats.lost += ahead;
    const { partials } = this.#reassembly;
    for (let i = partials.length - 1; i >= 0; i--) {
      if (partials[i].sequence <= sequence - WINDOW) this.#give_up(partials[i], 'incomplete');
    }
  }

  /** The packet is there, whole. */
  #arrived(sequence: number, latest: boolean): void {
    this.#window[sequence & (WINDOW - 1)] = ARRIVED;
    this.stats.lost--;
    if (!latest) return;
    this.#newest_latest = sequence;
    const { partials } = this.#reassembly;
    for (let i = partials.length - 1; i >= 0; i--) {
      if (partials[i].latest && partials[i].sequence < sequence)
        this.#give_up(partials[i], 'stale');
    }
  }

  #deliver(packet: Uint8Array, deliver: (packet: Uint8Array) => void): void {
    this.stats.delivered++;
    this.stats.delivered_bytes += packet.length;
    deliver(packet);
  }

  #accept_part(
    datagram: Uint8Array,
    sequence: number,
    latest: boolean,
    now_ms: number,
    deliver: (packet: Uint8Array) => void,
  ): void {
    const { drops } = this.stats;
    const total_bytes = read_u24(datagram, WHOLE_HEADER_BYTES);
    const packed = read_u24(datagram, WHOLE_HEADER_BYTES + 3);
    const index = packed & (MAX_FRAGMENTS - 1);
    const count = (packed >>> 12) + 1;
    const piece = part_bytes(total_bytes, count);
    const start = index * piece;
    const size = Math.min(piece, total_bytes - start);
    if (
      index >= count ||
      count < 2 ||
      count_parts(total_bytes, piece) !== count ||
      datagram.length !== FRAGMENT_HEADER_BYTES + size
    ) {
      drops.malformed++;
      return;
    }
    if (!this.#news(sequence, latest)) return;
    this.#heard(sequence, datagram, now_ms);
    const partial = this.#partial(sequence, latest, total_bytes, count, now_ms);
    if (partial === undefined) return;
    if (
      partial.latest !== latest ||
      partial.total_bytes !== total_bytes ||
      partial.count !== count
    ) {
      drops.malformed++;
      return;
    }
    if (!partial.take(index)) {
      drops.duplicate++;
      return;
    }
    partial.heard_at_ms = this.#last_part_ms = now_ms;
    partial.bytes.set(datagram.subarray(FRAGMENT_HEADER_BYTES), start);
    if (partial.missing > 0) return;
    this.#reassembly.remove(partial);
    this.#arrived(sequence, latest);
    try {
      this.#deliver(partial.bytes.subarray(0, total_bytes), deliver);
    } finally {
      this.#reassembly.recycle(partial);
    }
  }

  /** The packet that a part belongs to; undefined: there is none any more. */
  #partial(
    sequence: number,
    latest: boolean,
    total_bytes: number,
    count: number,
    now_ms: number,
  ): Partial | undefined {
    const reassembly = this.#reassembly;
    const known = reassembly.find(sequence);
    if (known !== undefined) {
      if (now_ms - known.heard_at_ms < this.#timeout_ms) return known;
      this.#give_up(known, 'incomplete');
      return undefined;
    }
    if (total_bytes > this.#max_packet_bytes) {
      this.#drop(sequence, 'too_large');
      return undefined;
    }
    while (!reassembly.room_for(total_bytes)) {
      // What is being delivered has its memory still.
      if (reassembly.partials.length === 0) {
        this.#drop(sequence, 'no_room');
        return undefined;
      }
      this.#give_up(reassembly.partials[0], 'no_room');
    }
    return reassembly.begin(sequence, latest, total_bytes, count);
  }

  #give_up(partial: Partial, why: 'stale' | 'incomplete' | 'no_room'): void {
    this.#reassembly.remove(partial);
    this.#reassembly.recycle(partial);
    this.#drop(partial.sequence, why);
  }

  /** The packet is not going to be delivered. */
  #drop(sequence: number, why: 'stale' | 'incomplete' | 'no_room' | 'too_large'): void {
    this.stats.drops[why]++;
    // It came, or came in part, and was not wanted any more.
    if (why === 'stale') this.stats.lost--;
    if (sequence > this.#newest - WINDOW) this.#window[sequence & (WINDOW - 1)] = GIVEN_UP;
  }

  /** Drops packets in parts of which nothing comes any more, and works out the loss. To be called some times a second. */
  expire(now_ms: number): void {
    const { partials } = this.#reassembly;
    for (let i = partials.length - 1; i >= 0; i--) {
      if (now_ms - partials[i].heard_at_ms < this.#timeout_ms) continue;
      this.#give_up(partials[i], 'incomplete');
    }
    if (now_ms - this.#last_part_ms >= this.#timeout_ms) this.#reassembly.trim();
    const { stats } = this;
    this.#loss.update(stats.expected, stats.lost, now_ms);
    stats.loss = this.#loss.loss;
  }
}
