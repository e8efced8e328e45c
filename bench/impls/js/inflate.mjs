// DEFLATE decompression in plain JavaScript (RFC 1950, 1951): one table a code, indexed by its longest length.

const LENGTH_BASE = new Uint16Array(29);
const LENGTH_BITS = new Uint8Array(29);
const DISTANCE_BASE = new Uint16Array(30);
const DISTANCE_BITS = new Uint8Array(30);
// RFC 1951 3.2.5: extra bits grow by one every four lengths, every two distances.
for (let i = 0, base = 3; i < 28; i++) {
  LENGTH_BITS[i] = i < 8 ? 0 : (i >> 2) - 1;
  LENGTH_BASE[i] = base;
  base += 1 << LENGTH_BITS[i];
}
LENGTH_BASE[28] = 258;
for (let i = 0, base = 1; i < 30; i++) {
  DISTANCE_BITS[i] = i < 4 ? 0 : (i >> 1) - 1;
  DISTANCE_BASE[i] = base;
  base += 1 << DISTANCE_BITS[i];
}
// RFC 1951 3.2.7.
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

function reversed(code, length) {
  let result = 0;
  for (let i = 0; i < length; i++) result |= ((code >> i) & 1) << (length - 1 - i);
  return result;
}

/** Table for a code: symbol << 4 | length, at every index whose low bits are its code word. */
function table_of(lengths) {
  const count = new Uint16Array(16);
  let longest = 1;
  for (const n of lengths) {
    if (n > 0) count[n]++;
    if (n > longest) longest = n;
  }
  const next = new Uint16Array(16);
  for (let n = 1, code = 0; n < 16; n++) {
    next[n] = code;
    code = (code + count[n]) << 1;
  }
  const table = new Uint16Array(1 << longest);
  lengths.forEach((n, symbol) => {
    if (n === 0) return;
    const entry = (symbol << 4) | n;
    for (let i = reversed(next[n]++, n); i < table.length; i += 1 << n) table[i] = entry;
  });
  return table;
}

const FIXED = table_of(
  Uint8Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)),
);
const FIXED_DISTANCES = table_of(new Uint8Array(30).fill(5));

class Reader {
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at;
    this.hold = 0;
    this.count = 0;
  }

  /** At least 16 bits in `hold`; zeros behind the end. */
  fill() {
    while (this.count < 16) {
      this.hold |= (this.bytes[this.at++] ?? 0) << this.count;
      this.count += 8;
    }
  }

  bits(n) {
    this.fill();
    const value = this.hold & ((1 << n) - 1);
    this.hold >>>= n;
    this.count -= n;
    return value;
  }

  symbol(table) {
    this.fill();
    const entry = table[this.hold & (table.length - 1)];
    const n = entry & 15;
    if (n === 0) throw new Error('inflate: no such code');
    this.hold >>>= n;
    this.count -= n;
    return entry >> 4;
  }
}

function dynamic_tables(reader) {
  const literals = reader.bits(5) + 257;
  const distances = reader.bits(5) + 1;
  const codes = reader.bits(4) + 4;
  const code_lengths = new Uint8Array(19);
  for (let i = 0; i < codes; i++) code_lengths[ORDER[i]] = reader.bits(3);
  const table = table_of(code_lengths);
  const lengths = new Uint8Array(literals + distances);
  for (let i = 0; i < lengths.length; ) {
    const symbol = reader.symbol(table);
    if (symbol < 16) {
      lengths[i++] = symbol;
      continue;
    }
    const before = symbol === 16 ? lengths[i - 1] : 0;
    const times =
      symbol === 16 ? 3 + reader.bits(2) : symbol === 17 ? 3 + reader.bits(3) : 11 + reader.bits(7);
    lengths.fill(before, i, i + times);
    i += times;
  }
  return [table_of(lengths.subarray(0, literals)), table_of(lengths.subarray(literals))];
}

class Output {
  constructor(size) {
    this.bytes = new Uint8Array(size);
    this.at = 0;
  }

  room(n) {
    if (this.at + n <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.at + n));
    larger.set(this.bytes);
    this.bytes = larger;
  }
}

function stored(reader, out) {
  reader.at -= reader.count >> 3;
  reader.hold = reader.count = 0;
  const n = reader.bytes[reader.at] | (reader.bytes[reader.at + 1] << 8);
  reader.at += 4;
  out.room(n);
  out.bytes.set(reader.bytes.subarray(reader.at, reader.at + n), out.at);
  out.at += n;
  reader.at += n;
}

function block(reader, out, literals, distances) {
  for (;;) {
    const symbol = reader.symbol(literals);
    if (symbol === 256) return;
    out.room(258);
    if (symbol < 256) {
      out.bytes[out.at++] = symbol;
      continue;
    }
    const length = LENGTH_BASE[symbol - 257] + reader.bits(LENGTH_BITS[symbol - 257]);
    const code = reader.symbol(distances);
    const from = out.at - DISTANCE_BASE[code] - reader.bits(DISTANCE_BITS[code]);
    if (from < 0) throw new Error('inflate: distance too far back');
    if (out.at - from >= length) out.bytes.copyWithin(out.at, from, from + length);
    else for (let i = 0; i < length; i++) out.bytes[out.at + i] = out.bytes[from + i];
    out.at += length;
  }
}

/** Adler-32 (RFC 1950); sums of 3800 bytes stay below 2^31. */
export function adler32(bytes) {
  let a = 1;
  let b = 0;
  for (let i = 0; i < bytes.length; ) {
    for (const end = Math.min(i + 3800, bytes.length); i < end; i++) {
      a += bytes[i];
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return ((b << 16) | a) >>> 0;
}

/** What a zlib stream holds; throws when it is damaged. */
export function inflate(stream) {
  const reader = new Reader(stream, 2);
  const out = new Output(stream.length * 4 + 64);
  for (let last = 0; last === 0; ) {
    last = reader.bits(1);
    const type = reader.bits(2);
    if (type === 0) stored(reader, out);
    else if (type === 1) block(reader, out, FIXED, FIXED_DISTANCES);
    else if (type === 2) block(reader, out, ...dynamic_tables(reader));
    else throw new Error('inflate: no such block');
  }
  const result = out.bytes.subarray(0, out.at);
  const end = reader.at - (reader.count >> 3);
  const sum = new DataView(stream.buffer, stream.byteOffset + end, 4).getUint32(0);
  if (sum !== adler32(result)) throw new Error('inflate: wrong checksum');
  return result;
}

export { DISTANCE_BASE, DISTANCE_BITS, LENGTH_BASE, LENGTH_BITS, ORDER, reversed };
