// One round of SHA-1, for the kernels that take the message schedule from memory.
import { SHA1_SCHEDULE } from '../layout';

// The functions of RFC 3174 5. `ch` as a choice by `xor` is 3 % faster than by two halves, `maj` the other way (measured).
class Mix {
  @inline static ch(b: u32, c: u32, d: u32): u32 {
    return d ^ (b & (c ^ d));
  }
  @inline static parity(b: u32, c: u32, d: u32): u32 {
    return b ^ c ^ d;
  }
  @inline static maj(b: u32, c: u32, d: u32): u32 {
    return (b & c) + (d & (b ^ c));
  }
}

// Round t, with the schedule in memory. Two statements a round: RFC 3174 6.1 moves its five words down by one each time; here
// their names rotate instead.
export class Round {
  @inline static ch(e: u32, a: u32, b: u32, c: u32, d: u32, at: usize): u32 {
    return e + load<u32>(SHA1_SCHEDULE + at) + Mix.ch(b, c, d) + rotl<u32>(a, 5);
  }
  @inline static parity(e: u32, a: u32, b: u32, c: u32, d: u32, at: usize): u32 {
    return e + load<u32>(SHA1_SCHEDULE + at) + Mix.parity(b, c, d) + rotl<u32>(a, 5);
  }
  @inline static maj(e: u32, a: u32, b: u32, c: u32, d: u32, at: usize): u32 {
    return e + load<u32>(SHA1_SCHEDULE + at) + Mix.maj(b, c, d) + rotl<u32>(a, 5);
  }
}
