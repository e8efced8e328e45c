// The time that a server has for its answer: it begins anew with what goes out, and stands still while the request waits for a turn.
import { clock } from './http-clock.js';
import { HttpError } from './http-error.js';

export class AnswerTime {
  readonly #limit_ms: number;
  readonly #abort: () => void;
  readonly #began = clock.now();
  #waited_ms = 0;
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
  begin(ms = this.#limit_ms): void {
    this.#disarm();
    if (this.#over) return;
    this.#disarm = clock.after(ms, () => {
      this.late = new HttpError('timeout', `no answer within ${this.#limit_ms} ms`);
      this.#abort();
    });
  }

  /** Stands still during a wait; hops count together. */
  async without(wait: Promise<void>): Promise<void> {
    this.#disarm();
    const from_ms = clock.now();
    await wait;
    const now_ms = clock.now();
    this.#waited_ms += now_ms - from_ms;
    const used_ms = now_ms - this.#began - this.#waited_ms;
    this.begin(Math.min(this.#limit_ms, Math.max(1, this.#limit_ms - used_ms)));
  }

  /** It counts no more. */
  end(): void {
    this.#over = true;
    this.#disarm();
  }
}
