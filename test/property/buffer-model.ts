// A buffer as a plain array of numbers: slow, obvious, and written apart from the library, to hold it against.

export const SIZES = [0, 1, 1, 2, 2, 4, 4, 8, 2, 4, 8, 1, 0, 0];
export const [FIXED, GROW, WRAP, FAST, VBUFFER] = [0, 1, 2, 3, 4];
export const [U64, F16, F32, F64, BOOL, STRING, TEXT] = [7, 8, 9, 10, 11, 12, 13];

// Every half-precision number >= 0 by code, from its definition.
const HALVES = Array.from({ length: 0x7c00 }, (_, code) => {
  const exponent = code >> 10;
  const mantissa = code & 1023;
  return exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25);
});

/** The code of the half nearest to `value`, ties to even, by search. */
export function half_code(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = Object.is(value, -0) || value < 0 ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= 65520) return sign | 0x7c00;
  let low = 0;
  let high = HALVES.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (HALVES[middle] <= magnitude) low = middle;
    else high = middle - 1;
  }
  if (low === HALVES.length - 1) return sign | low;
  const below = magnitude - HALVES[low];
  const above = HALVES[low + 1] - magnitude;
  if (above < below || (above === below && (low & 1) === 1)) low++;
  return sign | low;
}

/** The number that a half-precision code stands for. */
export function half_value(code: number): number {
  const magnitude = code & 0x7fff;
  const value = magnitude > 0x7c00 ? NaN : magnitude === 0x7c00 ? Infinity : HALVES[magnitude];
  return code & 0x8000 ? -value : value;
}

function integer_bytes(value: number | bigint, n: number): number[] {
  let whole = 0n;
  if (typeof value === 'bigint') whole = value;
  else if (Number.isFinite(value)) whole = BigInt(Math.trunc(value));
  let rest = BigInt.asUintN(n * 8, whole);
  return Array.from({ length: n }, () => {
    const byte = Number(rest & 255n);
    rest >>= 8n;
    return byte;
  });
}

export type Value = number | bigint | boolean | string;

/** The bytes of a datum. */
export function encode(type: number, value: Value): number[] {
  if (type >= STRING) {
    const bytes = [...new TextEncoder().encode(value as string)];
    return type === STRING ? [...bytes, 0] : bytes;
  }
  const number = typeof value === 'boolean' ? Number(value) : (value as number | bigint);
  if (type === BOOL) return [number ? 1 : 0];
  if (type === F16) return integer_bytes(half_code(Number(number)), 2);
  if (type === F32) return [...new Uint8Array(new Float32Array([Number(number)]).buffer)];
  if (type === F64) return [...new Uint8Array(new Float64Array([Number(number)]).buffer)];
  return integer_bytes(number, SIZES[type]);
}

/** The value of the bytes of a numeric datum. */
export function decode(type: number, bytes: number[]): Value {
  if (type === BOOL) return bytes[0] !== 0;
  if (type === F32) return new Float32Array(new Uint8Array(bytes).buffer)[0];
  if (type === F64) return new Float64Array(new Uint8Array(bytes).buffer)[0];
  const unsigned = bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
  if (type === F16) return half_value(Number(unsigned));
  if (type === U64) return unsigned < 2n ** 53n ? Number(unsigned) : unsigned;
  const signed = type === 2 || type === 4 || type === 6;
  return Number(signed ? BigInt.asIntN(bytes.length * 8, unsigned) : unsigned);
}

/** Thrown where the library throws RangeError. */
export class OutOfRange extends Error {}

export class ModelBuffer {
  bytes: number[];
  pos = 0;
  used = 0;
  constructor(
    size: number,
    readonly kind: number,
    readonly align: number,
  ) {
    this.bytes = new Array(size).fill(0);
  }

  private aligned(): number {
    let p = this.pos;
    while (p % this.align !== 0) p++;
    return p;
  }

  private takes(type: number): boolean {
    return type >= 1 && type <= 13 && (this.kind !== FAST || type === 1);
  }

  private raise(end: number): void {
    this.used = Math.max(this.used, end);
  }

  write(type: number, value: Value): number {
    if (!this.takes(type)) return -4;
    const data = encode(type, value);
    const size = this.bytes.length;
    let at = this.aligned();
    if (this.kind === WRAP) {
      if (size === 0 && data.length > 0) return -2;
      if (at >= size) at = size === 0 ? at : 0;
      let end = at;
      for (const byte of data) {
        if (end === size) end = 0;
        this.bytes[end++] = byte;
        this.raise(end);
      }
      this.pos = end;
      return 0;
    }
    if (at + data.length > size) {
      if (this.kind !== GROW) return -2;
      let grown = size;
      while (grown < at + data.length) grown = Math.max(4, grown * 2);
      while (this.bytes.length < grown) this.bytes.push(0);
    }
    for (const byte of data) this.bytes[at++] = byte;
    this.pos = at;
    if (data.length > 0) this.raise(at);
    return 0;
  }

  read(type: number): Value {
    if (!this.takes(type)) throw new OutOfRange();
    const size = this.bytes.length;
    let at = this.aligned();
    const wraps = this.kind === WRAP && size > 0;
    if (wraps && at >= size) at = 0;
    if (type >= STRING) {
      if (!wraps && (at > size || (type === STRING && at === size))) throw new OutOfRange();
      const collected: number[] = [];
      let consumed = 0;
      while (wraps ? consumed < size : at < size) {
        if (at === size) at = 0;
        const byte = this.bytes[at++];
        consumed++;
        if (byte === 0) break;
        collected.push(byte);
      }
      this.pos = at;
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(new Uint8Array(collected));
    }
    const n = SIZES[type];
    if (!wraps && at + n > size) throw new OutOfRange();
    const data: number[] = [];
    for (let i = 0; i < n; i++) {
      if (at === size) at = 0;
      data.push(this.bytes[at++]);
    }
    this.pos = at;
    return decode(type, data);
  }

