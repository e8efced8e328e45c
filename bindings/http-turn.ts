// The place of one request in the queues of hosts: it goes along with the request, to another host and into pauses.
import { clock } from './http-clock.js';
import { enter, type Place } from './http-queue.js';

/** What is queued for as one. */
function lane_of(url: string): string {
  const { origin, protocol } = new URL(url);
  return origin === 'null' ? protocol : origin;
}

export class Turn {
  #lane = '';
  #place: Place | undefined;
  /** Interrupts a wait. */
  #wake: (() => void) | undefined;

  /** Calls `start` when it is its turn at the host of `url`, perhaps at once. */
  begin(url: string, start: () => void): void {
    this.#lane = lane_of(url);
    this.#place = enter(this.#lane, start);
  }

  /**
   * Takes its place at the host of `url`; undefined where it has that already. The old place is given back before, so that
   * requests that lead to each other's hosts do not wait for each other. Ends early when it is woken.
   */
  at(url: string): Promise<void> | undefined {
    const lane = lane_of(url);
    if (this.#place !== undefined && lane === this.#lane) return undefined;
    this.leave();
    this.#lane = lane;
    return this.#wait((done) => {
      this.#place = enter(lane, done);
    });
  }

  /** A pause, in which somebody else may have the place. Ends early when it is woken. */
  async rest(ms: number): Promise<void> {
    this.leave();
    let cancel = () => {};
    await this.#wait((done) => {
      cancel = clock.after(ms, done);
    });
    cancel();
  }

  /** Ends a wait: there is nothing any more to wait for. */
  wake(): void {
    this.#wake?.();
  }

  /** Gives the place back, or stops waiting for it. */
  leave(): void {
    this.#place?.leave();
    this.#place = undefined;
  }

  async #wait(begin: (done: () => void) => void): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      begin(resolve);
    });
    this.#wake = undefined;
  }
}
