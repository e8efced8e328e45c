// The DEFLATE decoder (RFC 1951): a resumable machine over blocks, a fast loop over symbols, and a careful one for the last bytes
// of an unfinished stream.
//
// Contract: at least 32 readable bytes follow the source and 320 writable bytes the destination limit. Bytes read past the
// source never reach a result: whoever consumed any ends in TRUNCATED. So there is no slow tail, and a 60-byte packet runs the
// fast loop. The output may pass the limit by less than 320 bytes before FULL is reported.
import {
  build_table,
  COUNTS,
  clear_counts,
  count_length,
  count_lengths,
  DISTANCE_BITS,
  DISTANCE_TABLE,
  END_OF_BLOCK,
  forget_fixed_tables,
  init_tables,
  KIND_DISTANCE,
  KIND_LITLEN,
  KIND_PRECODE,
  LENGTHS,
  LITERAL,
  LITLEN_BITS,
  LITLEN_TABLE,
  PRECODE_BITS,
  PRECODE_TABLE,
  SPECIAL,
  SUBTABLE,
  use_fixed_tables,
} from './tables';

// Results. Below FULL the stream is bad and decoding is over.
const DONE: i32 = 0;
/** All input is used up, and the last block has not ended. */
const NEED_INPUT: i32 = -1;
/** The limit of the destination is reached. Go on with more room. */
const FULL: i32 = -2;
const TRUNCATED: i32 = -3;
const BAD_BLOCK_TYPE: i32 = -4;
const BAD_STORED_LENGTH: i32 = -5;
const TOO_MANY_CODES: i32 = -6;
const BAD_PRECODE: i32 = -7;
const NOTHING_TO_REPEAT: i32 = -8;
const REPEAT_TOO_LONG: i32 = -9;
const NO_END_OF_BLOCK: i32 = -10;
const BAD_LITLEN_CODE: i32 = -11;
const BAD_DISTANCE_CODE: i32 = -12;
const BAD_LITLEN_SYMBOL: i32 = -13;
const BAD_DISTANCE_SYMBOL: i32 = -14;
const TOO_FAR_BACK: i32 = -15;

/**
 * State between calls: next source byte (after an error: where it was found), next output byte, bit buffer (u64), bits in it,
 * phase, last block?, bytes left of a stored block, how many literal/length and distance codes the tables were built from,
 * and which tables those were. u32 each but the bit buffer.
 */
export const INFLATE_STATE: usize = memory.data(64, 16);
const IP: usize = 0;
const OP: usize = 4;
const BITS: usize = 8;
const COUNT: usize = 16;
const PHASE: usize = 20;
const LAST: usize = 24;
const STORED_LEFT: usize = 28;
const LITLEN_CODES: usize = 32;
const DISTANCE_CODES: usize = 36;
const SERIAL: usize = 40;

const AT_HEADER: u32 = 0;
const IN_STORED: u32 = 1;
const IN_FIXED: u32 = 2;
const IN_DYNAMIC: u32 = 3;
const FINISHED: u32 = 4;

const STATE_BYTES: usize = 64;
const LENGTH_BYTES: usize = 320;

// RFC 1951, 3.2.7
const PRECODE_ORDER: usize = memory.data<u8>([
  16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
]);
const LITLEN_COUNTS: usize = memory.data(16 * 4, 16);
// Distances 1 to 15: which bytes of the last `distance` ones make 16, and the largest multiple of the distance up to 16.
const PATTERNS: usize = memory.data(16 * 16, 16);
const STEPS: usize = memory.data(16, 16);

let ready: bool = false;
// Which tables are built: a stream that finds another number than its own must build them again.
let serial: u32 = 0;

function init(): void {
  ready = true;
  init_tables();
  for (let d: u32 = 1; d < 16; d++) {
    for (let i: u32 = 0; i < 16; i++) store<u8>(PATTERNS + ((<usize>d) << 4) + i, i % d);
    store<u8>(STEPS + d, (16 / d) * d);
  }
}

