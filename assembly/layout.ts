// The map of linear memory: what lives at which fixed address.
//
//   0x00000  +--------------------------------+
//            | never used: address 0 is "no"  |
//   0x00400  +--------------------------------+
//            | SCRATCH: one datum that wraps  |  64 bytes
//   0x00440  +--------------------------------+
//            | free for kernels' tables       |
//   0x01000  +--------------------------------+
//            | digests and base64: see below  |
//   0x0c000  +--------------------------------+
//            | strings: see below             |
//   0x0e080  +--------------------------------+
//            | batches of SHA-1: see below    |
//   0x0eac0  +--------------------------------+
//            | free for kernels' tables       |
//   0x10000  +--------------------------------+  memoryBase in asconfig.json
//            | what the compiler places       |
//   heap     +--------------------------------+  __heap_base, rounded up to 16
//            | blocks (see heap.ts)           |
//            +--------------------------------+  end of memory, at most 2 GiB - 64 KiB

/** A datum that is split over the end of a wrap buffer is assembled here. */
export const SCRATCH: usize = 0x400;

// Digests and base64. Fixed addresses become displacements of the instructions that use them.

/** CRC-32: table k of slicing-by-16 at `+ k * 1024`, 16 KiB. Made on first use: its second word is 0 until then. */
export const CRC_TABLES: usize = 0x1000;
/** CRC-32 of long ranges: 5888 bytes of history, then a chunk of 8160. */
export const CRC_HISTORY: usize = 0x5000;
/** CRC-32 of long ranges: what is left at the end, up to 5932 bytes. */
export const CRC_TAIL: usize = 0x8700;
/** CRC-32: the last 64 bytes. */
export const CRC_LAST: usize = 0x9e40;
/** The last one or two blocks of a message, padded: 128 bytes. */
export const HASH_PAD: usize = 0x9e80;
/** State of the message that is hashed in one call, laid out as in hash/block.ts: 96 bytes. */
export const HASH_STATE: usize = 0x9f00;
/** A digest as up to 40 hex digits: 64 bytes. */
export const HASH_HEX: usize = 0x9f80;
/** SHA-1: the message schedule, constants added: 80 words. */
export const SHA1_SCHEDULE: usize = 0xa000;
/** Batches: one block of eight messages, word by word: 512 bytes. */
export const LANE_WORDS: usize = 0xa140;
/** Batches: the digests of eight messages, word by word: those of four, and 80 bytes on those of the other four. */
export const LANE_STATE: usize = 0xa340;
/** Batches: written and never read; it pins the order of steps. 32 bytes. */
export const LANE_PIN: usize = 0xa3e0;
/** Batches: a record of 32 bytes for each of eight lanes (see hash/lanes.ts). */
export const LANES: usize = 0xa400;
/** Batches: the last one or two blocks of each lane's message, 8 x 128 bytes. */
export const LANE_PADS: usize = 0xa500;
/** Short texts on their way in and out: base64 and its decoder, 0x1700 bytes. */
export const TEXT: usize = 0xa900;

// Strings.

/** UTF-16 to UTF-8: swizzles that close the gaps between eight lanes of two bytes, 4 KiB. Made on first use. */
export const UTF8_GAPS2: usize = 0xc000;
/** The same for four lanes of three bytes: its fifth byte is 0 until the tables are made. */
export const UTF8_GAPS3: usize = 0xd000;
/** The last units of a text, as UTF-8: 128 bytes. */
export const UTF8_TAIL: usize = 0xe000;

/** Batches: the message schedule of eight messages, 80 words of each and one that is not used; 32 bytes a word. */
export const LANE_SCHEDULE: usize = 0xe080;
