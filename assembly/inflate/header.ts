// The header of a block (RFC 1951, 3.2.3 to 3.2.7): its type, its length or its codes.
import {
  BAD_BLOCK_TYPE,
  BAD_DISTANCE_CODE,
  BAD_LITLEN_CODE,
  BAD_PRECODE,
  BAD_STORED_LENGTH,
  BITS,
  COUNT,
  DISTANCE_CODES,
  DONE,
  IN_DYNAMIC,
  IN_FIXED,
  IN_STORED,
  INFLATE_STATE,
  IP,
  LAST,
  LITLEN_CODES,
  NEED_INPUT,
  NO_END_OF_BLOCK,
  NOTHING_TO_REPEAT,
  next_serial,
  PHASE,
  REPEAT_TOO_LONG,
  SERIAL,
  STORED_LEFT,
  TOO_MANY_CODES,
  TRUNCATED,
} from './state';
import {
  build_table,
  COUNTS,
  clear_counts,
  count_length,
  count_lengths,
  DISTANCE_BITS,
  DISTANCE_TABLE,
  forget_fixed_tables,
  KIND_DISTANCE,
  KIND_LITLEN,
  KIND_PRECODE,
  LENGTHS,
  LITLEN_BITS,
  LITLEN_TABLE,
  PRECODE_BITS,
  PRECODE_TABLE,
  use_fixed_tables,
} from './tables';

// RFC 1951, 3.2.7
const PRECODE_ORDER: usize = memory.data<u8>([
  16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
]);
const LITLEN_COUNTS: usize = memory.data(16 * 4, 16);

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
  const serial = next_serial();
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

/** The header of the block at the current position; sets the phase. On any other result than DONE the state is as before. */
export function read_block_header(ip_end: usize): i32 {
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
    // Out of the bit buffer: what it holds may have come with an earlier piece of input, which is gone. After them whole unread
    // bytes go back, which are of this piece.
    const whole = count & ~7;
    const lengths = bits >> (count & 7);
    const length: u32 = <u32>lengths & 0xffff;
    const check: u32 = <u32>(lengths >> 16) & 0xffff;
    h_ip -= <usize>(whole - 32) >> 3;
    h_bits = 0;
    h_count = 0;
    phase = IN_STORED;
    if (length != (check ^ 0xffff)) code = BAD_STORED_LENGTH;
    else store<u32>(INFLATE_STATE, length, STORED_LEFT);
  } else if (type == 1) {
    if (use_fixed_tables()) next_serial();
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
