// Memory for outgoing messages, given out from front to back: a packet costs no allocation, and one that is sent is never touched again.
import { HEAD_ROOM, Message } from './transport/types.js';

export class Slab {
  readonly #size: number;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #at = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** A new message of `size` bytes, with room for a link's header in front. */
  message(size: number): Message {
    const needed = HEAD_ROOM + size;
    // A large one gets memory of its own, so that little is wasted at the end of a slab.
    if (needed > this.#size / 4) return new Message(new Uint8Array(needed), HEAD_ROOM, needed);
    if (this.#at + needed > this.#bytes.length) {
      this.#bytes = new Uint8Array(this.#size);
      this.#at = 0;
    }
    const start = this.#at + HEAD_ROOM;
    this.#at = start + size;
    return new Message(this.#bytes, start, this.#at);
  }

  /** Makes the message `size` bytes longer, if it is the last of this slab and there is room. */
  extend(message: Message, size: number): boolean {
    const end = message.end + size;
    if (message.bytes !== this.#bytes || message.end !== this.#at || end > this.#bytes.length) {
      return false;
    }
    this.#at = message.end = end;
    return true;
  }
}
