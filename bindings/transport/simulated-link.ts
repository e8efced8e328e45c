// A link behind a bad network: both directions go through a simulator each.
import { clock, type Timer } from '../clock.js';
import { Simulator, type SimulatorOptions } from './simulator.js';
import { HEAD_ROOM, type Link, Message } from './types.js';

export class SimulatedLink implements Link {
  readonly #link: Link;
  readonly #out: Simulator<Message | string>;
  readonly #in: Simulator<Uint8Array | string>;
  readonly #arrived: (message: Uint8Array | string) => void;
  #out_bytes = 0;
  #timer: Timer | undefined;
  /** Everything of the way in counts as arrived up to here. */
  #in_due_ms = 0;
  /** In the middle of handing over what came in. */
  #handing = false;
  #closed = false;

  /** `arrived` gets what the real link received, once it has come through. */
  constructor(
    link: Link,
    options: SimulatorOptions,
    arrived: (message: Uint8Array | string) => void,
  ) {
    this.#link = link;
    this.#out = new Simulator(options, link.ordered);
    // Another seed for the way back: both directions with the same fate would be odd.
    this.#in = new Simulator({ ...options, seed: (options.seed ?? 1) ^ 0x5bd1e995 }, link.ordered);
    this.#arrived = arrived;
  }

  get open(): boolean {
    return this.#link.open;
  }

  get buffered(): number {
    // A stream keeps what is under way until it is acknowledged; of datagrams only those wait that the line has no room for yet.
    const waiting = this.ordered ? this.#out_bytes : this.#out.backlog_bytes(clock.now());
    return this.#link.buffered + waiting;
  }

  get protocol(): string {
    return this.#link.protocol;
  }

  get ordered(): boolean {
    return this.#link.ordered;
  }

  get ping(): (() => void) | undefined {
    return this.#link.ping === undefined ? undefined : () => this.#link.ping?.();
  }

  send_message(message: Message): void {
    const bytes = message.end - message.start;
    this.#out_bytes += bytes;
    this.#out.push(message, bytes, clock.now());
    this.#schedule();
  }

  send_bytes(bytes: Uint8Array): void {
    const kept = new Uint8Array(HEAD_ROOM + bytes.length);
    kept.set(bytes, HEAD_ROOM);
    this.send_message(new Message(kept, HEAD_ROOM, kept.length));
  }

  is_stalled(now_ms: number, away_ms: number): boolean {
    return this.#link.is_stalled?.(now_ms, away_ms) ?? false;
  }

  get max_message_bytes(): number | undefined {
    return this.#link.max_message_bytes;
  }

  send_text(text: string): void {
    this.#out_bytes += text.length;
    this.#out.push(text, text.length, clock.now());
    this.#schedule();
  }

  /** The real link has received a message; its bytes are valid during the call only. */
  receive(message: Uint8Array | string): void {
    // Not slice(): of a Buffer that is no copy.
    const kept = typeof message === 'string' ? message : Uint8Array.from(message);
    this.#in.push(kept, message.length, clock.now());
    this.#schedule();
  }

  #schedule(): void {
    const next = Math.min(
      this.#out.next_at_ms ?? Number.POSITIVE_INFINITY,
      this.#in.next_at_ms ?? Number.POSITIVE_INFINITY,
    );
    clock.cancel(this.#timer);
    this.#timer = undefined;
    if (next === Number.POSITIVE_INFINITY) return;
    this.#timer = clock.later(() => this.#pass(clock.now()), Math.max(0, next - clock.now()));
  }

  /** Hands over what has arrived by `now_ms`. */
  #pass(now_ms: number): void {
    this.#pass_out(now_ms);
    this.#pass_in(now_ms);
    this.#schedule();
  }

  #pass_out(now_ms: number): void {
    for (const message of this.#out.arrived(now_ms)) this.#send(message);
    this.#out_bytes = this.#out.size === 0 ? 0 : this.#out_bytes;
  }

  /** Who gets a message may switch the simulator or close the link: the call under way hands over the rest then, in order. */
  #pass_in(now_ms: number): void {
    this.#in_due_ms = Math.max(this.#in_due_ms, now_ms);
    if (this.#handing) return;
    this.#handing = true;
    try {
      for (;;) {
        const messages = this.#in.arrived(this.#in_due_ms);
        if (messages.length === 0) return;
        for (const message of messages) if (!this.#closed) this.#arrived(message);
      }
    } finally {
      this.#handing = false;
    }
  }

  #send(message: Message | string): void {
    if (typeof message === 'string') {
      this.#out_bytes -= message.length;
      if (this.#link.open) this.#link.send_text(message);
    } else {
      this.#out_bytes -= message.end - message.start;
      if (this.#link.open) this.#link.send_message(message);
    }
  }

  /**
   * No simulation any more: what is under way arrives at once. What comes in may be answered meanwhile: whoever sends over this link
   * has another one by now.
   */
  stop(): void {
    this.#pass(Number.POSITIVE_INFINITY);
    clock.cancel(this.#timer);
    this.#timer = undefined;
  }

  close(code: number, reason: string): void {
    // As on a real link, what comes in after our close is not wanted any more.
    this.#closed = true;
    this.#pass_out(Number.POSITIVE_INFINITY);
    clock.cancel(this.#timer);
    this.#timer = undefined;
    this.#link.close(code, reason);
  }

  cut(): void {
    this.#closed = true;
    clock.cancel(this.#timer);
    this.#timer = undefined;
    this.#link.cut();
  }
}
