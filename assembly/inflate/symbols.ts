// The symbols of a compressed block: a fast loop, and a careful one for the last bytes of an unfinished stream.
import { Copy } from './copy';
import {
  BAD_DISTANCE_SYMBOL,
  BAD_LITLEN_SYMBOL,
  BITS,
  COUNT,
  DONE,
  FULL,
  INFLATE_STATE,
  IP,
  NEED_INPUT,
  OP,
  TOO_FAR_BACK,
} from './state';
import {
  DISTANCE_BITS,
  DISTANCE_TABLE,
  END_OF_BLOCK,
  LENGTHS,
  LITERAL,
  LITLEN_BITS,
  LITLEN_TABLE,
  ONE_LITERAL,
  SPECIAL,
  SUBTABLE,
  TWO_LITERALS,
} from './tables';

// Where the loop stops: last source and output addresses. In memory, because every register counts there.
const LIMITS: usize = memory.data(8, 8);
const LITLEN_MASK: u32 = (4 << LITLEN_BITS) - 4;
const DISTANCE_MASK: u32 = (4 << DISTANCE_BITS) - 4;

/**
 * The inner loop: symbols until the block ends. Its bit buffer is scaled by 4 (two dead low bits), so that a masked buffer is
 * a byte offset into a table (measured: 5 to 20 %); only the low 6 bits of its fill `count` mean something, and bits above
 * them in the buffer repeat what the next refill brings. A function of its own, and exported so that it is not inlined: fewer
 * live values (5 to 10 %), and V8 replaces baseline code only at a call.
 *
 * At the top of the loop nothing is consumed, so leaving there is clean. The state goes back through INFLATE_STATE.
 */
