// Places that are shared out: so many in all, and so many to one address.

export class Places {
  readonly #taken = new Map<string, number>();
  #all = 0;

  constructor(
    readonly max: number,
    readonly max_per_address: number,
  ) {}

  get any(): boolean {
    return this.#all > 0;
  }

  any_of(address: string): boolean {
    return this.#taken.has(address);
  }

  get full(): boolean {
    return this.#all >= this.max;
  }

  /** `max_per_address` where it is another one today. */
  full_for(address: string, max_per_address = this.max_per_address): boolean {
    return this.full || (this.#taken.get(address) ?? 0) >= max_per_address;
  }

  /** Takes one; gives what gives it back, once. */
  take(address: string): () => void {
    const taken = this.#taken;
    taken.set(address, (taken.get(address) ?? 0) + 1);
    this.#all++;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.#all--;
      const left = (taken.get(address) ?? 1) - 1;
      if (left > 0) taken.set(address, left);
      else taken.delete(address);
    };
  }
}
