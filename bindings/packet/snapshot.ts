// Snapshots of a world that changes: deltas against what each client has acknowledged, and two of them to draw between.
import { lookup } from '../buffer-table.js';
import { integer_in, options_object, show } from '../check.js';
import type { Columns } from './column-set.js';
import { copy_columns } from './delta.js';
import { show_field, u8, u16, u32 } from './fields.js';
import type { Packet } from './interface.js';
import { PacketOf, packet } from './packet.js';
import { type Cols, type Schema, Status } from './types.js';

/** In front of a snapshot: its number, how many numbers before it its baseline was (0: none, it is whole), the server's time. */
const header_of = () => packet({ sequence: u16, back: u8, time: u32 }, { name: 'snapshot' });
let known_header: ReturnType<typeof header_of> | undefined;
const header = () => (known_header ??= header_of());

/** How far sequence number `a` is ahead of `b`; negative behind. Numbers go round at 65536. */
function ahead(a: number, b: number): number {
  return ((a - b) << 16) >> 16;
}

/** How snapshots are kept. */
export interface SnapshotOptions {
  /** Baselines that are kept (default 32, at most 255): at 20 snapshots a second 32 cover 1.6 s of silence. */
  history?: number;
}

export interface SnapshotReceiverOptions extends SnapshotOptions {
  /** How far behind the server's time the world is drawn (default 100): two snapshot intervals hide one lost snapshot. */
  delay_ms?: number;
}

type World<S extends Schema> = Cols<S> & Columns;

/** A ring of columns by sequence number. */
class Ring<S extends Schema> {
  readonly slots: { columns: World<S>; sequence: number; time: number }[];
  readonly #packet: Packet<S>;

  constructor(of: Packet<S>, capacity: number, history: number) {
    this.#packet = of;
    this.slots = Array.from({ length: history }, () => ({
      columns: of.columns(capacity),
      sequence: -1,
      time: 0,
    }));
  }

  find(sequence: number): World<S> | undefined {
    const slot = this.slots[sequence % this.slots.length];
    return slot.sequence === sequence ? slot.columns : undefined;
  }

  slot(sequence: number) {
    return this.slots[sequence % this.slots.length];
  }

