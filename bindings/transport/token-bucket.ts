// A rate limit: so many a second, with a burst of one second's worth. Time is passed in.

export class TokenBucket {
  /** A second's worth; the bucket holds no more. */
  rate: number;
  #left: number;
  #at: number;

  constructor(rate: number, now_ms: number) {
    this.rate = rate;
    this.#left = rate;
    this.#at = now_ms;
  }

  /** Takes `n`, or gives false when more has been taken than the rate allows. */
  take(n: number, now_ms: number): boolean {
    const passed_ms = now_ms - this.#at;
    if (passed_ms > 0) {
      this.#left = Math.min(this.rate, this.#left + (passed_ms * this.rate) / 1000);
      this.#at = now_ms;
    }
    this.#left -= n;
    return this.#left >= 0;
  }
}
