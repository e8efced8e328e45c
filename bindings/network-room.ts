// Rooms that are opened at a signaling server: a page (or any program behind a router) as the server of others.
import { clock, type Timer } from './clock.js';
import { network_type_listening } from './constants.js';
import { emit, host_task } from './events.js';
import { ice_servers_of, setting } from './network-config.js';
import { Hosting, type HostingOptions } from './network-host.js';
import { plain_address } from './plain-address.js';
import type { Visit, VisitOwner } from './rtc/door.js';
import { SignalingClient } from './rtc/signaling-client.js';
import {
  make_room_code,
  room_name,
  type Signal,
  type SignalReason,
} from './rtc/signaling-message.js';
import type { IceServer } from './rtc/types.js';
import type { Server } from './sockets.js';
import { backoff_ms } from './transport/backoff.js';

const KEY_BYTES = 16;
const CODE_TRIES = 5;
/** A signaling server that is lost is looked for again, also while clients are here: new ones could not come in. */
const RETRY_MS = 500;
const RETRY_MAX_MS = 10_000;
/** A signaling server is asked so often whether it is still there, and has as long to answer. */
const ASK_MS = 20_000;
/** Visits under way at a time, more than one address has: a signaling server could name any number. */
const MAX_VISITS = 4096;

/** One room: its registration, and the visits that come over it. */
class Room {
  readonly hosting: Hosting;
  readonly servers = new Set<Server>();
  name: string;
  #signaling: SignalingClient | undefined;
  /** The next attempt; or until when the signaling server has to answer. */
  #timer: Timer | undefined;
  #heard = false;
  #tries = 0;
  #opened = false;
  #closed = false;
  #ice: IceServer[] = [];
  readonly #visits = new Map<number, VisitOwner>();
  readonly #key = Array.from(clock.secret(KEY_BYTES), (b) => b.toString(16).padStart(2, '0')).join(
    '',
  );

  constructor(
    readonly url: string,
    name: string,
    /** Whether the name may be replaced when it is taken. */
    readonly made_up: boolean,
    options: Pick<HostingOptions, 'external' | 'can_restart'>,
    server: Server,
  ) {
    this.name = name;
    this.hosting = new Hosting({
      ...options,
      room: () => this.name,
      config: async () => ({
        ice_servers: this.#ice,
        relay_only: setting(server, 'relay_only') === 1,
      }),
      ice_servers: () => ice_servers_of(setting(server, 'ice_servers')),
    });
  }

  /** @throws NetError `package_missing`; what the host throws for a URL that it refuses */
  open(): void {
    const timeout_ms = setting(undefined, 'connect_timeout_ms');
    this.#signaling = new SignalingClient(this.url, timeout_ms, {
      opened: () => this.#say({ t: 'host', room: this.name, key: this.#key }),
      told: (signal) => {
        this.#heard = true;
        this.#told(signal);
      },
      closed: (reason) => this.#lost(reason),
    });
    this.#wait(timeout_ms, () => this.#give_up('no answer in time'));
  }

  #wait(ms: number, then: () => void): void {
    clock.cancel(this.#timer);
    this.#timer = clock.later(() => host_task(then), ms);
  }

  /** A connection that has died without a word would keep visitors out for ever. */
  #ask(): void {
    this.#heard = false;
    this.#say({ t: 'ping' });
    this.#wait(ASK_MS, () => {
      if (this.#heard) this.#ask();
      else this.#give_up('no sign of life');
    });
  }

  #give_up(reason: string): void {
    this.#signaling?.close();
    this.#lost(reason);
  }

  #say(signal: Signal): void {
    if (this.#signaling?.say(signal) !== false || !('peer' in signal)) return;
    // What cannot be said ends the visit that it was about, and nothing else.
    const { peer } = signal;
    this.#visits.get(peer)?.gone();
    this.#visits.delete(peer);
    this.#signaling.say({ t: 'bye', peer, reason: 'failed', message: 'no answer to this' });
  }

  #told(signal: Signal): void {
    if (signal.t === 'hosted') {
      this.#tries = 0;
      this.#ice = signal.ice;
      this.#ask();
      if (this.#opened) return;
      this.#opened = true;
      for (const server of this.servers) this.announce(server);
    } else if (signal.t === 'visit') this.#visit(signal);
    else if (signal.t === 'bye' && signal.peer === 0) this.#refused(signal.reason, signal.message);
    else if ('peer' in signal) {
      const visit = this.#visits.get(signal.peer);
      if (signal.t !== 'bye') visit?.told(signal);
      else if (this.#visits.delete(signal.peer)) visit?.gone();
    }
  }

  /** Tells the game that others can come now. */
  announce(server: Server): void {
    server.room = this.name;
    if (!this.#opened) return;
    const { id } = server;
    const event = {
      type: network_type_listening,
      id,
      socket: id,
      ip: '',
      port: 0,
      room: this.name,
    };
    emit('networking', event, { wanted: () => server.id === id });
  }

  #visit({ t: _, peer, ...said }: Signal & { t: 'visit' }): void {
    const who = { ...said, ip: plain_address(said.ip) };
    const say = (signal: Signal) => {
      if (!('peer' in signal)) return;
      this.#say({ ...signal, peer });
      if (signal.t === 'bye') this.#visits.delete(peer);
    };
    if (this.#visits.size >= MAX_VISITS) {
      say({ t: 'bye', peer, reason: 'full', message: 'too many are connecting' });
      return;
    }
    // A number that is in use already is for the newer one.
    this.#visits.get(peer)?.gone();
    this.#visits.delete(peer);
    const visit: Visit = { who, say };
    let refused = false;
    const owner = this.hosting.visit({
      who,
      say: (signal) => {
        refused ||= signal.t === 'bye';
        visit.say(signal);
      },
    });
    if (!refused) this.#visits.set(peer, owner);
  }

  #refused(reason: SignalReason, message: string): void {
    this.#signaling?.close();
    this.#forget_visits();
    if (reason === 'room_taken' && this.made_up && !this.#opened && ++this.#tries < CODE_TRIES) {
      this.name = make_room_code(clock.secret);
      for (const server of this.servers) server.room = this.name;
      this.#open_again();
    } else if (this.#opened && reason !== 'refused') this.#again();
    else this.#fail(message || reason, reason);
  }

  /** Whoever is connecting has to do without signaling from now on. */
  #forget_visits(): void {
    this.#signaling = undefined;
    for (const visit of this.#visits.values()) visit.gone();
    this.#visits.clear();
  }

  #lost(reason: string): void {
    this.#forget_visits();
    if (this.#opened) this.#again();
    else this.#fail(`no signaling at ${this.url}: ${reason}`, 'no_signaling');
  }

  #again(): void {
    if (this.#closed) return;
    const wait_ms = backoff_ms(this.#tries++, RETRY_MS, RETRY_MAX_MS, clock.random());
    this.#wait(wait_ms, () => this.#open_again());
  }

  #open_again(): void {
    try {
      this.open();
    } catch (error) {
      // The host has taken this URL before, and does not any more.
      this.#lost(error instanceof Error ? error.message : String(error));
    }
  }

  #fail(reason: string, word: string): void {
    clock.cancel(this.#timer);
    for (const server of [...this.servers]) failures.get(server)?.(reason, word);
  }

  leave(server: Server): void {
    this.servers.delete(server);
    failures.delete(server);
    if (!this.hosting.leave(server)) return;
    this.#closed = true;
    clock.cancel(this.#timer);
    this.#signaling?.close();
    this.#signaling = undefined;
    rooms.delete(this);
  }
}

const rooms = /* @__PURE__ */ new Set<Room>();
const failures = /* @__PURE__ */ new WeakMap<Server, (reason: string, word: string) => void>();

/** A name for comparing, of what somebody has written; '' stands for one of our making. */
export function named_room(text: string): { name: string; made_up: boolean } | undefined {
  const name = room_name(text);
  if (name === undefined) return undefined;
  return name === ''
    ? { name: make_room_code(clock.secret), made_up: true }
    : { name, made_up: false };
}

/**
 * The room of that name at that signaling server, opened if it is not yet: several servers, one of each kind, may share it.
 * Undefined: there is a server of this kind in it already.
 */
export function enter_room(
  server: Server,
  reliable: boolean,
  url: string,
  { name, made_up }: { name: string; made_up: boolean },
  options: Pick<HostingOptions, 'external' | 'can_restart'>,
  failed: (reason: string, word: string) => void,
): Room | undefined {
  let room = [...rooms].find((other) => other.url === url && other.name === name);
  if (room?.hosting.entrances.has(reliable)) return undefined;
  const is_new = room === undefined;
  room ??= new Room(url, name, made_up, options, server);
  room.servers.add(server);
  failures.set(server, failed);
  if (is_new) room.open();
  rooms.add(room);
  room.announce(server);
  return room;
}

export type { Room };
