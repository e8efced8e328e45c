// What the host has for base64 and for text, looked up at the first use, and its views over linear memory.
import {
  ensure,
  follow_views,
  kernel,
  native_utf8,
  QUICK_UTF8,
  SLOW_UTF8,
  u8,
} from './wasm/memory.js';

/** What Node's (and Bun's) Buffer has beside its documented methods. All of it is looked for before it is used. */
interface HostBuffer extends Uint8Array {
  base64Slice(start: number, end: number): string;
  base64Write(text: string, offset: number, length: number): number;
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, offset?: number, length?: number): number;
  ucs2Write(text: string, offset?: number, length?: number): number;
}

const TEXT_CALLS = ['latin1Slice', 'latin1Write', 'ucs2Write'] as const;
const BASE64_CALLS = ['base64Slice', 'base64Write'] as const;

/** Bytes of the area for short texts; kernels write up to 16 more. */
export const TEXT_BYTES = 0x1700 - 16;
/** Up to this many characters decoding them one by one is fastest: Node 20; 22 and 24; newer (measured). */
const FEW_CHARS_SLOW = 32;
const FEW_CHARS_QUICK = 24;
const FEW_CHARS = 18;
/** From this many characters on the host's own decoder is faster than a way through wasm: Node 20; newer (measured). */
const NATIVE_CHARS_SLOW = 280;
const NATIVE_CHARS = 310;

/** Address of the area for short texts. */
export let text_at = 0;
export let short_texts: Uint8Array;
/** A Buffer over all of linear memory. */
export let host: HostBuffer | undefined;
/** The same, if it has base64 too. */
export let host_base64: HostBuffer | undefined;
/** One over the area for short texts: without an offset a call costs 3 ns less (measured). */
export let host_texts: HostBuffer | undefined;

// How a text is decoded follows from its length, and these are asked in this order. -1 before the first use.
/** Up to so many characters: in a loop. */
export let few_chars = -1;
/** Up to so many: by `ucs2Write` and a kernel. */
export let most_ucs2 = -1;
/** Up to so many: by `latin1Write` and a kernel. */
export let most_latin1 = -1;
/** From so many on: by the host's own decoder. Between them: as comes. */
export let native_chars = 0x7fffffff;

interface Methods {
  from(bytes: ArrayBuffer, at: number, length: number): HostBuffer;
  prototype: Partial<HostBuffer>;
}
let methods: Methods | undefined;
let has_base64 = false;

// With its calls as properties of its own: V8 11 looks those of the prototype up by a call each time (measured).
function host_buffer(buffers: Methods, at: number, length: number): HostBuffer {
  const { latin1Slice, latin1Write, ucs2Write, base64Slice, base64Write } = buffers.prototype;
  return Object.assign(buffers.from(u8.buffer, at, length), {
    latin1Slice,
    latin1Write,
    ucs2Write,
    base64Slice,
    base64Write,
  });
}

function renew(): void {
  short_texts = new Uint8Array(u8.buffer, text_at, TEXT_BYTES);
  if (methods === undefined) return;
  host = host_buffer(methods, 0, u8.length);
  host_texts = host_buffer(methods, text_at, TEXT_BYTES);
  if (has_base64) host_base64 = host;
}

/** Looks at the host, if nobody has yet. */
export function know_host(): void {
  if (few_chars >= 0) return;
  ensure();
  text_at = kernel.TEXT.value as number;
  const { Buffer, process } = globalThis as unknown as {
    Buffer?: Methods;
    process?: { getBuiltinModule?(name: string): NodeV8 | undefined };
  };
  has_bytes = process?.getBuiltinModule?.('node:v8')?.isStringOneByteRepresentation;
  const can = (names: readonly (keyof HostBuffer)[]) =>
    names.every((name) => typeof Buffer?.prototype[name] === 'function');
  if (can(TEXT_CALLS)) methods = Buffer;
  has_base64 = methods !== undefined && can(BASE64_CALLS);
  const is_slow = native_utf8 === SLOW_UTF8;
  if (is_slow) few_chars = FEW_CHARS_SLOW;
  else few_chars = native_utf8 === QUICK_UTF8 ? FEW_CHARS_QUICK : FEW_CHARS;
  if (has_base64) native_chars = is_slow ? NATIVE_CHARS_SLOW : NATIVE_CHARS;
  if (methods !== undefined) {
    const most = Math.min(native_chars - 1, TEXT_BYTES);
    // In Node 20 any of these calls costs 30 ns, and none tells of wide characters in less than 6: where they are written as
    // they are, the kernel sees them.
    if (is_slow) most_ucs2 = Math.min(most, TEXT_BYTES >> 1);
    else most_latin1 = most;
  }
  renew();
  follow_views(renew);
}

// A character above U+00FF, which Node's decoder would cut to its low byte. In a string of one-byte characters V8 knows without
// looking that there is none: 8 ns at any length (measured).
const WIDE = /[\u0100-\uffff]/;

// Node 22.15 and newer know whether a string has one byte a character: 3 ns instead of 8 (measured).
let has_bytes: ((text: string) => boolean) | undefined;

interface NodeV8 {
  isStringOneByteRepresentation?(text: string): boolean;
}

/** Whether no character is above U+00FF. */
export function is_narrow(text: string): boolean {
  return has_bytes?.(text) || !WIDE.test(text);
}
