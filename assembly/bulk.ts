// Whole ranges at once: clear, repeat, move, search.
import { put } from './codec';

/** Clears `size` bytes. */
export function fill_zero(address: usize, size: usize): void {
  memory.fill(address, 0, size);
}

/** Repeats the low byte of `value` over `size` bytes. */
export function fill_bytes(address: usize, value: i32, size: usize): void {
  memory.fill(address, <u8>value, size);
}

/** Stores a word over `size` bytes, a multiple of `step`, which divides the word's eight. */
function store_words(address: usize, size: usize, word: u64, step: usize): void {
  const end = address + size;
  let p = address;
  if (ASC_FEATURE_SIMD) {
    if (size >= 16) {
      const v = i64x2.splat(word);
      const whole = address + (size & ~63);
      for (; p < whole; p += 64) {
        v128.store(p, v);
        v128.store(p, v, 16);
        v128.store(p, v, 32);
        v128.store(p, v, 48);
      }
      for (; p + 16 <= end; p += 16) v128.store(p, v);
      // Overlaps the one before by whole data.
      v128.store(end - 16, v);
      return;
    }
  }
  for (; p + 8 <= end; p += 8) store<u64>(p, word);
  for (; p < end; p += step) {
    if (step == 1) store<u8>(p, <u8>word);
    else if (step == 2) store<u16>(p, <u16>word);
    else store<u32>(p, <u32>word);
  }
}

/** Up to here a loop of vectors beats the call out of wasm that memory.copy is (measured); the host's has wider vectors. */
const LOOP_BYTES: usize = 96;
/** Below this many bytes plain stores beat the call that memory.copy is (measured). */
const SMALL: usize = 256;

/** Stores a 16-byte pattern over `size` bytes, the last store cut by overlapping the one before. `size` is at least 16. */
function store_pattern(address: usize, size: usize): void {
  if (ASC_FEATURE_SIMD) {
    const v = v128.load(address);
    let p = address;
    const end = address + size;
    const whole = address + (size & ~63);
    while (p < whole) {
      v128.store(p, v);
      v128.store(p, v, 16);
      v128.store(p, v, 32);
      v128.store(p, v, 48);
      p += 64;
    }
    while (p + 16 <= end) {
      v128.store(p, v);
      p += 16;
    }
    tail_of_pattern(p, address, end);
    return;
  }
  const low = load<u64>(address);
  const high = load<u64>(address, 8);
  let p = address;
  const end = address + size;
  while (p + 16 <= end) {
    store<u64>(p, low);
    store<u64>(p, high, 8);
    p += 16;
  }
  tail_of_pattern(p, address, end);
}

// `p` is a multiple of 16 past the start, so that the pattern starts anew there.
function tail_of_pattern(p: usize, address: usize, end: usize): void {
  for (let i: usize = 0; p + i < end; i++) store<u8>(p + i, load<u8>(address + i));
}

// A short range to a place that it does not overlap.
function copy_apart(to: usize, from: usize, size: usize): void {
  let i: usize = 0;
  for (; i + 8 <= size; i += 8) store<u64>(to + i, load<u64>(from + i));
  for (; i < size; i++) store<u8>(to + i, load<u8>(from + i));
}

/** Repeats the first `step` bytes at `address` over `size` bytes in all. */
export function fill_pattern(address: usize, step: usize, size: usize): void {
  if (step == 1) {
    memory.fill(address, load<u8>(address), size);
    return;
  }
  // Doubling: each copy repeats what stands and never overlaps what it reads.
  let done = step;
  const first = <usize>16 % step == 0 ? <usize>16 : SMALL;
  while (done < size && done < first) {
    const n = min(done, size - done);
    copy_apart(address + done, address, n);
    done += n;
  }
  if (done == size) return;
  if (done == 16) {
    store_pattern(address, size);
    return;
  }
  while (done < size) {
    const n = min(done, size - done);
    memory.copy(address + done, address, n);
    done += n;
  }
}

/** Copies `count` items of `size` bytes in order, each step given in bytes (negative goes back). */
export function copy_stride(
  to: usize,
  to_step: isize,
  from: usize,
  from_step: isize,
  size: usize,
  count: i32,
): void {
  let p = to;
  let q = from;
  if (size == 1) {
    for (; count > 0; count--, p += to_step, q += from_step) store<u8>(p, load<u8>(q));
  } else if (size == 2) {
    for (; count > 0; count--, p += to_step, q += from_step) store<u16>(p, load<u16>(q));
  } else if (size == 4) {
    for (; count > 0; count--, p += to_step, q += from_step) store<u32>(p, load<u32>(q));
  } else if (size == 8) {
    for (; count > 0; count--, p += to_step, q += from_step) store<u64>(p, load<u64>(q));
  } else if (size > 8 && size < 64) {
    // An item that overlaps its own copy needs memmove.
    const apart = p > q ? p - q : q - p;
    if (apart >= size && to_step == from_step) {
      for (; count > 0; count--, p += to_step, q += from_step) {
        copy_apart(p, q, size);
      }
    } else {
      for (; count > 0; count--, p += to_step, q += from_step) memory.copy(p, q, size);
    }
  } else {
    for (; count > 0; count--, p += to_step, q += from_step) memory.copy(p, q, size);
  }
}

/** Moves `size` bytes; the ranges may overlap. */
export function move(to: usize, from: usize, size: usize): void {
  if (ASC_FEATURE_SIMD) {
    const apart = to > from ? to - from : from - to;
    if (size <= LOOP_BYTES && size >= 16 && apart >= size) {
      for (let i: usize = 0; i + 16 <= size; i += 16) v128.store(to + i, v128.load(from + i));
      // The last, perhaps partial, vector overlaps the one before.
      v128.store(to + size - 16, v128.load(from + size - 16));
      return;
    }
  }
  memory.copy(to, from, size);
}

/**
 * Repeats a number of type `type` (1 to 11) over `size` bytes; a tail that holds no whole one becomes zero. False, and nothing
 * is done, when not even one fits.
 */
export function fill_number(address: usize, size: usize, type: i32, value: f64): bool {
  const first_end = put(<i32>address, <i32>(address + size), type, value);
  if (first_end < 0) return false;
  const step = <usize>first_end - address;
  const whole = size - (size & (step - 1));
  // The datum repeated over eight bytes.
  let word: u64;
  if (step == 1) word = <u64>load<u8>(address) * 0x0101010101010101;
  else if (step == 2) word = <u64>load<u16>(address) * 0x0001000100010001;
  else if (step == 4) word = <u64>load<u32>(address) * 0x0000000100000001;
  else word = load<u64>(address);
  store_words(address, whole, word, step);
  if (whole < size) memory.fill(address + whole, 0, size - whole);
  return true;
}

/** Address of the first zero byte in [from, end), or `end`. Reads up to 15 bytes past the end. */
export function find_zero(from: usize, end: usize): usize {
  let p = from;
  if (ASC_FEATURE_SIMD) {
    while (p < end) {
      const zeros = i8x16.bitmask(i8x16.eq(v128.load(p), i8x16.splat(0)));
      if (zeros != 0) return min(p + <usize>ctz(zeros), end);
      p += 16;
    }
    return end;
  }
  while (p < end && load<u8>(p) != 0) p++;
  return p;
}
