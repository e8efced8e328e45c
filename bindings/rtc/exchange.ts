// Offer, answer and candidates from the caller's side: what is said when, so that neither side is called before it is ready.
import { host } from '#host';
import { clock, type Timer } from '../clock.js';
import { host_task } from '../events.js';
import { Candidates } from './candidates.js';
import type { Signal } from './signaling-message.js';
import type { Peer } from './types.js';

/** The host may call first for so long, and for as long as it took to answer. */
const HEAD_START_MS = 20;

export class Exchange {
  /** Whether the host's answer has come. */
  answered = false;
  readonly candidates = new Candidates();
  readonly #say: (signal: Signal) => void;
  #peer: Peer | undefined;
  /** Ours that wait for the answer. */
  #held: Signal[] = [];
  /** Whether the host's candidates are tried as they come. */
  #calling = false;
  #offered_ms = 0;
  #head_start: Timer | undefined;

  constructor(say: (signal: Signal) => void) {
    this.#say = say;
  }

  /** Our own description. */
  described(type: 'offer' | 'answer', sdp: string): void {
    this.candidates.note_local(sdp);
    if (type !== 'offer') return;
    this.#offered_ms = clock.now();
    this.#say({ t: 'offer', peer: 0, sdp });
  }

  /** One of our candidates. */
  candidate(candidate: string, mid: string): void {
    this.candidates.local(candidate);
    const signal: Signal = { t: 'candidate', peer: 0, candidate, mid };
    if (host.rtc.answer_first && !this.answered) this.#held.push(signal);
    else this.#say(signal);
  }

  /** The host's answer. */
  told_answer(peer: Peer, sdp: string): void {
    this.answered = true;
    this.#peer = peer;
    this.candidates.note_answer(sdp);
    peer.remote_description('answer', sdp);
    for (const signal of this.#held.splice(0)) this.#say(signal);
    if (!host.rtc.answer_first) {
      this.#call_them();
      return;
    }
    // The host calls first, and so is ready for what comes next: a handshake that comes too early is lost, which costs a second.
    const first_ms = HEAD_START_MS + clock.now() - this.#offered_ms;
    clock.cancel(this.#head_start);
    this.#head_start = clock.later(() => host_task(() => this.#call_them()), first_ms);
  }

  /** A candidate of the host. */
  told_candidate(signal: Signal & { t: 'candidate' }): void {
    if (this.candidates.remote(signal) && this.#calling) this.#call_them();
  }

  #call_them(): void {
    this.#calling = true;
    for (const { candidate, mid } of this.candidates.release()) {
      this.#peer?.remote_candidate(candidate, mid);
    }
  }

  /** Nothing more is done. */
  end(): void {
    clock.cancel(this.#head_start);
    this.#peer = undefined;
    this.#held = [];
  }
}
