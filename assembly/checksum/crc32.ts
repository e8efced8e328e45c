// CRC-32 of RFC 1952 8: picks the kernel for a length. The plain build has table lookups only.
import { CRC_TABLES } from '../layout';
import { crc32_huge } from './crc32-history';
import { crc_sliced, make_crc_tables } from './crc32-slices';
import { crc32_large, crc32_medium } from './crc32-taps';

/** Lengths in bytes from which each kernel is the fastest (measured on Zen 5). */
const MEDIUM_FROM: usize = 96;
const LARGE_FROM: usize = 176;
const HUGE_FROM: usize = 20480;

/** CRC-32 of the `n` bytes at `p` that follow bytes whose CRC-32 is `before` (0: none). Reads nothing outside them. */
export function crc32(p: usize, n: usize, before: u32): u32 {
  // The tables are made on first use.
  if (load<u32>(CRC_TABLES, 4) == 0) make_crc_tables();
  if (ASC_FEATURE_SIMD) {
    if (n >= MEDIUM_FROM) {
      if (n < LARGE_FROM) return crc32_medium(p, n, before);
      if (n < HUGE_FROM) return crc32_large(p, n, before);
      return crc32_huge(p, n, before);
    }
  }
  return ~crc_sliced(p, n, ~before);
}

/** CRC-32 of `count` ranges of the `total` bytes at `base`: columns of u32 offsets and sizes in, a column of u32 out. */
export function crc32_batch(
  base: usize,
  total: u32,
  offsets: usize,
  sizes: usize,
  count: u32,
  result: usize,
): void {
  for (let i: u32 = 0; i < count; i++) {
    const at = (<usize>i) << 2;
    const from = min(load<u32>(offsets + at), total == 0 ? 0 : total - 1);
    const n = min(load<u32>(sizes + at), total - from);
    store<u32>(result + at, crc32(base + <usize>from, <usize>n, 0));
  }
}
