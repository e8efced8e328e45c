// The process under test, from its parent's side: what is asked of it, and what becomes of it.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { afterwards } from '../net/harness.js';

const script = fileURLToPath(new URL('./rtc-child.mjs', import.meta.url));

export interface Report {
  peers: number;
  made: number;
  resources: Record<string, number>;
  drops: Record<string, Record<string, number>>;
  rss: number;
}

type Told = Record<string, unknown>;

export class Victim {
  readonly events: Told[] = [];
  readonly #child: ChildProcess;
  readonly #exit: Promise<string>;
  readonly #answers = new Map<number, (told: Told) => void>();
  #asked = 0;
  #wake: (() => void)[] = [];
  #gone = false;

  constructor() {
    this.#child = fork(script, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let noise = '';
    this.#child.stderr?.on('data', (data) => {
      noise += data;
    });
    this.#child.on('message', (told: Told) => {
      if (told.event) this.events.push(told.event as Told);
      else this.#answers.get(told.n as number)?.(told);
      this.#stir();
    });
    this.#exit = new Promise((done) => {
      this.#child.on('exit', (code, signal) => {
        this.#gone = true;
        this.#stir();
        done(`${signal ?? code} ${noise}`.trim());
      });
    });
    afterwards(() => this.#child.kill('SIGKILL'));
  }

  #stir(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  async ask<T = Told>(call: string, how: object = {}): Promise<T> {
    const n = ++this.#asked;
    const told = await new Promise<Told>((done, fail) => {
      this.#answers.set(n, done);
      if (this.#gone) fail(new Error('the process has gone'));
      else {
        void this.#exit.then((how) => fail(new Error(`the process has gone: ${how}`)));
        this.#child.send({ call, how, n });
      }
    });
    if (told.failed) throw new Error(told.failed as string);
    return told.answer as T;
  }

  report = () => this.ask<Report>('report');

  /** The first event that fits, taken out. */
  async event(fits: Told): Promise<Told> {
    for (;;) {
      const at = this.events.findIndex((event) =>
        Object.entries(fits).every(([key, value]) => event[key] === value),
      );
      if (at >= 0) return this.events.splice(at, 1)[0];
      if (this.#gone) throw new Error(`the process has gone: ${await this.#exit}`);
      await new Promise<void>((done) => this.#wake.push(done));
    }
  }

  /** No connection is left, nor anything that keeps the process, beyond `left`. */
  async calm(left: Record<string, number> = {}): Promise<void> {
    let last: unknown;
    for (let round = 0; round < 1200; round++) {
      const { peers, resources } = await this.report();
      const more = Object.entries(resources).filter(([name, n]) => {
        if (/^(PipeWrap|Pipe|ChildProcess)/.test(name)) return false;
        return n > (left[name] ?? 0);
      });
      if (peers === 0 && more.length === 0) return;
      last = { peers, resources };
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error(`this is left: ${JSON.stringify(last)}`);
  }

  /** Ends everything; it has to exit by itself. */
  async end(): Promise<void> {
    await this.ask('end');
    expect(await this.#exit).toBe('0');
  }
}
