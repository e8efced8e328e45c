// Ids, states and counters of sockets and servers: one space of integers >= 0 for both.
import { show } from './check.js';
import type { Timer } from './clock.js';
import { network_state_idle, network_state_open, network_state_resuming } from './constants.js';
import type { Listening } from './host/types.js';
import type { Settings } from './network-config.js';
import type { Connection } from './network-link.js';
import type { Session } from './session.js';
import type { Heartbeat } from './transport/heartbeat.js';
import type { Message } from './transport/types.js';

/** What went over a socket, and what did not. */
export class Counters {
  bytes_in = 0;
  bytes_out = 0;
  packets_in = 0;
  packets_out = 0;
  /** Packets and connections refused, by reason. */
  readonly drops: Record<string, number> = {};

  drop(reason: string, n = 1): void {
    this.drops[reason] = (this.drops[reason] ?? 0) + n;
  }
}

/** What a socket has that sends to many, without connecting (network-peers.ts). */
export interface PeerTable {
  /** Port that it is bound to; 0: none. */
  readonly port: number;
  readonly size: number;
  /** Peers that can be sent to now. */
  open(): Iterable<Socket>;
  /** Packets may go to this peer from now on. */
  ready(peer: Socket): void;
  /** This peer has come to its end, and has let go of everything. `connected`: it was there before. */
  ended(peer: Socket, connected: boolean, reason: string, error: string): void;
  close(): void;
}

/** A client socket, or a server's end of one. */
export class Socket {
  readonly role = 'socket';
  id = -1;
  state = network_state_idle;
  /** The way to the peer; a session lives on without one for a while, and then gets another. */
  connection: Connection | undefined;
  session: Session | undefined;
  heartbeat: Heartbeat | undefined;
  /** The server whose client it is. */
  server: Server | undefined;
  /** Client: connects again after `attempt` failed attempts, or gives up. */
  redial: ((attempt: number) => void) | undefined;
  /** Client: the timer of the next attempt, and how many have failed. */
  redial_timer: Timer | undefined;
  attempt = 0;
  /** When its connection was open last. */
  opened_at_ms = 0;
  /** UDP: what is done when the link is lost, in place of an end. */
  migrate: ((reason: string) => void) | undefined;
  /** UDP: when the link was lost. */
  lost_at_ms = 0;
  /** Called when the socket has come to its end. */
  released: (() => void) | undefined;
  /** The socket that this one is a peer of: it gets the events (`network_send_udp`). */
  parent: Socket | undefined;
  /** The peers of `network_send_udp`, and what it listens with. */
  peers: PeerTable | undefined;
  ip = '';
  port = 0;
  /** Of one who came to us: the address that it counts under. */
  address = '';
  protocol = '';
  /** Largest message that the link takes, in bytes: fixed when it was made. */
  message_cap_bytes = 0;
  /** What was set for it alone. */
  own: Partial<Settings> | undefined;
  /** Milliseconds, as set; 0: none. */
  read_timeout_ms = 0;
  write_timeout_ms = 0;
  /** Messages that leave at the end of the task, and their bytes. */
  readonly out: Message[] = [];
  out_bytes = 0;
  /** Whether it waits to be flushed. */
  dirty = false;
  /** Whether a send was refused since the queue was last empty enough. */
  full = false;
  readonly counters = new Counters();

  constructor(
    readonly type: number,
    public raw: boolean,
  ) {}

  /** Whose counters and settings hold for it too. */
  get above(): Server | Socket | undefined {
    return this.server ?? this.parent;
  }

  count_in(size: number): void {
    this.counters.packets_in++;
    this.counters.bytes_in += size;
    const { above } = this;
    if (above === undefined) return;
    above.counters.packets_in++;
    above.counters.bytes_in += size;
  }

  count_out(size: number): void {
    this.counters.packets_out++;
    this.counters.bytes_out += size;
    const { above } = this;
    if (above === undefined) return;
    above.counters.packets_out++;
    above.counters.bytes_out += size;
  }

  count_drop(reason: string, n = 1): void {
    this.counters.drop(reason, n);
    this.above?.counters.drop(reason, n);
  }
}

/** A server. */
export class Server {
  readonly role = 'server';
  id = -1;
  listening: Listening | undefined;
  readonly clients = new Set<Socket>();
  /** Largest message that the link of a new client takes, in bytes. */
  message_cap_bytes = 0;
  /** Clients by address. */
  readonly addresses = new Map<string, number>();
  /** Sessions by token. */
  readonly sessions = new Map<string, Socket>();
  /** Name of the room that it is the host of. */
  room = '';
  /** What was set for it and its clients. */
  own: Partial<Settings> | undefined;
  /** Its sessions go on in another process: what has arrived for them is delivered all the same. */
  suspended = false;
  /** Callers about whom its own check is still asked. */
  asked = 0;

