// The bit writer: what stays of it between blocks. While a block is written its three values live in locals.
//
// Codes are u64 entries `code << 8 | bits`. Appending one is `b |= (c >> 8) << k; k += c` (shift counts wrap modulo 64, so the
// code above the bit count does no harm while at most 63 bits are gathered), a flush stores 8 bytes and keeps the last 0..7 bits.

/** Where the next whole byte goes. */
export let out: usize = 0;
/** Bits that do not make a byte yet, and how many (0..7). */
export let bit_buffer: u64 = 0;
export let bit_count: u64 = 0;

/** Sets the writer. */
export function set_writer(to: usize, bits: u64, count: u64): void {
  out = to;
  bit_buffer = bits;
  bit_count = count;
}

/** Appends up to 32 bits. */
export function put_bits(value: u64, bits: u64): void {
  const b = bit_buffer | (value << bit_count);
  const k = bit_count + bits;
  store<u64>(out, b);
  out += <usize>(k >> 3);
  bit_buffer = b >> (k & 56);
  bit_count = k & 7;
}

/** Fills the last byte with zero bits. */
export function align_writer(): void {
  if (bit_count == 0) return;
  store<u8>(out, <u8>bit_buffer);
  out++;
  bit_buffer = 0;
  bit_count = 0;
}
