// A signaling server: callers on one WebSocket endpoint are brought together with the hosts of rooms, here or elsewhere.
import { host } from '#host';
import { clock } from '../clock.js';
import { report_check } from '../events.js';
import type { Caller, Listening, ListenOptions } from '../host/types.js';
import { start_beating, stop_beating } from '../network-tick.js';
import { Places } from '../places.js';
import { same_text } from '../same-text.js';
import type { Link } from '../transport/types.js';
import type { Door } from './door.js';
import { HubCaller } from './signaling-caller.js';
import { MAX_SAID_BYTES, SIGNALING_PROTOCOLS } from './signaling-message.js';
import type { IceServer } from './types.js';

/** Limits of a signaling server; what is not given has these. */
export interface RoomOptions {
  /** Rooms of hosts elsewhere at a time; default 1000. */
  max_rooms?: number;
  /** Connections from one address at a time, and four times as many visits over them; default 256, 0: no limit. */
  connections_per_address?: number;
  /** Pages of these origins only. Default: any, also programs. */
  origin?: string[];
  /** Whether this caller may open this room: true lets it, at once or by a promise. Default: everybody may. */
  may_host?: (
    room: string,
    ip: string,
    origin: string | undefined,
  ) => boolean | PromiseLike<boolean>;
}

/** Connections and visits at a time, whatever they do. */
const MAX_CALLERS = 4096;
const MAX_VISITS_IN_ALL = 8192;
/** Visits of an address for each connection that it may have: one program has one connection for up to 64 of them. */
const VISITS_EACH = 4;
const DEFAULT_MAX_ROOMS = 1000;
const DEFAULT_PER_ADDRESS = 256;
/** A room whose host was lost is kept for it so long. */
const RESERVED_MS = 60_000;
/** What further visits of a connection have for a port: no connection comes from these, where ports are given out as usual. */
const FIRST_PORT = 1024;
const LAST_PORT = 32_767;
/** How often the hub looks after its callers, and after how much silence a host is probed, and given up. */
const PROBE_MS = 15_000;
const DEAD_MS = 45_000;

export class Hub {
  /** Hosts by the name of their room; '' is the server of this process. */
  readonly doors = new Map<string, Door>();
  /** What a room's host must show to take it back. */
  readonly reserved = new Map<string, { key: string; until_ms: number }>();
  /** With what gives their places back. */
  readonly callers = new Map<HubCaller, () => void>();
  rooms: RoomOptions | undefined;
  ice_servers: () => Promise<IceServer[]> = async () => [];
  count: (reason: string) => void = () => {};
  failed: (reason: string) => void = () => {};
  listening: Listening | undefined;
  users = 0;
  /** Who is connected; and visits over these connections. */
  readonly places = new Places(MAX_CALLERS, Infinity);
  readonly visits = new Places(MAX_VISITS_IN_ALL, Infinity);
  #port = LAST_PORT;

  constructor(readonly options: Pick<ListenOptions, 'path'>) {}

  get max_rooms(): number {
    return this.rooms?.max_rooms ?? DEFAULT_MAX_ROOMS;
  }

  /** Why a caller gets no WebSocket, as an HTTP status. */
  refuses({ ip, origin }: Caller): string | undefined {
    const refuse = (reason: string, status: string) => {
      this.count(reason);
      return status;
    };
    const allowed = this.rooms?.origin;
    if (allowed !== undefined && !(origin !== undefined && allowed.includes(origin))) {
      return refuse('origin', '403 Forbidden');
    }
    const reason = this.no_place(this.places, ip);
    if (reason === undefined) return undefined;
    const status = reason === 'address_limit' ? '429 Too Many Requests' : '503 Service Unavailable';
    return refuse(reason, status);
  }

  /** Why one more from there is too many. */
  no_place(places: Places, ip: string): string | undefined {
    if (places.full) return 'signaling_full';
    const limit = this.rooms?.connections_per_address ?? DEFAULT_PER_ADDRESS;
    const times = places === this.visits ? VISITS_EACH : 1;
    return limit > 0 && places.full_for(ip, limit * times) ? 'address_limit' : undefined;
  }

