// Progress events of one request: not more often than anybody can look at them.
import { emit, type HttpEvent } from './events.js';
import { clock } from './http-clock.js';

/** Told at most this often, in ms. */
const TELL_MS = 50;

export class Progress {
  readonly #listener: ((event: HttpEvent) => void) | undefined;
  #told_at = Number.NEGATIVE_INFINITY;
  #waiting = false;

  constructor(listener: ((event: HttpEvent) => void) | undefined) {
    this.#listener = listener;
  }

  /** Queues an event with these facts, unless the last one is too young, or (manual mode) not looked at yet. */
  tell(facts: () => object): void {
    if (this.#waiting) return;
    const now = clock.now();
    if (Math.abs(now - this.#told_at) < TELL_MS) return;
    this.#told_at = now;
    this.#waiting = true;
    const done = () => {
      this.#waiting = false;
    };
    emit('http', { ...facts(), status: 1 }, { first: this.#listener, done });
  }
}
