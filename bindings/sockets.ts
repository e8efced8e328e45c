// Ids, states and counters of sockets and servers: one space of integers >= 0 for both.
import { show } from './check.js';
import { network_state_idle } from './constants.js';
import type { Framing } from './framing.js';
import type { Listening } from './host/types.js';
import type { Link } from './transport/types.js';

/** What went over a socket, and what did not. */
export class Counters {
  bytes_in = 0;
  bytes_out = 0;
  packets_in = 0;
  packets_out = 0;
  /** Packets and connections refused, by reason. */
  readonly drops: Record<string, number> = {};

  drop(reason: string): void {
    this.drops[reason] = (this.drops[reason] ?? 0) + 1;
  }
}

/** A client socket, or a server's end of one. */
export class Socket {
  readonly role = 'socket';
  id = -1;
  state = network_state_idle;
  link: Link | undefined;
  framing: Framing | undefined;
  /** The server whose client it is. */
  server: Server | undefined;
  ip = '';
  port = 0;
  /** Largest payload in bytes; 0: the global setting. */
  limit = 0;
  /** Milliseconds, as set; 0: none. */
  read_timeout_ms = 0;
  write_timeout_ms = 0;
  /** Largest message that the link takes, in bytes: fixed when it was made. */
  message_cap_bytes = 0;
  /** Ends a handshake that is never finished. */
  timer: ReturnType<typeof setTimeout> | undefined;
  readonly counters = new Counters();

  constructor(
    readonly type: number,
    public raw: boolean,
  ) {}
}

/** A server. */
export class Server {
  readonly role = 'server';
  id = -1;
  listening: Listening | undefined;
  readonly clients = new Set<Socket>();
  /** Largest message that the link of a new client takes, in bytes. */
  message_cap_bytes = 0;
  /** Largest payload in bytes; 0: the global setting. */
  limit = 0;
  readonly counters = new Counters();

  constructor(
    readonly type: number,
    readonly raw: boolean,
    readonly max_client: number,
  ) {}
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

/** Gives an entry its id. @throws RangeError too many sockets */
export function add<E extends Entry>(entry: E): E {
  let slot = entries.length;
  const waiting = free.length - taken;
  if (waiting > REST || (slot === MAX_SLOTS && waiting > 0)) {
    slot = free[taken++];
    if (taken === REST) {
      free = free.slice(taken);
      taken = 0;
    }
  } else {
    if (slot === MAX_SLOTS) throw new RangeError(`too many sockets: ${MAX_SLOTS} are alive`);
    generation.push(0);
  }
  entries[slot] = entry;
  entry.id = (generation[slot] << SLOT_BITS) | slot;
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
