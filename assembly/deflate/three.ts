// Matches of three bytes: machine code gains 1.8 % by them, JSON and prose lose as much when they are taken for granted. So they are
// taken by price, and searched for only where the last blocks took some.
import { Symbols } from './symbols';

// Bits of each literal, and of a match of length 3 by its distance symbol: in the code of the block before.
const LITERAL_BITS: usize = memory.data(256);
const MATCH_BITS: usize = memory.data(32);
/** Length of a symbol that the block before did not use. */
const UNUSED_LITERAL: u8 = 13;
const UNUSED_DISTANCE: u8 = 10;
/** Low, so that blocks which took none do not keep the next ones from it. */
const UNUSED_THREE: u8 = 5;
/** Farther back they never pay. */
export const THREE_REACH: u32 = 16384;
/** Blocks without a search after one that took hardly any. */
const REST: i32 = 15;

let rest: i32 = 0;

/** Starts without prices: the first block takes none. */
export function forget_prices(): void {
  rest = 1;
}

/** Whether the next block should look for matches of three bytes. */
export function take_threes(): bool {
  return rest == 0;
}

/** Learns from a block: its code lengths, how many matches it has, and how many of them are of length 3. */
export function learn_prices(litlen: usize, distances: usize, matches: u32, threes: u32): void {
  if (rest == 0 && threes < matches >> 5) rest = REST;
  else if (rest != 0) rest--;
  if (rest != 0) return;
  for (let c: usize = 0; c < 256; c++) {
    const bits = load<u8>(litlen + c);
    store<u8>(LITERAL_BITS + c, bits ? bits : UNUSED_LITERAL);
  }
  const three = load<u8>(litlen + 257);
  for (let s: usize = 0; s < 30; s++) {
    const bits = load<u8>(distances + s);
    const extra: u8 = s < 2 ? 0 : <u8>((s >> 1) - 1);
    const length = three ? three : UNUSED_THREE;
    store<u8>(MATCH_BITS + s, length + (bits ? bits : UNUSED_DISTANCE) + extra);
  }
}

export class Three {
  /** Whether a match is cheaper than the three literals `word` begins with. */
  @inline static pays(word: u32, distance: u32): bool {
    const literals =
      <u32>load<u8>(LITERAL_BITS + <usize>(word & 255)) +
      <u32>load<u8>(LITERAL_BITS + <usize>((word >> 8) & 255)) +
      <u32>load<u8>(LITERAL_BITS + <usize>((word >> 16) & 255));
    return <u32>load<u8>(MATCH_BITS + <usize>Symbols.slot(distance)) < literals;
  }
}
