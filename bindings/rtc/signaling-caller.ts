// One caller of a signaling server: a visitor of a room, or the host of one.

import { clock } from '../clock.js';
import type { Caller } from '../host/types.js';
import { same_text } from '../same-text.js';
import { TokenBucket } from '../transport/token-bucket.js';
import type { Link, LinkOwner, TransportFault } from '../transport/types.js';
import { RemoteDoor } from './remote-door.js';
import type { Hub } from './signaling-hub.js';
import {
  clipped,
  MAX_VISITS,
  merge_ice,
  read_signal,
  SHARED_SIGNALING_PROTOCOL,
  SIGNALING_PROTOCOLS,
  type Signal,
  type SignalReason,
  write_signal,
} from './signaling-message.js';
import { amount_of, HubVisit, VISIT_RATE } from './signaling-visit.js';

/** Messages a second of a host outside of its visits, with a burst of as many: late words for many who have gone. Long ones count more. */
const HOST_RATE = 2000;
/** Outside of visits, on a connection that carries many: each begins there. */
const SHARED_RATE = 400;
/** Who wants nothing, or nothing more, goes after this. */
const FIRST_WORD_MS = 10_000;
/** A caller who does not read is let go: a visitor hears of one host in each visit, a host of all its visitors. */
const VISITOR_BUFFERED_BYTES = 128 * 1024;
const HOST_BUFFERED_BYTES = 1024 * 1024;
/** A host that closes with one of these means it: 1000, and 1001 for a page that is left. */
const MEANT_CODES = [1000, 1001];

export class HubCaller implements LinkOwner {
  readonly #hub: Hub;
  readonly #link: Link;
  #idle_since_ms = clock.now();
  readonly #bucket: TokenBucket;
  #heard_ms = clock.now();
  #probed_ms = 0;
  /** By number; where there is one to a connection, under 0. */
  readonly #visits = new Map<number, HubVisit>();
  #door: RemoteDoor | undefined;
  #room = '';
  /** It is being asked whether this caller may. */
  #opening = false;
  #over = false;

  constructor(
    hub: Hub,
    link: Link,
    readonly caller: Caller,
  ) {
    this.#hub = hub;
    this.#link = link;
    this.#bucket = new TokenBucket(VISIT_RATE, clock.now());
  }

