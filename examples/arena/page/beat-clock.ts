// Time for a game that a page hosts: its beat comes from a worker, so that it goes on when the host looks at another tab.
import type { ClockHost } from '../game/clock.js';

export class BeatClock implements ClockHost {
  private readonly worker = new Worker('beat.js');
  private readonly waiting = new Map<number, () => void>();
  private next_id = 0;

  constructor() {
    this.worker.onmessage = ({ data }: MessageEvent<number>) => {
      const callback = this.waiting.get(data);
      this.waiting.delete(data);
      callback?.();
    };
  }

  now_ms(): number {
    return performance.now();
  }

  after(ms: number, callback: () => void): () => void {
    const id = this.next_id++;
    this.waiting.set(id, callback);
    this.worker.postMessage({ id, ms });
    return () => this.waiting.delete(id);
  }

  close(): void {
    this.waiting.clear();
    this.worker.terminate();
  }
}