export function inflate_symbols(
  ip: usize,
  op: usize,
  bits: u64,
  count: u64,
  history: usize,
  op_limit: usize,
  ip_limit: usize,
): i32 {
  store<u32>(LIMITS, <u32>ip_limit);
  store<u32>(LIMITS, <u32>op_limit, 4);
  let code = DONE;
  bits |= load<u64>(ip) << count;
  ip += <usize>((count ^ 63) >> 3) & 7;
  count |= 56;
  let e: u64 = i64.load32_u(<usize>(<u32>bits & LITLEN_MASK), LITLEN_TABLE);
  while (true) {
    if (ip > load<u32>(LIMITS)) {
      code = NEED_INPUT;
      break;
    }
    if (op > load<u32>(LIMITS, 4)) {
      code = FULL;
      break;
    }
    let saved: u64 = bits;
    bits >>= e;
    count -= e;
    // What may come next, a literal or length or else a distance, is fetched before the branch that tells which: a wrong guess of
    // that branch then costs no fetch on top (with the limits in memory 4 to 5 %).
    const next: u64 = i64.load32_u(<usize>(<u32>bits & LITLEN_MASK), LITLEN_TABLE);
    let far: u64 = i64.load32_u(<usize>(<u32>bits & DISTANCE_MASK), DISTANCE_TABLE);
    // Up to two entries of literals, of at most 11 bits each, on one filling. A second literal that is not there is overwritten.
    if (e & LITERAL) {
      store<u16>(op, <u32>(e >> 16));
      op += <usize>(e >> 14) & 3;
      e = next;
      saved = bits;
      bits >>= e;
      count -= e;
      const second: u64 = i64.load32_u(<usize>(<u32>bits & LITLEN_MASK), LITLEN_TABLE);
      far = i64.load32_u(<usize>(<u32>bits & DISTANCE_MASK), DISTANCE_TABLE);
      if (e & LITERAL) {
        store<u16>(op, <u32>(e >> 16));
        op += <usize>(e >> 14) & 3;
        const few = <u32>(count & 63) < <u32>(LITLEN_BITS + 2);
        e = second;
        bits |= load<u64>(ip) << count;
        ip += <usize>((count ^ 63) >> 3) & 7;
        count |= 56;
        if (few) e = i64.load32_u(<usize>(<u32>bits & LITLEN_MASK), LITLEN_TABLE);
        continue;
      }
    }
    if (e & SPECIAL) {
      if (e & END_OF_BLOCK) break;
      if (!(e & SUBTABLE)) {
        code = BAD_LITLEN_SYMBOL;
        break;
      }
      // The bits of the main index are gone already.
      const inner = bits & (((<u64>4) << (e >> 8)) - 4);
      e = i64.load32_u(<usize>(e >> 16) + <usize>inner, LITLEN_TABLE);
      saved = bits;
      bits >>= e;
      count -= e;
      far = i64.load32_u(<usize>(<u32>bits & DISTANCE_MASK), DISTANCE_TABLE);
      if (e & LITERAL) {
        store<u16>(op, <u32>(e >> 16));
        op += <usize>(e >> 14) & 3;
        bits |= load<u64>(ip) << count;
        ip += <usize>((count ^ 63) >> 3) & 7;
        count |= 56;
        e = i64.load32_u(<usize>(<u32>bits & LITLEN_MASK), LITLEN_TABLE);
        continue;
      }
      if (e & SPECIAL) {
        if (!(e & END_OF_BLOCK)) code = BAD_LITLEN_SYMBOL;
        break;
      }
    }
    // A literal that is not there is overwritten: no branch, no wrong guess.
    store<u8>(op, <u32>(e >> 16));
    op += <usize>(e >> 14) & 3;
    const length = <usize>(e >> 24) + <usize>((saved & (((<u64>4) << e) - 1)) >> (e >> 8));
    // At worst 11 + 20 of 54 real bits are gone here; a distance needs 28, and there are two dead ones.
    e = far;
    if ((count & 63) < 30) {
      bits |= load<u64>(ip) << count;
      ip += <usize>((count ^ 63) >> 3) & 7;
      count |= 56;
      e = i64.load32_u(<usize>(<u32>bits & DISTANCE_MASK), DISTANCE_TABLE);
    }
    if (e & SPECIAL) {
      if (!(e & SUBTABLE)) {
        bits >>= e;
        count -= e;
        code = BAD_DISTANCE_SYMBOL;
        break;
      }
      bits >>= e;
      count -= e;
      const inner = bits & (((<u64>4) << (e >> 8)) - 4);
      e = i64.load32_u(<usize>(e >> 16) + <usize>inner, DISTANCE_TABLE);
      if (e & SPECIAL) {
        bits >>= e;
        count -= e;
        code = BAD_DISTANCE_SYMBOL;
        break;
      }
    }
    saved = bits;
    bits >>= e;
    count -= e;
    const distance = <usize>(e >> 16) + <usize>((saved & (((<u64>4) << e) - 1)) >> (e >> 8));
    if (distance > op - history) {
      code = TOO_FAR_BACK;
      break;
    }
    // Refill and fetch the next entry before the copy, so that the loads overlap it. Mostly the bits that are left are enough to
    // fetch it by: then it need not wait for the refill (2 to 4 %).
    const few = <u32>(count & 63) < <u32>(LITLEN_BITS + 2);
    e = i64.load32_u(<usize>(<u32>bits & LITLEN_MASK), LITLEN_TABLE);
    bits |= load<u64>(ip) << count;
    ip += <usize>((count ^ 63) >> 3) & 7;
    count |= 56;
    if (few) e = i64.load32_u(<usize>(<u32>bits & LITLEN_MASK), LITLEN_TABLE);
    const stop = op + length + 3;
    Copy.match(op, op - distance, distance, length + 3, stop);
    op = stop;
  }
  // Back to the unscaled form; what lies above the fill is dropped, because the source may move meanwhile.
  const left = (count & 63) - 2;
  store<u32>(INFLATE_STATE, <u32>ip, IP);
  store<u32>(INFLATE_STATE, <u32>op, OP);
  store<u64>(INFLATE_STATE, (bits >> 2) & (((<u64>1) << left) - 1), BITS);
  store<u32>(INFLATE_STATE, <u32>left, COUNT);
  return code;
}

