// union({...}): one of several packets behind a tag byte, read as a discriminated union.

import { aligned } from '../buffer-room.js';
import { lookup } from '../buffer-table.js';
import { options_object, show } from '../check.js';
import { buffer_wrap } from '../constants.js';
import { dv } from '../wasm/memory.js';
import { show_field } from './fields.js';
import { check_hash } from './hash.js';
import type { Packet } from './interface.js';
import { layout_hash, type Struct } from './layout.js';
import { PacketOf } from './packet.js';
import type { Value } from './program.js';
import { is_target } from './support.js';
import { type Infer, Status } from './types.js';

/** The packets of a union, by the names of their tags. */
// biome-ignore lint/suspicious/noExplicitAny: matches every packet
export type Members = { readonly [tag: string]: Packet<any> };

/** What a union reads: compare `tag`, and the type of `value` is known. */
export type Message<M extends Members> = {
  [K in keyof M]: { tag: K; value: Infer<M[K]> };
}[keyof M];

/** Several packets behind a tag byte. */
export interface Union<M extends Members> {
  /** Only a type: see {@link Infer}. */
  readonly infer?: Message<M>;
  /** Hash of tags and layouts. */
  readonly hash: number;
  readonly layout: string;
  /** Most bytes of a message. */
  readonly maxSize: number;
  /** Writes the tag and the packet, as {@link Packet.write} does. @throws RangeError also: no such tag */
  write<K extends keyof M & string>(buffer: number, tag: K, value: Infer<M[K]>): void;
  /** Reads a message; into `into` where its tag is the same, else its value is a new object. @throws RangeError */
  read(buffer: number, into?: Message<M>): Message<M>;
  /** The same for bytes from outside: a {@link Status}, and `into` is untouched unless it is `Ok`. */
  tryRead(buffer: number, into: { tag: keyof M | ''; value: unknown }): Status;
  /** The tag of the message at the position, or undefined. Reads nothing. */
  peek(buffer: number): (keyof M & string) | undefined;
  /** Refuses a peer's layout with a message that says what differs. @throws RangeError */
  checkHash(hash: number): void;
}

class UnionOf {
  readonly tags: string[];
  readonly members: PacketOf[];
  readonly hash: number;
  readonly layout: string;
  readonly maxSize: number;
  readonly #by_tag: Map<string, PacketOf>;

  readonly #name: string;

  constructor(members: Members, name: string) {
    this.#name = name;
    if (typeof members !== 'object' || members === null) {
      throw new TypeError(`${name}: packets are an object of them, got ${show(members)}`);
    }
    this.tags = Object.keys(members);
    if (this.tags.length === 0 || this.tags.length > 256) {
      throw new RangeError(`${name}: 1 to 256 packets, got ${this.tags.length}`);
    }
    this.members = this.tags.map((tag, value) => {
      const member = members[tag] as unknown;
      if (!(member instanceof PacketOf)) {
        throw new TypeError(`${name}: ${show(tag)} is ${show_field(member)}, not a packet`);
      }
      const struct = (member.node as { of: Struct }).of;
      return new PacketOf(member.schema, struct, { bytes: 1, value }, `${name}.${tag}`);
    });
    this.#by_tag = new Map(this.tags.map((tag, i) => [tag, this.members[i]]));
    this.layout = `union{${this.tags.map((tag, i) => `${JSON.stringify(tag)}:${this.members[i].layout}`)}}`;
    this.hash = layout_hash(this.layout);
    this.maxSize = Math.max(...this.members.map(({ maxSize }) => maxSize));
  }

  write(buffer: number, tag: string, value: Value): void {
    const member = this.#by_tag.get(tag);
    if (member === undefined) {
      throw new RangeError(`${this.#name}: there is no ${show(tag)}, only ${this.tags.join(', ')}`);
    }
    member.write(buffer, value);
  }

  // The tag byte at the position; -1 at the end.
  #tag(buffer: number): number {
    const b = lookup(buffer);
    const at = aligned(b);
    if (at < b.end) return dv.getUint8(at);
    return b.kind === buffer_wrap && b.end > b.ptr ? dv.getUint8(b.ptr) : -1;
  }

  peek(buffer: number): string | undefined {
    return this.tags[this.#tag(buffer)];
  }

  tryRead(buffer: number, into: { tag: unknown; value: unknown }): Status {
    if (!is_target(into)) {
      throw new TypeError(`${this.#name}: reads into an object, got ${show(into)}`);
    }
    const tag = this.#tag(buffer);
    if (tag < 0) return Status.Short;
    const member = this.members[tag];
    if (member === undefined) return Status.Version;
    if (into.tag === this.tags[tag] && typeof into.value === 'object' && into.value !== null) {
      return member.tryRead(buffer, into.value);
    }
    const value = {};
    const status = member.tryRead(buffer, value);
    if (status < 0) return status;
    into.tag = this.tags[tag];
    into.value = value;
    return Status.Ok;
  }

  read(buffer: number, into?: { tag: unknown; value: unknown }): Value {
    const message = into === undefined ? { tag: '', value: undefined } : into;
    const status = this.tryRead(buffer, message);
    if (status === Status.Ok) return message;
    const member = this.members[this.#tag(buffer)];
    if (member !== undefined) throw member.codec.refusal(status, buffer);
    const b = lookup(buffer);
    const what = status === Status.Short ? 'no bytes' : `no message with tag ${this.#tag(buffer)}`;
    throw new RangeError(
      `${this.#name}: ${what} at ${aligned(b) - b.ptr}; tags go up to ${this.tags.length - 1}: the peer may have another layout`,
    );
  }

  checkHash(hash: number): void {
    check_hash(hash, this.hash, this.layout, this.#name, 'packets');
  }
}

/**
 * Declares a message that is one of several packets. The tag byte is the packet's place in the declaration.
 * @throws TypeError a member is no packet; RangeError none, or more than 256
 */
export function union<const M extends Members>(
  members: M,
  options: { name?: string } = {},
): Union<M> {
  options_object(options, 'union: options');
  return new UnionOf(members, options.name ?? 'union') as unknown as Union<M>;
}
