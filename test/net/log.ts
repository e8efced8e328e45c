// Keeps the networking events of a test, with the payload of data events, and lets it wait for them.
import {
  async_on,
  buffer_to_bytes,
  type NetworkingEvent,
  network_type_data,
} from '../../bindings/index.js';

export type Logged = NetworkingEvent & { payload: string };

export class Log {
  readonly events: Logged[] = [];
  private wake: (() => void)[] = [];
  private readonly off: () => void;

  constructor() {
    this.off = async_on('networking', (event) => {
      const payload =
        event.type === network_type_data
          ? Buffer.from(buffer_to_bytes(event.buffer)).toString('latin1')
          : '';
      this.events.push({ ...event, payload });
      for (const wake of this.wake.splice(0)) wake();
    });
  }

  /** The first event that fits, also one that has come already; it is taken out. */
  async next(fits: Partial<Logged>): Promise<Logged> {
    for (;;) {
      const at = this.events.findIndex((event) =>
        Object.entries(fits).every(([key, value]) => event[key as keyof Logged] === value),
      );
      if (at >= 0) return this.events.splice(at, 1)[0];
      await new Promise<void>((done) => this.wake.push(done));
    }
  }

  stop(): void {
    this.off();
  }
}
