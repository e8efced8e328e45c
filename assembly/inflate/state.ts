// What the parts of the decoder share: results, and the state of the stream that runs.

// Results. Below FULL the stream is bad and decoding is over.
export const DONE: i32 = 0;
/** All input is used up, and the last block has not ended. */
export const NEED_INPUT: i32 = -1;
/** The limit of the destination is reached. Go on with more room. */
export const FULL: i32 = -2;
export const TRUNCATED: i32 = -3;
export const BAD_BLOCK_TYPE: i32 = -4;
export const BAD_STORED_LENGTH: i32 = -5;
export const TOO_MANY_CODES: i32 = -6;
export const BAD_PRECODE: i32 = -7;
export const NOTHING_TO_REPEAT: i32 = -8;
export const REPEAT_TOO_LONG: i32 = -9;
export const NO_END_OF_BLOCK: i32 = -10;
export const BAD_LITLEN_CODE: i32 = -11;
export const BAD_DISTANCE_CODE: i32 = -12;
export const BAD_LITLEN_SYMBOL: i32 = -13;
export const BAD_DISTANCE_SYMBOL: i32 = -14;
export const TOO_FAR_BACK: i32 = -15;

/**
 * State between calls: next source byte (after an error: where it was found), next output byte, bit buffer (u64), bits in it,
 * phase, last block?, bytes left of a stored block, how many literal/length and distance codes the tables were built from,
 * and which tables those were. u32 each but the bit buffer.
 */
export const INFLATE_STATE: usize = memory.data(64, 16);
export const IP: usize = 0;
export const OP: usize = 4;
export const BITS: usize = 8;
export const COUNT: usize = 16;
export const PHASE: usize = 20;
export const LAST: usize = 24;
export const STORED_LEFT: usize = 28;
export const LITLEN_CODES: usize = 32;
export const DISTANCE_CODES: usize = 36;
export const SERIAL: usize = 40;

export const AT_HEADER: u32 = 0;
export const IN_STORED: u32 = 1;
export const IN_FIXED: u32 = 2;
export const IN_DYNAMIC: u32 = 3;
export const FINISHED: u32 = 4;

// Which tables are built: a stream that finds another number than its own must build them again.
let serial: u32 = 0;

/** To be called when tables are built; gives their number. */
export function next_serial(): u32 {
  return ++serial;
}

/** The number of the tables that stand there. */
export function built_serial(): u32 {
  return serial;
}