  copy(from: World<S>, to: World<S>): void {
    copy_columns((this.#packet as unknown as PacketOf).codec, from, to);
  }

  free(): void {
    for (const { columns } of this.slots) columns.free();
  }
}

/** A time in milliseconds. @throws TypeError no number; RangeError not finite, or below `least` */
function ms(value: unknown, what: string, least = -Infinity): number {
  if (typeof value !== 'number')
    throw new TypeError(`snapshot: ${what} must be a number, got ${show(value)}`);
  if (!Number.isFinite(value) || value < least) {
    const range = least === -Infinity ? 'finite' : `finite and at least ${least}`;
    throw new RangeError(`snapshot: ${what} must be ${range}, got ${value}`);
  }
  return value;
}

function packet_of<S extends Schema>(of: Packet<S>): Packet<S> {
  if ((of as unknown) instanceof PacketOf) return of;
  throw new TypeError(`snapshot: of must be a packet, got ${show_field(of)}`);
}

function history_of(options: SnapshotOptions): number {
  options_object(options, 'snapshot: options');
  return integer_in(options.history ?? 32, 2, 255, 'snapshot: history');
}

/** What the server knows of one client. */
export class SnapshotClient {
  /** The newest snapshot that it has; -1 for none. */
  acked = -1;
  /**
   * Takes a number that the client has sent. Older ones than the newest, and nonsense, change nothing. One that the server has
   * not reached is forgotten by the next {@link SnapshotSender.write}, which sends the whole world.
   */
  acknowledge(sequence: number): void {
    if (!Number.isInteger(sequence) || sequence < 0 || sequence > 65535) return;
    if (this.acked < 0 || ahead(sequence, this.acked) > 0) this.acked = sequence;
  }
}

/** The server's side: fill `columns`, `commit`, then `write` for each client. */
export class SnapshotSender<S extends Schema> {
  /** The world as it is now. Records keep their place from one snapshot to the next, so that only what changes is sent. */
  readonly columns: World<S>;
  readonly #packet: Packet<S>;
  readonly #ring: Ring<S>;
  #sequence = -1;
  #time = 0;

  /** @throws TypeError `of` is no packet, or has fields without columns; RangeError a nonsense capacity or history */
  constructor(of: Packet<S>, capacity: number, options: SnapshotOptions = {}) {
    this.#packet = packet_of(of);
    const history = history_of(options);
    this.columns = of.columns(capacity);
    this.#ring = new Ring(of, capacity, history);
  }

  /** Number of the newest snapshot; -1 before the first. */
  get sequence(): number {
    return this.#sequence;
  }

  /**
   * Keeps the world as it is as the next snapshot.
   * @param time_ms the server's clock; of its whole milliseconds 32 bits are sent
   * @returns its number
   * @throws TypeError, RangeError `time_ms` is no finite number, or `columns.length` is above the capacity
   */
  commit(time_ms: number): number {
    const time = Math.floor(ms(time_ms, 'time_ms')) >>> 0;
    const sequence = (this.#sequence + 1) & 65535;
    const slot = this.#ring.slot(sequence);
    this.#ring.copy(this.columns, slot.columns);
    slot.sequence = this.#sequence = sequence;
    this.#time = time;
    return sequence;
  }

  /**
   * Writes the newest snapshot for a client: as a delta where the snapshot that it has acknowledged is still kept and has as
   * many records, else whole.
   * @returns how many records are in it
   * @throws RangeError before the first commit, or no room: the buffer is as before then; TypeError `client` is none
   */
  write(buffer: number, client: SnapshotClient): number {
    if (!(client instanceof SnapshotClient))
      throw new TypeError(`snapshot: client must be a SnapshotClient, got ${show(client)}`);
    const now = this.#sequence < 0 ? undefined : this.#ring.find(this.#sequence);
    if (now === undefined) throw new RangeError('snapshot: commit one before writing it');
    const b = lookup(buffer);
    const start = b.pos - b.ptr;
    // Nobody can have what is not there yet: kept, it would outrank every true one that comes.
    if (client.acked >= 0 && ahead(this.#sequence, client.acked) < 0) client.acked = -1;
    const back = client.acked < 0 ? 0 : ahead(this.#sequence, client.acked);
    const near = back > 0 && back < this.#ring.slots.length;
    const base = near ? this.#ring.find(client.acked) : undefined;
    const delta = base !== undefined && base.length === now.length;
    try {
      header().write(buffer, {
        sequence: this.#sequence,
        back: delta ? back : 0,
        time: this.#time,
      });
      if (delta) return this.#packet.writeDelta(buffer, now, base);
      this.#packet.writeColumns(buffer, now);
      return now.length;
    } catch (error) {
      b.pos = b.ptr + start;
      throw error;
    }
  }

  /** Gives all memory back. */
  free(): void {
    this.columns.free();
    this.#ring.free();
  }
}

/** Two snapshots and how far the time to draw is from the older to the newer, 0 to 1. */
export interface SnapshotPair<S extends Schema> {
  older: World<S>;
  newer: World<S>;
  factor: number;
}

/** The client's side: `tryRead` what comes, send `ack` back with the inputs, draw between what `at` gives. */
export class SnapshotReceiver<S extends Schema> {
  readonly #packet: Packet<S>;
  readonly #ring: Ring<S>;
  /** Where a snapshot is read: it changes places with its slot's columns when all of it was good. */
  #spare: World<S>;
  readonly #delay_ms: number;
  readonly #pair: Partial<SnapshotPair<S>> = {};
  readonly #header = { sequence: 0, back: 0, time: 0 };
  #newest = -1;
  /** Local time less server time, of the quickest snapshot of late. */
  #offset_ms = Infinity;

  /** @throws TypeError `of` is no packet, or has fields without columns; RangeError a nonsense capacity, history or delay */
  constructor(of: Packet<S>, capacity: number, options: SnapshotReceiverOptions = {}) {
    this.#packet = packet_of(of);
    const history = history_of(options);
    this.#delay_ms = ms(options.delay_ms ?? 100, 'delay_ms', 0);
    this.#spare = of.columns(capacity);
    this.#ring = new Ring(of, capacity, history);
  }

  /** Number of the newest snapshot: what to send back. -1 before the first. */
  get ack(): number {
    return this.#newest;
  }

  /** The newest snapshot. */
  get newest(): World<S> | undefined {
    return this.#newest < 0 ? undefined : this.#ring.find(this.#newest);
  }

  /**
   * Reads a snapshot at the position. One that is older than the newest is read over.
   * @param now_ms the local clock, for {@link at}
   * @returns `Ok`; `Range` also when its baseline is not here (the server falls back to a whole one when no ack comes).
   *   Unless it is `Ok` nothing has changed.
   * @throws TypeError, RangeError `now_ms` is no finite number
   */
  tryRead(buffer: number, now_ms: number): Status {
    ms(now_ms, 'now_ms');
    const b = lookup(buffer);
    const start = b.pos - b.ptr;
    let status: Status = Status.Short;
    try {
      status = this.#read(buffer, now_ms);
    } finally {
      if (status < 0) b.pos = b.ptr + start;
    }
    return status;
  }

  #read(buffer: number, now_ms: number): Status {
    const head = this.#header;
    const status = header().tryRead(buffer, head);
    if (status < 0) return status;
    const { sequence, back, time } = head;
    const base = back === 0 ? undefined : this.#ring.find((sequence - back) & 65535);
    if (back !== 0 && base === undefined) return Status.Range;
    const spare = this.#spare;
    if (base !== undefined) this.#ring.copy(base, spare);
    const done =
      base === undefined
        ? this.#packet.tryReadColumns(buffer, spare)
        : this.#packet.tryReadDelta(buffer, spare);
    if (done < 0) return done;
    // A late or doubled snapshot: only its end is of interest.
    if (this.#newest >= 0 && ahead(sequence, this.#newest) <= 0) return Status.Ok;
    // The server's clock goes round after 49 days; this one goes on from the snapshot before.
    const last = this.#newest < 0 ? time : this.#ring.slot(this.#newest).time;
    const slot = this.#ring.slot(sequence);
    this.#spare = slot.columns;
    slot.columns = spare;
    slot.sequence = sequence;
    slot.time = last + ((time - last) | 0);
    this.#newest = sequence;
    // Slowly forgets a quick one, so that clocks that drift apart stay together.
    this.#offset_ms = Math.min(this.#offset_ms + 0.05, now_ms - slot.time);
    return Status.Ok;
  }

  /**
   * The two snapshots around the time to draw, which is `delay_ms` behind the server's; the newest twice when none is newer,
   * the oldest twice when none is older. The same object each time. Undefined before the first snapshot.
   * @throws TypeError, RangeError `now_ms` is no finite number
   */
  at(now_ms: number): SnapshotPair<S> | undefined {
    ms(now_ms, 'now_ms');
    if (this.#newest < 0) return undefined;
    const time = now_ms - this.#offset_ms - this.#delay_ms;
    let newer = this.#ring.slot(this.#newest);
    let older = newer;
    const { length } = this.#ring.slots;
    for (let i = 0; i < length && older.time > time; i++) {
      const before = this.#ring.slot((this.#newest - i - 1) & 65535);
      const back = before.sequence < 0 ? -1 : ahead(this.#newest, before.sequence);
      if (back < 0 || back >= length || before.time > older.time) continue;
      newer = older;
      older = before;
    }
    const span = newer.time - older.time;
    const pair = this.#pair;
    pair.older = older.columns;
    pair.newer = newer.columns;
    pair.factor = span > 0 ? Math.min(Math.max((time - older.time) / span, 0), 1) : 0;
    if (older === newer && time < older.time) pair.factor = 0;
    return pair as SnapshotPair<S>;
  }

  /** Gives all memory back. */
  free(): void {
    this.#newest = -1;
    this.#ring.free();
    this.#spare.free();
  }
}
