// CRC-32 of 48 KiB and more: the taps {34, 48, 5869} (see crc32-taps.ts), two in registers, the third one load from a history.
//
// Every block w[i] is stored behind its predecessors, so that the bytes 5869 further back are one unaligned load: never a load
// from a store that is still under way. When the chunk is full its last 5872 bytes move to the front. History and chunk stay
// under 16 KiB: with more, they and the message push each other out of the first-level cache (measured 20 against 8 GB/s).
import { CRC_HISTORY, CRC_TAIL } from '../layout';
import { crc32_large } from './crc32-taps';

const FAR: usize = 5869;
const HISTORY_BYTES: usize = 5888;
const CHUNK_BYTES: usize = 8160;

class Pair {
  /** The 16 bytes from byte 14 of (a, b): the tap of 34. */
  @inline static byte14(a: v128, b: v128): v128 {
    return i8x16.shuffle(a, b, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
  }
  /** One block: message, tap of 5869, taps of 48 and 34. */
  @inline static block(m: v128, far: v128, a: v128, b: v128): v128 {
    // `b` comes last, and only its alignment and one addition wait for it.
    return v128.xor(v128.xor(v128.xor(m, far), a), Pair.byte14(a, b));
  }
}

/** CRC of `n` bytes (at least 6400), going on from the CRC `before`. */
export function crc32_huge(p: usize, n: usize, before: u32): u32 {
  memory.fill(CRC_HISTORY, 0, HISTORY_BYTES);
  const zero = i32x4.splat(0);
  // w[i-3], w[i-2], w[i-1]; the inversion of the first four bytes is used once.
  let inverted = i32x4.replace_lane(zero, 0, ~before);
  let a = zero;
  let b = zero;
  let d = zero;
  let turns = ((n - FAR) >> 4) / 3;
  const left = n - turns * 48;
  let q = CRC_HISTORY + HISTORY_BYTES;
  const full = q + CHUNK_BYTES;
  while (turns > 0) {
    const part = min((full - q) / 48, turns);
    turns -= part;
    const end = p + part * 48;
    while (p < end) {
      a = Pair.block(v128.xor(v128.load(p), inverted), v128.load(q - FAR), a, b);
      v128.store(q, a);
      inverted = zero;
      b = Pair.block(v128.load(p, 16), v128.load(q - FAR, 16), b, d);
      v128.store(q, b, 16);
      d = Pair.block(v128.load(p, 32), v128.load(q - FAR, 32), d, a);
      v128.store(q, d, 32);
      p += 48;
      q += 48;
    }
    if (turns > 0) {
      memory.copy(CRC_HISTORY + 16, q - (FAR + 3), FAR + 3);
      q = CRC_HISTORY + HISTORY_BYTES;
    }
  }
  // What is left (5869 to 5932 bytes) takes the taps that reach into it and is then a message of its own, from 0.
  let i: usize = 0;
  while (i < FAR - 13) {
    v128.store(CRC_TAIL + i, v128.xor(v128.load(p + i), v128.load(q - FAR + i)));
    i += 16;
  }
  while (i < FAR) {
    store<u8>(CRC_TAIL + i, load<u8>(p + i) ^ load<u8>(q - FAR + i));
    i++;
  }
  memory.copy(CRC_TAIL + i, p + i, left - i);
  const m0 = v128.load(CRC_TAIL);
  const m1 = v128.load(CRC_TAIL, 16);
  const m2 = v128.load(CRC_TAIL, 32);
  v128.store(CRC_TAIL, v128.xor(m0, v128.xor(a, Pair.byte14(a, b))));
  v128.store(CRC_TAIL, v128.xor(m1, v128.xor(b, Pair.byte14(b, d))), 16);
  v128.store(CRC_TAIL, v128.xor(m2, v128.xor(d, Pair.byte14(d, zero))), 32);
  return crc32_large(CRC_TAIL, left, ~0);
}
