// One caller of a signaling server: a visitor of a room, or the host of one.

import { clock } from '../clock.js';
import type { Caller } from '../host/types.js';
import { same_text } from '../same-text.js';
import { TokenBucket } from '../transport/token-bucket.js';
import type { Link, LinkOwner, TransportFault } from '../transport/types.js';
import type { Door, Visit, VisitOwner } from './door.js';
import type { Hub } from './signaling-hub.js';
import {
  clipped,
  MAX_CANDIDATES,
  merge_ice,
  read_signal,
  SIGNALING_PROTOCOL,
  type Signal,
  type SignalReason,
  write_signal,
} from './signaling-message.js';

/** Messages a second, with a burst of as many: a visitor says some twenty in all, a host so many for each visitor. Long ones count more. */
const VISITOR_RATE = 100;
const HOST_RATE = 2000;
const RATE_BYTES = 2048;
/** Who has not said what he wants by then goes, and a visit is over by then, one way or the other. */
const FIRST_WORD_MS = 10_000;
const VISIT_MS = 30_000;
/** A caller who does not read is let go: a visitor hears of one host, a host of all its visitors. */
const VISITOR_BUFFERED_BYTES = 128 * 1024;
const HOST_BUFFERED_BYTES = 1024 * 1024;
/** A host that closes with one of these means it: 1000, and 1001 for a page that is left. */
const MEANT_CODES = [1000, 1001];

/** A host elsewhere: visits go over its link, each under a number. */
class RemoteDoor implements Door {
  readonly visits = new Map<number, Visit>();
  #last = 0;

  constructor(
    readonly say: (signal: Signal) => void,
    /** What the host must show to take its room over. */
    readonly key: string,
    /** Ends the host's connection. */
    readonly end: (reason: SignalReason, message: string) => void,
  ) {}

  visit(visit: Visit): VisitOwner {
    this.#last = (this.#last + 1) >>> 0 || 1;
    const peer = this.#last;
    this.visits.set(peer, visit);
    this.say({ t: 'visit', peer, ...visit.who });
    return {
      told: (signal) => {
        if ('peer' in signal) this.say({ ...signal, peer });
      },
      gone: () => {
        if (this.visits.delete(peer)) this.say({ t: 'bye', peer, reason: 'left', message: '' });
      },
    };
  }
}

export class HubCaller implements LinkOwner {
  readonly #hub: Hub;
  readonly #link: Link;
  readonly #since_ms = clock.now();
  readonly #bucket: TokenBucket;
  #heard_ms = clock.now();
  #probed_ms = 0;
  #visit: VisitOwner | undefined;
  #candidates = 0;
  #offered = false;
  #joined = false;
  #door: RemoteDoor | undefined;
  #room = '';
  #over = false;

  constructor(
    hub: Hub,
    link: Link,
    readonly caller: Caller,
  ) {
    this.#hub = hub;
    this.#link = link;
    this.#bucket = new TokenBucket(VISITOR_RATE, this.#since_ms);
  }

  opened(): void {
    const { protocol } = this.#link;
    if (protocol === SIGNALING_PROTOCOL) return;
    this.#bad('version', `this server speaks ${SIGNALING_PROTOCOL}`);
  }

  alive(): void {
    this.#heard_ms = clock.now();
  }