/** The same, one symbol at a time, for the end of input that will go on: a symbol is taken only when all its bits are there. */
export function inflate_carefully(history: usize, op_limit: usize, ip_end: usize): i32 {
  let ip: usize = load<u32>(INFLATE_STATE, IP);
  let op: usize = load<u32>(INFLATE_STATE, OP);
  let bits = load<u64>(INFLATE_STATE, BITS);
  let count: u64 = load<u32>(INFLATE_STATE, COUNT);
  let code = NEED_INPUT;
  while (true) {
    while (count <= 56 && ip < ip_end) {
      bits |= (<u64>load<u8>(ip)) << count;
      ip++;
      count += 8;
    }
    if (op > op_limit) {
      code = FULL;
      break;
    }
    let rest = bits;
    let used: u64 = 0;
    let e: u64 = load<u32>(LITLEN_TABLE + ((<usize>(rest & ((1 << LITLEN_BITS) - 1))) << 2));
    if ((e & (SPECIAL | SUBTABLE)) == (SPECIAL | SUBTABLE)) {
      rest >>= e & 63;
      used += e & 63;
      const inner = rest & (((<u64>1) << ((e >> 8) & 15)) - 1);
      e = load<u32>(LITLEN_TABLE + <usize>(e >> 16) + ((<usize>inner) << 2));
    }
    if (e & LITERAL ? e & TWO_LITERALS : (e & (ONE_LITERAL | SPECIAL)) == ONE_LITERAL) {
      // Of a pair the literal that comes first.
      e = LITERAL | (e & 0xff0000) | load<u8>(LENGTHS + (<usize>(e >> 16) & 255));
    }
    used += e & 63;
    if (used > count) break;
    if (e & LITERAL) {
      store<u8>(op, <u32>(e >> 16));
      op++;
      bits >>= used;
      count -= used;
      continue;
    }
    if (e & SPECIAL) {
      bits >>= used;
      count -= used;
      code = e & END_OF_BLOCK ? DONE : BAD_LITLEN_SYMBOL;
      break;
    }
    const length =
      <usize>(e >> 24) +
      3 +
      <usize>((rest & (((<u64>1) << (e & 63)) - 1)) >> (((e >> 8) & 31) - 2));
    rest >>= e & 63;
    e = load<u32>(DISTANCE_TABLE + ((<usize>(rest & ((1 << DISTANCE_BITS) - 1))) << 2));
    if ((e & (SPECIAL | SUBTABLE)) == (SPECIAL | SUBTABLE)) {
      rest >>= e & 63;
      used += e & 63;
      const inner = rest & (((<u64>1) << ((e >> 8) & 15)) - 1);
      e = load<u32>(DISTANCE_TABLE + <usize>(e >> 16) + ((<usize>inner) << 2));
    }
    used += e & 63;
    if (used > count) break;
    bits >>= used;
    count -= used;
    if (e & SPECIAL) {
      code = BAD_DISTANCE_SYMBOL;
      break;
    }
    const distance =
      <usize>(e >> 16) + <usize>((rest & (((<u64>1) << (e & 63)) - 1)) >> (((e >> 8) & 31) - 2));
    if (distance > op - history) {
      code = TOO_FAR_BACK;
      break;
    }
    Copy.match(op, op - distance, distance, length, op + length);
    op += length;
  }
  store<u32>(INFLATE_STATE, <u32>ip, IP);
  store<u32>(INFLATE_STATE, <u32>op, OP);
  store<u64>(INFLATE_STATE, bits, BITS);
  store<u32>(INFLATE_STATE, <u32>count, COUNT);
  return code;
}
