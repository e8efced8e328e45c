// Keeps the http events of a test, and lets it wait for the one that ends a request.
import { async_on, type HttpEvent } from '../../bindings/index.js';

export class HttpLog {
  readonly events: HttpEvent[] = [];
  private wake: (() => void)[] = [];
  private readonly off = async_on('http', (event) => {
    this.events.push(event);
    for (const wake of this.wake.splice(0)) wake();
  });

  of(id: number): HttpEvent[] {
    return this.events.filter((event) => event.id === id);
  }

  /** The first event of a request that fits. */
  async when(id: number, fits: (event: HttpEvent) => boolean): Promise<HttpEvent> {
    for (;;) {
      const found = this.of(id).find(fits);
      if (found) return found;
      await new Promise<void>((done) => this.wake.push(done));
    }
  }

  /** The event that ends a request. */
  end(id: number): Promise<HttpEvent> {
    return this.when(id, ({ status }) => status !== 1);
  }

  progress(id: number): HttpEvent[] {
    return this.of(id).filter(({ status }) => status === 1);
  }

  stop(): void {
    this.off();
  }
}
