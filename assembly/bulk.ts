// Whole ranges at once: clear, repeat, move, search.

/** Clears `size` bytes. */
export function fill_zero(address: usize, size: usize): void {
  memory.fill(address, 0, size);
}

/** Repeats the first `step` bytes at `address` over `size` bytes in all. */
export function fill_pattern(address: usize, step: usize, size: usize): void {
  if (step == 1) {
    memory.fill(address, load<u8>(address), size);
    return;
  }
  // Each copy doubles what stands; it never overlaps what it reads.
  let done = step;
  while (done < size) {
    const n = min(done, size - done);
    memory.copy(address + done, address, n);
    done += n;
  }
}

/** Moves `size` bytes; the ranges may overlap. */
export function move(to: usize, from: usize, size: usize): void {
  memory.copy(to, from, size);
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