  poke(offset: number, type: number, value: Value): number {
    if (!this.takes(type)) return -4;
    const data = encode(type, value);
    const size = this.bytes.length;
    if (this.kind === WRAP && size > 0) {
      let at = ((offset % size) + size) % size;
      for (const byte of data) {
        if (at === size) at = 0;
        this.bytes[at++] = byte;
        this.raise(at);
      }
      return 0;
    }
    if (offset < 0 || offset + data.length > size) return -2;
    data.forEach((byte, i) => {
      this.bytes[offset + i] = byte;
    });
    if (data.length > 0) this.raise(offset + data.length);
    return 0;
  }

  peek(offset: number, type: number): Value | undefined {
    const copy = new ModelBuffer(0, this.kind, 1);
    copy.bytes = this.bytes;
    const size = this.bytes.length;
    if (!this.takes(type)) throw new OutOfRange();
    if (this.kind === WRAP && size > 0) copy.pos = ((offset % size) + size) % size;
    else if (offset < 0 || offset >= size) return undefined;
    else copy.pos = offset;
    try {
      return copy.read(type);
    } catch {
      return undefined;
    }
  }

  seek(base: number, offset: number): number {
    const size = this.bytes.length;
    const to = base === 0 ? offset : base === 1 ? this.pos + offset : size - offset;
    if (this.kind === WRAP && size > 0) this.pos = ((to % size) + size) % size;
    else this.pos = Math.max(0, Math.min(size, to));
    return this.pos;
  }

  fill(offset: number, type: number, value: Value, size: number): number {
    if (!this.takes(type)) return -4;
    const data = encode(type, value);
    const total = this.bytes.length;
    if (offset < 0 || offset >= total) return 0;
    const end = size < 0 ? total : Math.min(total, offset + size);
    if (end === offset) return 0;
    for (let i = offset; i < end; i++) this.bytes[i] = 0;
    let at = offset;
    while (data.length > 0) {
      while (at % this.align !== 0) at++;
      if (at + data.length > end) break;
      for (const byte of data) this.bytes[at++] = byte;
    }
    this.raise(end);
    return 0;
  }

  resize(size: number): void {
    while (this.bytes.length > size) this.bytes.pop();
    while (this.bytes.length < size) this.bytes.push(0);
    this.pos = Math.min(this.pos, size);
    this.used = Math.min(this.used, size);
  }

  copy_to(offset: number, size: number, to: ModelBuffer, to_offset: number): number {
    const total = this.bytes.length;
    const wraps = this.kind === WRAP && total > 0;
    let from = offset;
    if (wraps) from = ((from % total) + total) % total;
    else if (from < 0 || from >= total) return 0;
    let n = size < 0 ? total - from : size;
    if (!wraps) n = Math.min(n, total - from);
    if (n === 0) return 0;
    const data = Array.from({ length: n }, (_, i) => this.bytes[(from + i) % total]);
    let at = to_offset;
    if (to.kind === WRAP) {
      const room = to.bytes.length;
      if (room === 0) return 0;
      at = ((at % room) + room) % room;
      for (const byte of data) {
        if (at === room) at = 0;
        to.bytes[at++] = byte;
        to.raise(at);
      }
      return n;
    }
    if (at < 0) return 0;
    if (to.kind === GROW && at + n > to.bytes.length) to.resize(at + n);
    let copied = 0;
    for (const byte of data) {
      if (at >= to.bytes.length) break;
      to.bytes[at++] = byte;
      to.raise(at);
      copied++;
    }
    return copied;
  }

  /** Items byte by byte, each whole item read before it is written; stops at the first byte out of range. */
  copy_stride_to(
    offset: number,
    size: number,
    stride: number,
    count: number,
    to: ModelBuffer,
    to_offset: number,
    to_stride: number,
  ): number {
    const from = offset < 0 ? offset + this.bytes.length : offset;
    const target = to_offset < 0 ? to_offset + to.bytes.length : to_offset;
    if (count === 0 || size === 0) return 0;
    if (to.kind === GROW && target >= 0) {
      const reach = target + Math.max(0, (count - 1) * to_stride) + size;
      if (reach > to.bytes.length) to.resize(reach);
    }
    const place = (b: ModelBuffer, at: number) =>
      b.kind === WRAP && b.bytes.length > 0
        ? ((at % b.bytes.length) + b.bytes.length) % b.bytes.length
        : at;
    let copied = 0;
    for (let item = 0; item < count; item++) {
      const bytes: number[] = [];
      for (let i = 0; i < size; i++) {
        const at = place(this, place(this, from + item * stride) + i);
        if (at < 0 || at >= this.bytes.length) break;
        bytes.push(this.bytes[at]);
      }
      for (let i = 0; i < bytes.length; i++) {
        const at = place(to, place(to, target + item * to_stride) + i);
        if (at < 0 || at >= to.bytes.length) return copied;
        to.bytes[at] = bytes[i];
        to.raise(at + 1);
        copied++;
      }
      if (bytes.length < size) return copied;
    }
    return copied;
  }
}
