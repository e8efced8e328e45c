// Digests of a message that comes in parts: any split gives what the whole gives.
import { HASH_HEX, HASH_PAD, HASH_STATE } from '../layout';
import { LENGTH, PARTIAL, pad } from './block';
import { md5_blocks, md5_start, md5_to_hex } from './md5';
import { sha1_blocks, sha1_length, sha1_start, sha1_to_hex } from './sha1';

const MD5: u32 = 1;

/** Makes the 96 bytes at `state` (see hash/block.ts) an empty message's; `kind` 1 is MD5, 2 is SHA-1. */
export function hash_start(kind: u32, state: usize): void {
  memory.fill(state, 0, 96);
  if (kind == MD5) md5_start(state);
  else sha1_start(state);
}

function take(kind: u32, state: usize, p: usize, end: usize): void {
  if (kind == MD5) md5_blocks(state, p, end);
  else sha1_blocks(state, p, end);
}

/** Takes `n` more bytes of the message. */
export function hash_append(kind: u32, state: usize, p: usize, n: usize): void {
  const length = load<u64>(state, LENGTH);
  store<u64>(state, length + <u64>n, LENGTH);
  const waiting = <usize>(length & 63);
  const end = p + n;
  if (waiting != 0) {
    const part = min<usize>(64 - waiting, n);
    memory.copy(state + PARTIAL + waiting, p, part);
    if (waiting + part < 64) return;
    p += part;
    take(kind, state, state + PARTIAL, state + PARTIAL + 64);
  }
  const rest = p + ((end - p) & ~63);
  if (p < rest) take(kind, state, p, rest);
  memory.copy(state + PARTIAL, rest, end - rest);
}

/** The digest of what came so far as hex digits, at the address that is given back. The state stays as it is. */
export function hash_hex(kind: u32, state: usize): usize {
  memory.copy(HASH_STATE, state, LENGTH);
  const length = load<u64>(state, LENGTH);
  const bits = kind == MD5 ? length << 3 : sha1_length(length);
  const end = pad(HASH_PAD, state + PARTIAL, <i32>(length & 63), bits);
  take(kind, HASH_STATE, HASH_PAD, end);
  if (kind == MD5) md5_to_hex(HASH_STATE, HASH_HEX);
  else sha1_to_hex(HASH_STATE, HASH_HEX);
  return HASH_HEX;
}
