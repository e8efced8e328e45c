// A host elsewhere, as the signaling server keeps it: visits go over its link, each under a number.
import type { Door, Visit, VisitOwner } from './door.js';
import type { Signal, SignalReason } from './signaling-message.js';

export class RemoteDoor implements Door {
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