  constructor(
    readonly type: number,
    readonly raw: boolean,
    readonly max_client: number,
    readonly counters = new Counters(),
  ) {}

  /** Clients that have got through the handshake, also those whose session waits for another link. */
  get admitted(): number {
    return this.#admitted();
  }

  /** Those of one address. */
  admitted_from(address: string): number {
    return this.#admitted(address);
  }

  #admitted(from?: string): number {
    let n = 0;
    for (const { state, address } of this.clients) {
      const is_in = state === network_state_open || state === network_state_resuming;
      if (is_in && (from === undefined || address === from)) n++;
    }
    return n;
  }

  /** One more, or one less, from an address. */
  enter(address: string): void {
    this.addresses.set(address, (this.addresses.get(address) ?? 0) + 1);
  }

  leave(address: string): void {
    const left = (this.addresses.get(address) ?? 0) - 1;
    if (left > 0) this.addresses.set(address, left);
    else this.addresses.delete(address);
  }
}

export type Entry = Socket | Server;

// id = generation << 20 | slot: below 2^30, a small integer in every engine.
const SLOT_BITS = 20;
const MAX_SLOTS = 1 << SLOT_BITS;
const GENERATIONS = 1 << 10;
/** A freed slot is used again only when this many are free, so that a stale id stays recognisable longer. */
const REST = 1024;

const entries: (Entry | undefined)[] = [];
const generation: number[] = [];
// Freed slots, first in first out: the first `taken` have been used again.
let free: number[] = [];
let taken = 0;

/** The slot that has been free for longest, if it may be used again. */
function freed_slot(): number | undefined {
  while (free.length - taken > (entries.length === MAX_SLOTS ? 0 : REST)) {
    const slot = free[taken++];
    if (taken === REST) {
      free = free.slice(taken);
      taken = 0;
    }
    // `add_as` may have come first.
    if (entries[slot] === undefined) return slot;
  }
  return undefined;
}

/** Gives an entry its id. @throws RangeError too many sockets */
export function add<E extends Entry>(entry: E): E {
  const slot = freed_slot() ?? entries.length;
  if (slot === MAX_SLOTS) throw new RangeError(`too many sockets: ${MAX_SLOTS} are alive`);
  if (slot === entries.length) generation.push(0);
  entries[slot] = entry;
  entry.id = (generation[slot] << SLOT_BITS) | slot;
  return entry;
}

/** Whether {@link add_as} can give this id. */
export function free_id(id: number): boolean {
  return id < MAX_SLOTS * GENERATIONS && entries[id & (MAX_SLOTS - 1)] === undefined;
}

/** Gives an entry an id that {@link free_id} has found free: that of the same client in another process. */
export function add_as<E extends Entry>(entry: E, id: number): E {
  const slot = id & (MAX_SLOTS - 1);
  while (generation.length <= slot) {
    free.push(generation.length);
    generation.push(0);
    entries.push(undefined);
  }
  generation[slot] = id >>> SLOT_BITS;
  entries[slot] = entry;
  entry.id = id;
  return entry;
}

/** Takes the id back; it stays recognisable as stale. */
export function remove(entry: Entry): void {
  const slot = entry.id & (MAX_SLOTS - 1);
  if (entries[slot] !== entry) return;
  entries[slot] = undefined;
  generation[slot] = (generation[slot] + 1) % GENERATIONS;
  free.push(slot);
  entry.id = -1;
}

/** The socket or server of an id, or undefined when it is gone. @throws TypeError not a number */
export function find(id: number, call: string): Entry | undefined {
  if (typeof id !== 'number')
    throw new TypeError(`${call}: a socket must be a number, got ${show(id)}`);
  const entry = entries[id & (MAX_SLOTS - 1)];
  return entry?.id === id ? entry : undefined;
}

/** The socket of an id; undefined when it is gone, or a server's. @throws TypeError not a number */
export function find_socket(id: number, call: string): Socket | undefined {
  const entry = find(id, call);
  return entry?.role === 'socket' ? entry : undefined;
}

/** All sockets that are alive. */
export function all_sockets(): Socket[] {
  return entries.filter((entry): entry is Socket => entry?.role === 'socket');
}
