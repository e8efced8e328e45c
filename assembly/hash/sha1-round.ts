// One round of SHA-1, for the kernels that take the message schedule from memory.
import { SHA1_SCHEDULE } from '../layout';

// The functions of RFC 3174 5. Of their three words only `b` comes late. `ch` and `maj` are two halves without a common bit, and
// each half is ADDED to the sum by itself: 3 to 8 % faster than a choice by `xor` and halves added to each other (measured).
//
// Round t, with the schedule in memory. Two statements a round: RFC 3174 6.1 moves its five words down by one each time; here
// their names rotate instead.
export class Round {
  @inline static ch(e: u32, a: u32, b: u32, c: u32, d: u32, at: usize): u32 {
    return e + load<u32>(SHA1_SCHEDULE + at) + (b & c) + (~b & d) + rotl<u32>(a, 5);
  }
  @inline static parity(e: u32, a: u32, b: u32, c: u32, d: u32, at: usize): u32 {
    return e + load<u32>(SHA1_SCHEDULE + at) + (c ^ d ^ b) + rotl<u32>(a, 5);
  }
  /** c & d does not wait for `b`. */
  @inline static maj(e: u32, a: u32, b: u32, c: u32, d: u32, at: usize): u32 {
    return e + load<u32>(SHA1_SCHEDULE + at) + (c & d) + (b & (c ^ d)) + rotl<u32>(a, 5);
  }
}