  /** Whether this connection carries many visits, each under the visitor's number. */
  get #shared(): boolean {
    return this.#link.protocol === SHARED_SIGNALING_PROTOCOL;
  }

  opened(): void {
    const { protocol } = this.#link;
    if (this.#shared) this.#bucket.rate = SHARED_RATE;
    if (SIGNALING_PROTOCOLS.includes(protocol)) return;
    this.#bad('version', `this server speaks ${SIGNALING_PROTOCOLS.join(' and ')}`);
  }

  alive(): void {
    this.#heard_ms = clock.now();
  }

  #say(signal: Signal): void {
    if (this.#over || !this.#link.open) return;
    const limit =
      this.#door === undefined
        ? VISITOR_BUFFERED_BYTES * Math.max(1, this.#visits.size)
        : HOST_BUFFERED_BYTES;
    if (this.#link.buffered <= limit) this.#link.send_text(write_signal(signal));
    else {
      this.#hub.count('signaling_slow_reader');
      this.#link.cut();
      this.#forget(false);
    }
  }

  /** The last word to this caller. */
  end(reason: SignalReason, message: string): void {
    if (this.#over) return;
    this.#say({ t: 'bye', peer: 0, reason, message: clipped(message) });
    this.#link.close(1000, reason);
    this.#forget(true);
  }

  /** The last word in one visit, and of the whole connection where that is all there is to it. */
  #end_visit(number: number, reason: SignalReason, message: string): void {
    if (!this.#shared) {
      this.end(reason, message);
      return;
    }
    this.#say({ t: 'bye', peer: number, reason, message: clipped(message) });
    this.#leave(number);
  }

  #leave(number: number): void {
    const visit = this.#visits.get(number);
    if (!this.#visits.delete(number)) return;
    this.#idle_since_ms = clock.now();
    visit?.left();
    visit?.owner?.gone();
  }

  /** The way has gone, by whichever side. `meant`: nobody will come back to the room. */
  #forget(meant: boolean): void {
    if (this.#over) return;
    this.#over = true;
    for (const number of [...this.#visits.keys()]) this.#leave(number);
    this.#hub.left(this);
    const door = this.#door;
    if (door === undefined) return;
    if (this.#hub.doors.get(this.#room) === door) {
      this.#hub.doors.delete(this.#room);
      if (!meant) this.#hub.reserve(this.#room, door.key);
    }
    door.close();
  }

  closed(_reason: string, code: number, fault?: TransportFault): void {
    if (fault !== undefined) this.#hub.count(`signaling_${fault}`);
    this.#forget(MEANT_CODES.includes(code));
  }

  /** Asked now and then: is there still somebody, and has it come to anything? */
  look(now_ms: number, away_ms: number, probe_ms: number, dead_ms: number): void {
    this.#heard_ms += away_ms;
    if (this.#door === undefined) {
      for (const visit of [...this.#visits.values()]) {
        if (visit.is_late(now_ms, away_ms)) {
          this.#end_visit(visit.number, 'timeout', 'this took too long');
        }
      }
      const idle_ms = this.#visits.size > 0 ? 0 : now_ms - this.#idle_since_ms - away_ms;
      if (idle_ms > FIRST_WORD_MS) this.end('timeout', 'this took too long');
    } else if (now_ms - this.#heard_ms > dead_ms) {
      this.#link.cut();
      this.#forget(false);
    } else if (now_ms - Math.max(this.#heard_ms, this.#probed_ms) > probe_ms) {
      this.#probed_ms = now_ms;
      this.#link.ping?.();
    }
  }

  received(message: Uint8Array | string): void {
    if (this.#over) return;
    const now_ms = clock.now();
    this.#heard_ms = now_ms;
    const amount = amount_of(message.length);
    const signal = typeof message === 'string' ? read_signal(message) : undefined;
    const visit = signal && this.#visit_of(signal);
    const in_visit = visit?.take(amount) ?? (signal && this.#door?.may_say(signal, amount));
    if (!(in_visit || (visit === undefined && this.#bucket.take(amount, now_ms)))) {
      this.#bad('rate', 'too many messages');
    } else if (signal === undefined) this.#bad('malformed', 'this is no signaling message');
    else if (signal.t === 'ping') this.#say({ t: 'pong' });
    else if (this.#door !== undefined) this.#from_host(this.#door, signal);
    else if (visit !== undefined) this.#from_visitor(visit, signal);
    else if (this.#opening) this.#bad('malformed', 'this connection opens a room');
    else if (signal.t === 'join') this.#join(signal);
    else if (signal.t === 'host' && this.#visits.size === 0) {
      this.#open_room(signal.room, signal.key);
    } else if (!this.#is_late(signal)) this.#bad('malformed', 'join or host comes first');
  }

  /** The visit that a message belongs to. */
  #visit_of(signal: Signal): HubVisit | undefined {
    if (!this.#shared) return this.#visits.get(0);
    if (signal.t === 'join') return this.#visits.get(signal.visit ?? 0);
    return 'peer' in signal ? this.#visits.get(signal.peer) : undefined;
  }

  /** Where there are many visits, late words in one that has ended are no offence. */
  #is_late(signal: Signal): boolean {
    if (!this.#shared || !('peer' in signal)) return false;
    // The end of all.
    if (signal.t === 'bye' && signal.peer === 0) this.#hang_up();
    return signal.t === 'offer' || signal.t === 'candidate' || signal.t === 'bye';
  }

  #hang_up(): void {
    this.#link.close(1000, '');
    this.#forget(true);
  }

  /** Somebody who breaks the rules. */
  #bad(reason: SignalReason, message: string): void {
    this.#hub.count(`signaling_${reason}`);
    this.end(reason, message);
  }

  #join(signal: Signal & { t: 'join' }): void {
    const hub = this.#hub;
    const { room, token, resume, bound, channel } = signal;
    const number = this.#shared ? (signal.visit ?? 0) : 0;
    if (this.#shared && number === 0) {
      this.#bad('malformed', 'a visit needs a number');
      return;
    }
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      this.#end_visit(number, 'full', refusal);
      return;
    }
    const door = hub.doors.get(room);
    if (door === undefined) {
      hub.count('no_room');
      const message = room === '' ? 'this server has no UDP' : `there is no room ${room}`;
      this.#end_visit(number, 'no_room', message);
      return;
    }
    const { ip, origin } = this.caller;
    const port = this.#visits.size === 0 ? this.caller.port : hub.next_port();
    const visit = new HubVisit(number, hub.visits.take(ip));
    this.#visits.set(number, visit);
    const who = { ip, port, origin: clipped(origin ?? ''), token, resume, bound, channel };
    const owner = door.visit({ who, say: (said) => this.#to_visitor(visit, said) });
    // It may have been turned away in that moment.
    if (this.#visits.get(number) === visit) visit.owner = owner;
    else owner.gone();
  }

  /** Why there is no room for one more visit. */
  #refusal(): string | undefined {
    if (this.#visits.size >= MAX_VISITS) return 'too many visits over one connection';
    const reason = this.#hub.no_place(this.#hub.visits, this.caller.ip);
    if (reason !== undefined) this.#hub.count(reason);
    return reason;
  }

  #to_visitor(visit: HubVisit, signal: Signal): void {
    const peer = visit.number;
    if (this.#visits.get(peer) !== visit) return;
    if (signal.t === 'bye') {
      visit.owner = undefined;
      this.#end_visit(peer, signal.reason, signal.message);
    } else if (signal.t === 'joined') {
      // Once: asking for the list may cost money.
      if (visit.joined) return;
      visit.joined = true;
      void this.#hub.ice().then((ice) => {
        if (this.#visits.get(peer) !== visit) return;
        this.#say({ ...signal, peer, ice: merge_ice(signal.ice, ice) });
      });
    } else if (signal.t === 'answer' || signal.t === 'candidate') this.#say({ ...signal, peer });
  }

  #from_visitor(visit: HubVisit, signal: Signal): void {
    if (signal.t === 'bye') {
      // It is content, or has given up: either way there is nothing more to say.
      if (this.#shared) this.#leave(visit.number);
      else this.#hang_up();
      return;
    }
    const [reason, message] = visit.told(signal) ?? [];
    if (reason === undefined) return;
    this.#hub.count(`signaling_${reason}`);
    this.#end_visit(visit.number, reason, message ?? '');
  }

  #open_room(room: string, key: string): void {
    if (room === '' || key.length < 16) {
      this.#bad('malformed', 'a room needs a name, and a key of 16 characters');
      return;
    }
    const again = this.#takes_room(room, key);
    if (again === undefined) return;
    if (again) {
      this.#host(room, key);
      return;
    }
    this.#opening = true;
    void this.#hub.may_host(room, this.caller).then((may) => {
      this.#opening = false;
      if (this.#over) return;
      if (!may) {
        this.#hub.count('host_refused');
        this.end('refused', 'this server does not let you open that room');
        // Somebody else may have been let in while this one was thought about.
      } else if (this.#takes_room(room, key) !== undefined) this.#host(room, key);
    });
  }

  /** Whether this room is open to this caller, as the same host again (true) or as a new one; undefined: it has been told that it is not. */
  #takes_room(room: string, key: string): boolean | undefined {
    const hub = this.#hub;
    if (hub.rooms === undefined) {
      this.end('refused', 'this server brings no rooms together');
      return undefined;
    }
    const taken = hub.doors.get(room);
    // The same host again: it has lost its way here sooner than we did.
    const again = taken instanceof RemoteDoor && same_text(taken.key, key);
    if ((taken !== undefined && !again) || hub.is_reserved(room, key)) {
      this.end('room_taken', `the room ${room} is taken`);
      return undefined;
    }
    if (!again && hub.doors.size >= hub.max_rooms) {
      hub.count('rooms_full');
      this.end('full', 'this server has as many rooms as it takes');
      return undefined;
    }
    if (again) taken.host.end('left', 'the host of this room is here again');
    return again;
  }

  #host(room: string, key: string): void {
    const hub = this.#hub;
    this.#room = room;
    this.#bucket.rate = HOST_RATE;
    const door = new RemoteDoor(key, {
      say: (signal) => this.#say(signal),
      end: (reason, message) => this.end(reason, message),
      is_behind: () => this.#link.buffered > HOST_BUFFERED_BYTES / 2,
      was_spared: () => hub.count('host_busy'),
    });
    this.#door = door;
    hub.reserved.delete(room);
    hub.doors.set(room, door);
    void hub.ice().then((ice) => this.#say({ t: 'hosted', room, key, ice }));
  }

  #from_host(door: RemoteDoor, signal: Signal): void {
    switch (signal.t) {
      case 'joined':
      case 'answer':
      case 'candidate':
      case 'bye': {
        if (signal.t === 'bye' && signal.peer === 0) {
          this.end('left', '');
          return;
        }
        door.heard(signal);
        return;
      }
      default:
        this.#bad('malformed', `${signal.t} does not belong here`);
    }
  }
}