  /** What tells a further visit of a connection from the others of that address. */
  next_port(): number {
    this.#port = this.#port < LAST_PORT ? this.#port + 1 : FIRST_PORT;
    return this.#port;
  }

  entered(link: Link, caller: Caller): HubCaller {
    const one = new HubCaller(this, link, caller);
    this.callers.set(one, this.places.take(caller.ip));
    if (this.callers.size === 1)
      start_beating(this, (now_ms, away_ms) => this.#look(now_ms, away_ms));
    return one;
  }

  left(one: HubCaller): void {
    const leave = this.callers.get(one);
    if (!this.callers.delete(one)) return;
    leave?.();
    if (this.callers.size === 0) stop_beating(this);
  }

  #look(now_ms: number, away_ms: number): void {
    for (const one of [...this.callers.keys()]) one.look(now_ms, away_ms, PROBE_MS, DEAD_MS);
  }

  /** Keeps the name of a room for the host that was lost. */
  reserve(room: string, key: string): void {
    this.reserved.set(room, { key, until_ms: clock.now() + RESERVED_MS });
    if (this.reserved.size > this.max_rooms) {
      for (const oldest of this.reserved.keys()) {
        this.reserved.delete(oldest);
        break;
      }
    }
  }

  is_reserved(room: string, key: string): boolean {
    const kept = this.reserved.get(room);
    return kept !== undefined && kept.until_ms > clock.now() && !same_text(kept.key, key);
  }

  async may_host(room: string, { ip, origin }: Caller): Promise<boolean> {
    try {
      const may_host = this.rooms?.may_host;
      return may_host === undefined || (await may_host(room, ip, origin)) === true;
    } catch (error) {
      // A check that fails lets nobody in.
      report_check(error, { room, ip, origin });
      return false;
    }
  }

  /** STUN and TURN servers that everybody is told of, in good time or not at all. */
  async ice(): Promise<IceServer[]> {
    try {
      return await this.ice_servers();
    } catch (error) {
      this.count('ice_servers');
      report_check(error, {});
      return [];
    }
  }

  close(): void {
    for (const one of [...this.callers.keys()]) one.end('host_left', 'the signaling server ends');
    stop_beating(this);
    this.listening?.close();
    this.listening = undefined;
  }
}

const hubs = /* @__PURE__ */ new Set<Hub>();

/** Where a hub listens: what a server may be told. */
export type HubOptions = Pick<ListenOptions, 'port' | 'host' | 'server' | 'path' | 'key' | 'cert'>;

/** The hub of an address, a new one where there is none yet; or a negative `network_error_*`. */
export function take_hub(options: HubOptions): Hub | number {
  for (const hub of hubs) {
    const { listening } = hub;
    if (listening === undefined || hub.options.path !== options.path) continue;
    const same =
      options.server === undefined
        ? options.port !== 0 && options.port === listening.port
        : options.server === listening.http;
    if (same) {
      hub.users++;
      return hub;
    }
  }
  const hub = new Hub(options);
  const listening = host.listen(
    {
      ...options,
      protocols: SIGNALING_PROTOCOLS,
      signaling: true,
      max_message_bytes: MAX_SAID_BYTES,
    },
    {
      refuses: (caller) => hub.refuses(caller),
      entered: (link, caller) => hub.entered(link, caller),
      refused: (reason) => hub.count(reason),
      failed: (reason) => hub.failed(reason),
    },
  );
  if (typeof listening === 'number') return listening;
  hub.listening = listening;
  hub.users = 1;
  hubs.add(hub);
  return hub;
}

/** Gives the local door of a hub to a server; false when another one has it. */
export function open_door(hub: Hub, door: Door): boolean {
  if (hub.doors.has('')) return false;
  hub.doors.set('', door);
  return true;
}

/** One user less; with the last one the hub ends. */
export function leave_hub(hub: Hub, door?: Door): void {
  if (door !== undefined && hub.doors.get('') === door) hub.doors.delete('');
  if (--hub.users > 0) return;
  hubs.delete(hub);
  hub.close();
}
