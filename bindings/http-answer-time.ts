// The time that a server has for its answer: it begins anew with what goes out, and stands still while the request waits for a turn.
import { clock } from './http-clock.js';
import { HttpError } from './http-error.js';

export class AnswerTime {
  readonly #limit_ms: number;
  readonly #abort: () => void;
  /** What was left when it last began to run, and when that was. */
  #left_ms = 0;
  #since_ms = 0;
  #stands_still = false;
  #disarm = () => {};
  #over = false;
  /** What to say when it was too long. */
  late: HttpError | undefined;

  /** Calls `abort` when it is up. */
  constructor(limit_ms: number, abort: () => void) {
    this.#limit_ms = limit_ms;
    this.#abort = abort;
  }

  /** Begins, or begins anew. A server may answer while the body still goes out: then it is over. */
  begin(): void {
    this.#left_ms = this.#limit_ms;
    if (!this.#stands_still) this.#run();
  }

  #run(): void {
    this.#disarm();
    if (this.#over) return;
    this.#since_ms = clock.now();
    this.#disarm = clock.after(this.#left_ms, () => {
      this.late = new HttpError('timeout', `no answer within ${this.#limit_ms} ms`);
      this.#abort();
    });
  }

  /** Stands still during a wait; hops count together. */
  async without(wait: Promise<void>): Promise<void> {
    this.#disarm();
    const left_ms = this.#left_ms - (clock.now() - this.#since_ms);
    // A clock that was set meanwhile changes little.
    this.#left_ms = Math.min(this.#left_ms, Math.max(1, left_ms));
    this.#stands_still = true;
    await wait;
    this.#stands_still = false;
    this.#run();
  }

  /** It counts no more. */
  end(): void {
    this.#over = true;
    this.#disarm();
  }
}
