// The DEFLATE decoder (RFC 1951): a resumable machine over blocks.
//
// Contract: at least 32 readable bytes follow the source and 320 writable bytes the destination limit. Bytes read past the
// source never reach a result: whoever consumed any ends in TRUNCATED. So there is no slow tail, and a 60-byte packet runs the
// fast loop. The output may pass the limit by less than 320 bytes before FULL is reported.
import { init_patterns } from './copy';
import { read_block_header } from './header';
import { pair_symbols, pairs_missing } from './pairs';
import {
  AT_HEADER,
  BITS,
  built_serial,
  COUNT,
  DISTANCE_CODES,
  DONE,
  FINISHED,
  FULL,
  IN_DYNAMIC,
  IN_FIXED,
  IN_STORED,
  INFLATE_STATE,
  IP,
  LAST,
  LITLEN_CODES,
  NEED_INPUT,
  next_serial,
  OP,
  PHASE,
  SERIAL,
  STORED_LEFT,
  TRUNCATED,
} from './state';
import { inflate_carefully, inflate_symbols } from './symbols';
import {
  build_table,
  count_lengths,
  DISTANCE_BITS,
  DISTANCE_TABLE,
  forget_fixed_tables,
  init_tables,
  KIND_DISTANCE,
  KIND_LITLEN,
  LENGTHS,
  LITLEN_BITS,
  LITLEN_TABLE,
  use_fixed_tables,
} from './tables';

// A block is long once it gave so many bytes, where so much of the source is left; otherwise it needs more.
const LONG_BYTES: u32 = 512;
const LARGE_BYTES: usize = 4096;
const LONG_PACKET_BYTES: u32 = 2048;

const STATE_BYTES: usize = 64;
const LENGTH_BYTES: usize = 320;

let ready: bool = false;

function init(): void {
  ready = true;
  init_tables();
  init_patterns();
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
  if (phase == IN_FIXED && use_fixed_tables()) next_serial();
  if (phase == IN_DYNAMIC && load<u32>(INFLATE_STATE, SERIAL) != built_serial()) {
    memory.copy(LENGTHS, from + STATE_BYTES, LENGTH_BYTES);
    forget_fixed_tables();
    const litlen = load<u32>(INFLATE_STATE, LITLEN_CODES);
    const distance = load<u32>(INFLATE_STATE, DISTANCE_CODES);
    count_lengths(LENGTHS + <usize>litlen, distance);
    build_table(DISTANCE_TABLE, LENGTHS + <usize>litlen, distance, KIND_DISTANCE, DISTANCE_BITS);
    count_lengths(LENGTHS, litlen);
    build_table(LITLEN_TABLE, LENGTHS, litlen, KIND_LITLEN, LITLEN_BITS);
    store<u32>(INFLATE_STATE, next_serial(), SERIAL);
  }
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

// Symbols of a compressed block, by the tables as they are.
function read_symbols(history: usize, op_limit: usize, ip_end: usize, more: bool): i32 {
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

// All symbols of a compressed block. One that turns out long gets pairs.
function copy_symbols(history: usize, op_limit: usize, ip_end: usize, more: bool): i32 {
  if (pairs_missing()) {
    const large = ip_end > <usize>load<u32>(INFLATE_STATE, IP) + LARGE_BYTES;
    const soon: usize = load<u32>(INFLATE_STATE, OP) + (large ? LONG_BYTES : LONG_PACKET_BYTES);
    if (op_limit > soon) {
      const code = read_symbols(history, soon, ip_end, more);
      if (code != FULL) return code;
      pair_symbols();
    }
  }
  return read_symbols(history, op_limit, ip_end, more);
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