  #say(signal: Signal): void {
    if (this.#over || !this.#link.open) return;
    const limit = this.#door === undefined ? VISITOR_BUFFERED_BYTES : HOST_BUFFERED_BYTES;
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

  /** The way has gone, by whichever side. `meant`: nobody will come back to the room. */
  #forget(meant: boolean): void {
    if (this.#over) return;
    this.#over = true;
    this.#hub.left(this);
    this.#visit?.gone();
    this.#visit = undefined;
    const door = this.#door;
    if (door === undefined) return;
    if (this.#hub.doors.get(this.#room) === door) {
      this.#hub.doors.delete(this.#room);
      if (!meant) this.#hub.reserve(this.#room, door.key);
    }
    for (const visit of door.visits.values()) {
      visit.say({
        t: 'bye',
        peer: 0,
        reason: 'host_left',
        message: 'the host of this room has left',
      });
    }
    door.visits.clear();
  }

  closed(_reason: string, code: number, fault?: TransportFault): void {
    if (fault !== undefined) this.#hub.count(`signaling_${fault}`);
    this.#forget(MEANT_CODES.includes(code));
  }

  /** Asked now and then: is there still somebody, and has it come to anything? */
  look(now_ms: number, away_ms: number, probe_ms: number, dead_ms: number): void {
    this.#heard_ms += away_ms;
    if (this.#door === undefined) {
      const limit_ms = this.#visit === undefined ? FIRST_WORD_MS : VISIT_MS;
      if (now_ms - this.#since_ms - away_ms > limit_ms) this.end('timeout', 'this took too long');
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
    if (!this.#bucket.take(1 + message.length / RATE_BYTES, now_ms)) {
      this.#bad('rate', 'too many messages');
      return;
    }
    const signal = typeof message === 'string' ? read_signal(message) : undefined;
    if (signal === undefined) this.#bad('malformed', 'this is no signaling message');
    else if (signal.t === 'ping') this.#say({ t: 'pong' });
    else if (this.#door !== undefined) this.#from_host(this.#door, signal);
    else if (this.#visit !== undefined) this.#from_visitor(this.#visit, signal);
    else if (signal.t === 'join') this.#join(signal);
    else if (signal.t === 'host') this.#open_room(signal.room, signal.key);
    else this.#bad('malformed', 'join or host comes first');
  }

  /** Somebody who breaks the rules. */
  #bad(reason: SignalReason, message: string): void {
    this.#hub.count(`signaling_${reason}`);
    this.end(reason, message);
  }

  #join({ room, token, resume, bound, channel }: Signal & { t: 'join' }): void {
    const door = this.#hub.doors.get(room);
    if (door === undefined) {
      this.#hub.count('no_room');
      this.end('no_room', room === '' ? 'this server has no UDP' : `there is no room ${room}`);
      return;
    }
    const { ip, port, origin } = this.caller;
    const who = { ip, port, origin: clipped(origin ?? ''), token, resume, bound, channel };
    const visit = door.visit({ who, say: (signal) => this.#to_visitor(signal) });
    // It may have been turned away in that moment.
    if (this.#over) visit.gone();
    else this.#visit = visit;
  }

  #to_visitor(signal: Signal): void {
    if (signal.t === 'bye') {
      this.#visit = undefined;
      this.end(signal.reason, signal.message);
    } else if (signal.t === 'joined') {
      // Once: asking for the list may cost money.
      if (this.#joined) return;
      this.#joined = true;
      void this.#hub.ice().then((ice) => this.#say({ ...signal, ice: merge_ice(signal.ice, ice) }));
    } else if (signal.t === 'answer' || signal.t === 'candidate') this.#say(signal);
  }

  #from_visitor(visit: VisitOwner, signal: Signal): void {
    switch (signal.t) {
      case 'candidate':
        if (++this.#candidates > MAX_CANDIDATES) this.#bad('rate', 'too many candidates');
        else visit.told(signal);
        return;
      case 'offer':
        if (this.#offered) this.#bad('malformed', 'there is one offer to a visit');
        else {
          this.#offered = true;
          visit.told(signal);
        }
        return;
      case 'bye':
        // It is content, or has given up: either way there is nothing more to say.
        this.#link.close(1000, '');
        this.#forget(true);
        return;
      default:
        this.#bad('malformed', `${signal.t} does not belong here`);
    }
  }

  #open_room(room: string, key: string): void {
    const hub = this.#hub;
    if (hub.rooms === undefined) {
      this.end('refused', 'this server brings no rooms together');
      return;
    }
    if (room === '' || key.length < 16) {
      this.#bad('malformed', 'a room needs a name, and a key of 16 characters');
      return;
    }
    const taken = hub.doors.get(room);
    // The same host again: it has lost its way here sooner than we did.
    const again = taken instanceof RemoteDoor && same_text(taken.key, key);
    if ((taken !== undefined && !again) || hub.is_reserved(room, key)) {
      this.end('room_taken', `the room ${room} is taken`);
    } else if (!again && hub.doors.size >= hub.max_rooms) {
      hub.count('rooms_full');
      this.end('full', 'this server has as many rooms as it takes');
    } else if (!again && !hub.may_host(room, this.caller)) {
      hub.count('host_refused');
      this.end('refused', 'this server does not let you open that room');
    } else {
      if (again) taken.end('left', 'the host of this room is here again');
      this.#host(room, key);
    }
  }

  #host(room: string, key: string): void {
    const hub = this.#hub;
    this.#room = room;
    this.#bucket.rate = HOST_RATE;
    const door = new RemoteDoor(
      (signal) => this.#say(signal),
      key,
      (reason, message) => this.end(reason, message),
    );
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
        // Late words for one who has gone are no offence.
        const visit = door.visits.get(signal.peer);
        if (signal.t === 'bye') door.visits.delete(signal.peer);
        visit?.say({ ...signal, peer: 0 });
        return;
      }
      default:
        this.#bad('malformed', `${signal.t} does not belong here`);
    }
  }
}