/** Starts a stream: source at `source`, output from `output`. */
export function inflate_begin(source: usize, output: usize): void {
  if (!ready) init();
  store<u32>(INFLATE_STATE, <u32>source, IP);
  store<u32>(INFLATE_STATE, <u32>output, OP);
  store<u64>(INFLATE_STATE, 0, BITS);
  store<u64>(INFLATE_STATE, 0, COUNT);
  store<u64>(INFLATE_STATE, 0, LAST);
}

/** Copies the state of a stream (384 bytes) away, so that others may run. */
export function inflate_save(to: usize): void {
  memory.copy(to, INFLATE_STATE, STATE_BYTES);
  if (load<u32>(INFLATE_STATE, PHASE) == IN_DYNAMIC) {
    memory.copy(to + STATE_BYTES, LENGTHS, LENGTH_BYTES);
  }
}

/** Takes a saved state up again, with the source and the output at new addresses. */
export function inflate_restore(from: usize, source: usize, output: usize): void {
  if (!ready) init();
  memory.copy(INFLATE_STATE, from, STATE_BYTES);
  store<u32>(INFLATE_STATE, <u32>source, IP);
  store<u32>(INFLATE_STATE, <u32>output, OP);
  const phase = load<u32>(INFLATE_STATE, PHASE);
  if (phase == IN_FIXED && use_fixed_tables()) serial++;
  if (phase == IN_DYNAMIC && load<u32>(INFLATE_STATE, SERIAL) != serial) {
    memory.copy(LENGTHS, from + STATE_BYTES, LENGTH_BYTES);
    forget_fixed_tables();
    const litlen = load<u32>(INFLATE_STATE, LITLEN_CODES);
    const distance = load<u32>(INFLATE_STATE, DISTANCE_CODES);
    count_lengths(LENGTHS + <usize>litlen, distance);
    build_table(DISTANCE_TABLE, LENGTHS + <usize>litlen, distance, KIND_DISTANCE, DISTANCE_BITS);
    count_lengths(LENGTHS, litlen);
    build_table(LITLEN_TABLE, LENGTHS, litlen, KIND_LITLEN, LITLEN_BITS);
    store<u32>(INFLATE_STATE, ++serial, SERIAL);
  }
}

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
  let code = DONE;
  bits |= load<u64>(ip) << count;
  ip += <usize>((count ^ 63) >> 3) & 7;
  count |= 56;
  let e: u64 = i64.load32_u(<usize>(<u32>bits & LITLEN_MASK), LITLEN_TABLE);
  while (true) {
    if (ip > ip_limit) {
      code = NEED_INPUT;
      break;
    }
    if (op > op_limit) {
      code = FULL;
      break;
    }
    let saved: u64 = bits;
    bits >>= e;
    count -= e;
    // Up to four literals of at most 10 bits on one filling.
    if (e & LITERAL) {
      store<u8>(op, <u32>(e >> 16));
      op++;
      e = i64.load32_u(<usize>(<u32>bits & LITLEN_MASK), LITLEN_TABLE);
      saved = bits;
      bits >>= e;
      count -= e;
      if (e & LITERAL) {
        store<u8>(op, <u32>(e >> 16));
        op++;
        e = i64.load32_u(<usize>(<u32>bits & LITLEN_MASK), LITLEN_TABLE);
        saved = bits;
        bits >>= e;
        count -= e;
        if (e & LITERAL) {
          store<u8>(op, <u32>(e >> 16));
          op++;
          e = i64.load32_u(<usize>(<u32>bits & LITLEN_MASK), LITLEN_TABLE);
          saved = bits;
          bits >>= e;
          count -= e;
          if (e & LITERAL) {
            store<u8>(op, <u32>(e >> 16));
            op++;
            bits |= load<u64>(ip) << count;
            ip += <usize>((count ^ 63) >> 3) & 7;
            count |= 56;
            e = i64.load32_u(<usize>(<u32>bits & LITLEN_MASK), LITLEN_TABLE);
            continue;
          }
        }
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
      if (e & LITERAL) {
        store<u8>(op, <u32>(e >> 16));
        op++;
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
    const length = <usize>(e >> 16) + <usize>((saved & (((<u64>4) << e) - 1)) >> (e >> 8));
    // At worst 3 * 10 + 20 of 54 real bits are gone here; a distance needs 28, and there are two dead ones.
    e = i64.load32_u(<usize>(<u32>bits & DISTANCE_MASK), DISTANCE_TABLE);
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
    // Refill and fetch the next entry before the copy, so that the loads overlap it.
    bits |= load<u64>(ip) << count;
    ip += <usize>((count ^ 63) >> 3) & 7;
    count |= 56;
    e = i64.load32_u(<usize>(<u32>bits & LITLEN_MASK), LITLEN_TABLE);
    const stop = op + length;
    Copy.match(op, op - distance, distance, length, stop);
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

class Copy {
  /**
   * Repeats `length` bytes from `distance` bytes back; writes up to 47 bytes past `stop`. Never byte by byte. Most matches of
   * text and JSON end within 48 bytes, and a branch that is not there cannot be predicted wrongly (2 to 5 % there).
   */
  @inline static match(to: usize, from: usize, distance: usize, length: usize, stop: usize): void {
    if (ASC_FEATURE_SIMD) {
      if (distance >= 16) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
        v128.store(to, v128.load(from, 32), 32);
        if (length > 48) {
          let d = to + 48;
          let s = from + 48;
          do {
            v128.store(d, v128.load(s));
            v128.store(d, v128.load(s, 16), 16);
            s += 32;
            d += 32;
          } while (d < stop);
        }
      } else {
        const pattern = i8x16.swizzle(v128.load(from), v128.load(PATTERNS + (distance << 4)));
        v128.store(to, pattern);
        if (length > 16 || distance > 8) {
          const step: usize = load<u8>(STEPS + distance);
          let d = to + step;
          while (d < stop) {
            v128.store(d, pattern);
            d += step;
          }
        }
      }
    } else {
      let d = to;
      if (distance >= 8) {
        let s = from;
        do {
          store<u64>(d, load<u64>(s));
          s += 8;
          d += 8;
        } while (d < stop);
      } else {
        // Eight bytes of the repeated pattern, stored at multiples of the distance.
        let pattern = load<u64>(from) & (((<u64>1) << (distance << 3)) - 1);
        let have = distance;
        while (have < 8) {
          pattern |= pattern << ((<u64>have) << 3);
          have <<= 1;
        }
        const step: usize = (8 / <i32>distance) * <i32>distance;
        do {
          store<u64>(d, pattern);
          d += step;
        } while (d < stop);
      }
    }
  }
}

// The same, one symbol at a time, for the end of input that will go on: a symbol is taken only when all its bits are there.
function inflate_carefully(history: usize, op_limit: usize, ip_end: usize): i32 {
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
      <usize>(e >> 16) + <usize>((rest & (((<u64>1) << (e & 63)) - 1)) >> (((e >> 8) & 31) - 2));
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

// Where the header readers leave the bit position.
let h_ip: usize = 0;
let h_bits: u64 = 0;
let h_count: u64 = 0;

class Refill {
  /** Branchless: tops the bit buffer up to 56 bits or more. */
  @inline static bits(ip: usize, bits: u64, count: u64): u64 {
    return bits | (load<u64>(ip) << count);
  }
  @inline static ip(ip: usize, count: u64): usize {
    return ip + (<usize>((count ^ 63) >> 3) & 7);
  }
}

// The code lengths of a dynamic block (RFC 1951, 3.2.7) into LENGTHS and COUNTS, then both tables.
function read_dynamic_header(ip: usize, bits: u64, count: u64, ip_end: usize): i32 {
  const litlen: i32 = 257 + (<i32>bits & 31);
  const distance: i32 = 1 + (<i32>(bits >> 5) & 31);
  const precodes: i32 = 4 + (<i32>(bits >> 10) & 15);
  bits >>= 14;
  count -= 14;
  h_ip = ip;
  h_bits = bits;
  h_count = count;
  if (litlen > 286 || distance > 30) return TOO_MANY_CODES;
  forget_fixed_tables();
  serial++;
  store<u64>(LENGTHS, 0);
  store<u64>(LENGTHS, 0, 8);
  store<u32>(LENGTHS, 0, 16);
  // 56 bits less 3 and 14 are enough for 13 lengths.
  let i: i32 = 0;
  const first: i32 = precodes < 12 ? precodes : 12;
  for (; i < first; i++) {
    store<u8>(LENGTHS + <usize>load<u8>(PRECODE_ORDER + <usize>i), <u8>bits & 7);
    bits >>= 3;
    count -= 3;
  }
  bits = Refill.bits(ip, bits, count);
  ip = Refill.ip(ip, count);
  count |= 56;
  for (; i < precodes; i++) {
    store<u8>(LENGTHS + <usize>load<u8>(PRECODE_ORDER + <usize>i), <u8>bits & 7);
    bits >>= 3;
    count -= 3;
  }
  count_lengths(LENGTHS, 19);
  if (!build_table(PRECODE_TABLE, LENGTHS, 19, KIND_PRECODE, PRECODE_BITS)) {
    h_ip = ip;
    h_bits = bits;
    h_count = count;
    return BAD_PRECODE;
  }
  const total = litlen + distance;
  clear_counts();
  let code = DONE;
  i = 0;
  while (i < total) {
    if (<u32>(count & 63) < 14) {
      bits = Refill.bits(ip, bits, count);
      ip = Refill.ip(ip, count);
      count |= 56;
      if (ip > ip_end + 8) {
        code = TRUNCATED;
        break;
      }
    }
    const e = i64.load32_u(PRECODE_TABLE + ((<usize>(bits & ((1 << PRECODE_BITS) - 1))) << 2));
    bits >>= e & 63;
    count -= e & 63;
    const symbol = <u32>(e >> 16);
    if (symbol < 16) {
      store<u8>(LENGTHS + <usize>i, symbol);
      i++;
      count_length(symbol, 1);
      continue;
    }
    // Runs are written as wide stores; what overruns is overwritten or never read.
    if (symbol == 16) {
      if (i == 0) {
        code = NOTHING_TO_REPEAT;
        break;
      }
      const length: u32 = load<u8>(LENGTHS + <usize>i - 1);
      const run: u32 = 3 + (<u32>bits & 3);
      store<u64>(LENGTHS + <usize>i, <u64>length * 0x0101010101010101);
      count_length(length, run);
      i += run;
      bits >>= 2;
      count -= 2;
    } else if (symbol == 17) {
      store<u64>(LENGTHS + <usize>i, 0);
      store<u64>(LENGTHS + <usize>i, 0, 8);
      i += 3 + (<i32>bits & 7);
      bits >>= 3;
      count -= 3;
    } else {
      const run: i32 = 11 + (<i32>bits & 127);
      for (let k = 0; k < run; k += 8) store<u64>(LENGTHS + <usize>(i + k), 0);
      i += run;
      bits >>= 7;
      count -= 7;
    }
  }
  h_ip = ip;
  h_bits = bits;
  h_count = count;
  if (code != DONE) return code;
  if (i != total) return REPEAT_TOO_LONG;
  if (load<u8>(LENGTHS + 256) == 0) return NO_END_OF_BLOCK;
  // Counts were kept for all lengths; take those of the distances out again.
  memory.copy(LITLEN_COUNTS, COUNTS, 64);
  count_lengths(LENGTHS + <usize>litlen, distance);
  for (let k: usize = 0; k < 64; k += 4) {
    store<u32>(LITLEN_COUNTS + k, load<u32>(LITLEN_COUNTS + k) - load<u32>(COUNTS + k));
  }
  const lengths = LENGTHS + <usize>litlen;
  const distances_ok = build_table(DISTANCE_TABLE, lengths, distance, KIND_DISTANCE, DISTANCE_BITS);
  memory.copy(COUNTS, LITLEN_COUNTS, 64);
  if (!build_table(LITLEN_TABLE, LENGTHS, litlen, KIND_LITLEN, LITLEN_BITS)) return BAD_LITLEN_CODE;
  if (!distances_ok) return BAD_DISTANCE_CODE;
  store<u32>(INFLATE_STATE, litlen, LITLEN_CODES);
  store<u32>(INFLATE_STATE, distance, DISTANCE_CODES);
  store<u32>(INFLATE_STATE, serial, SERIAL);
  return DONE;
}

// The header of the block at the current position; sets the phase. On any other result than DONE the state is as before.
function read_block_header(ip_end: usize): i32 {
  let ip: usize = load<u32>(INFLATE_STATE, IP);
  let bits = load<u64>(INFLATE_STATE, BITS);
  let count: u64 = load<u32>(INFLATE_STATE, COUNT);
  bits = Refill.bits(ip, bits, count);
  ip = Refill.ip(ip, count);
  count |= 56;
  const last: u32 = <u32>bits & 1;
  const type: u32 = <u32>(bits >> 1) & 3;
  bits >>= 3;
  count -= 3;
  let code = DONE;
  let phase = IN_FIXED;
  h_ip = ip;
  h_bits = bits;
  h_count = count;
  if (type == 0) {
    // Whole unread bytes go back.
    h_ip -= <usize>count >> 3;
    h_bits = 0;
    h_count = 0;
    const length: u32 = load<u16>(h_ip);
    const check: u32 = load<u16>(h_ip, 2);
    h_ip += 4;
    phase = IN_STORED;
    if (length != (check ^ 0xffff)) code = BAD_STORED_LENGTH;
    else store<u32>(INFLATE_STATE, length, STORED_LEFT);
  } else if (type == 1) {
    if (use_fixed_tables()) serial++;
  } else if (type == 2) {
    phase = IN_DYNAMIC;
    code = read_dynamic_header(ip, bits, count, ip_end);
  } else {
    code = BAD_BLOCK_TYPE;
  }
  // Bits that were not there make every verdict void.
  let left = <usize>h_count & 63;
  if (h_ip - (left >> 3) > ip_end) return NEED_INPUT;
  if (h_ip > ip_end) {
    // Foreign bytes leave the buffer: others will stand there when the input goes on.
    left -= (h_ip - ip_end) << 3;
    h_ip = ip_end;
  }
  if (code != DONE) {
    store<u32>(INFLATE_STATE, <u32>h_ip, IP);
    store<u32>(INFLATE_STATE, <u32>left, COUNT);
    return code;
  }
  store<u32>(INFLATE_STATE, <u32>h_ip, IP);
  store<u64>(INFLATE_STATE, h_bits & (((<u64>1) << left) - 1), BITS);
  store<u32>(INFLATE_STATE, <u32>left, COUNT);
  store<u32>(INFLATE_STATE, phase, PHASE);
  store<u32>(INFLATE_STATE, last, LAST);
  return DONE;
}

function copy_stored(op_limit: usize, ip_end: usize): i32 {
  const ip: usize = load<u32>(INFLATE_STATE, IP);
  const op: usize = load<u32>(INFLATE_STATE, OP);
  const left: usize = load<u32>(INFLATE_STATE, STORED_LEFT);
  const room: usize = op < op_limit ? op_limit - op : 0;
  const have: usize = ip_end - ip;
  const n = min(left, min(room, have));
  memory.copy(op, ip, n);
  store<u32>(INFLATE_STATE, <u32>(ip + n), IP);
  store<u32>(INFLATE_STATE, <u32>(op + n), OP);
  store<u32>(INFLATE_STATE, <u32>(left - n), STORED_LEFT);
  if (n == left) return DONE;
  return n == have ? NEED_INPUT : FULL;
}

// The symbols of a compressed block.
function copy_symbols(history: usize, op_limit: usize, ip_end: usize, more: bool): i32 {
  let ip: usize = load<u32>(INFLATE_STATE, IP);
  let bits = load<u64>(INFLATE_STATE, BITS);
  let count: u64 = load<u32>(INFLATE_STATE, COUNT);
  const op: usize = load<u32>(INFLATE_STATE, OP);
  if (count >= 56) {
    // The scaled buffer holds two bits less.
    ip--;
    count -= 8;
    bits &= ((<u64>1) << count) - 1;
  }
  // With more to come the fast loop must not touch what lies behind: an iteration reads up to 24 bytes.
  const margin: isize = more ? -24 : 8;
  if (<isize>ip_end + margin < <isize>ip) return inflate_carefully(history, op_limit, ip_end);
  const ip_limit = ip_end + <usize>margin;
  const code = inflate_symbols(ip, op, bits << 2, count + 2, history, op_limit, ip_limit);
  return code == NEED_INPUT && more ? inflate_carefully(history, op_limit, ip_end) : code;
}

/**
 * Decodes until the stream ends (0), the input does (-1) or the output passes `op_limit` (-2); below that the data is bad.
 * `history`: lowest address that distances may reach. `more`: the input may go on, so its end is no error.
 * INFLATE_STATE then holds the source and output addresses; after an error, the source byte where it was found.
 */
export function inflate_run(history: usize, op_limit: usize, ip_end: usize, more: bool): i32 {
  let code = DONE;
  while (true) {
    const phase = load<u32>(INFLATE_STATE, PHASE);
    if (phase == FINISHED) return DONE;
    if (phase == AT_HEADER) {
      code = read_block_header(ip_end);
      if (code == DONE) continue;
    } else {
      code =
        phase == IN_STORED
          ? copy_stored(op_limit, ip_end)
          : copy_symbols(history, op_limit, ip_end, more);
    }
    const ip: usize = load<u32>(INFLATE_STATE, IP);
    const unread = <usize>load<u32>(INFLATE_STATE, COUNT) >> 3;
    if (code != DONE) {
      if (code == FULL) return code;
      // Consumed more than there is: whatever was found there is not real.
      const over = ip - unread > ip_end;
      if (code == NEED_INPUT || over) {
        if (more) return NEED_INPUT;
        code = TRUNCATED;
      }
      store<u32>(INFLATE_STATE, <u32>(code == TRUNCATED ? ip_end : ip - unread), IP);
      return code;
    }
    if (load<u32>(INFLATE_STATE, LAST)) {
      store<u32>(INFLATE_STATE, FINISHED, PHASE);
      // Whole unread bytes go back to the source.
      store<u32>(INFLATE_STATE, <u32>(ip - unread), IP);
      store<u32>(INFLATE_STATE, 0, COUNT);
      if (ip - unread > ip_end) {
        store<u32>(INFLATE_STATE, <u32>ip_end, IP);
        return TRUNCATED;
      }
      return DONE;
    }
    store<u32>(INFLATE_STATE, AT_HEADER, PHASE);
  }
}

/** `inflate_begin` and `inflate_run` for a whole source in one call: what packets take. */
export function inflate_once(source: usize, ip_end: usize, output: usize, op_limit: usize): i32 {
  inflate_begin(source, output);
  return inflate_run(output, op_limit, ip_end, false);
}
