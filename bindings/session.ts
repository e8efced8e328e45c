// What a framed connection needs to survive the loss of its link (STANDARD.md, 5): counts, acknowledgements, unacknowledged packets.
//
// Links are ordered, so packets need no numbers on the wire: both sides count. After a loss each tells how many it has got,
// and the other sends the rest again.
import { clock } from './clock.js';
import { MAX_TOKENS } from './control.js';
import { Slab } from './slab.js';
import type { Message } from './transport/types.js';

export const TOKEN_BYTES = 16;
/** The receiver acknowledges after so many packets or bytes, or at the next beat. */
const ACK_PACKETS = 256;
const ACK_BYTES = 64 * 1024;
/** Small: every session has one. */
const SLAB_BYTES = 8 * 1024;

/** One sent packet, header included, as a part of memory that nobody writes to any more. */
interface Kept {
  bytes: Uint8Array<ArrayBuffer>;
  start: number;
  end: number;
}

export function token_text(token: Uint8Array): string {
  let text = '';
  for (const byte of token) text += byte.toString(16).padStart(2, '0');
  return text;
}

export class Session {
  /**
   * Server: one, the current one. Client: the current one, or those that it may be: a resume replaces it by one that the client
   * has chosen, and the answer may never have come. Empty: the server has not agreed to a session yet.
   */
  tokens: Uint8Array<ArrayBuffer>[] = [];
  /** How long the server keeps a session without a link, in milliseconds. */
  window_ms = 0;
  /** When the link was lost. */
  lost_at_ms = 0;
  /** Packets in either direction since the session began, modulo 2^32. */
  sent = 0;
  received = 0;
  /** Bytes of packets that the peer has not acknowledged. */
  kept_bytes = 0;
  #kept: Kept[] = [];
  /** Index of the first kept packet in `#kept`: taking from the front of an array is slow. */
  #first = 0;
  #unacked_packets = 0;
  #unacked_bytes = 0;

  /** Memory for outgoing packets, the session's own: what it keeps must not hold on to anybody else's. */
  readonly slab = new Slab(SLAB_BYTES);

  /** A packet was sent, or would have been were there a link: keeps it until the peer has it. */
  keep(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): void {
    this.sent = (this.sent + 1) >>> 0;
    this.#kept.push({ bytes, start, end });
    this.kept_bytes += end - start;
  }

  /** Packets that the peer has not acknowledged. */
  get kept(): number {
    return this.#kept.length - this.#first;
  }

  /** The peer has got so many packets. False when that cannot be. */
  acknowledged(count: number): boolean {
    const waiting = (this.sent - count) >>> 0;
    if (waiting > this.kept) return false;
    for (let n = this.kept - waiting; n > 0; n--) {
      const { start, end } = this.#kept[this.#first];
      this.kept_bytes -= end - start;
      this.#first++;
    }
    if (this.#first === this.#kept.length) {
      this.#kept.length = this.#first = 0;
    } else if (this.#first >= 1024 && this.#first * 2 >= this.#kept.length) {
      this.#kept = this.#kept.slice(this.#first);
      this.#first = 0;
    }
    return true;
  }

  /** All that the peer has not acknowledged, in order, to be sent again. */
  unacknowledged(): readonly Pick<Message, 'bytes' | 'start' | 'end'>[] {
    return this.#kept.slice(this.#first);
  }

  /** A packet has come in. True when it is time to acknowledge. */
  count_in(size: number): boolean {
    this.received = (this.received + 1) >>> 0;
    this.#unacked_packets++;
    this.#unacked_bytes += size;
    return this.#unacked_packets >= ACK_PACKETS || this.#unacked_bytes >= ACK_BYTES;
  }

  /** Whether packets have come in that the peer has not been told of. */
  get owes_ack(): boolean {
    return this.#unacked_packets > 0;
  }

  /** The peer is being told of all that has come in. */
  told(): void {
    this.#unacked_packets = this.#unacked_bytes = 0;
  }

  /**
   * The client proposes another token for the next resume, beside those of which one is current. When there are as many of those as
   * a RESUME has room for, it proposes the latest of them again: whichever is current, the server gets to know it.
   */
  propose(): { next: Uint8Array<ArrayBuffer>; known: Uint8Array<ArrayBuffer>[] } {
    const known = this.tokens;
    if (known.length === MAX_TOKENS) return { next: known[MAX_TOKENS - 1], known };
    const next = clock.secret(TOKEN_BYTES);
    this.tokens = [...known, next];
    return { next, known };
  }
}
