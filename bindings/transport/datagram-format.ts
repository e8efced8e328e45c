// The bytes in front of a datagram (STANDARD.md, 8): its kind, its packet's sequence number, when it left, which part it is.

/** A datagram that is a whole packet. */
export const datagram_whole = 0;
/** A datagram that is a part of a packet. */
export const datagram_fragment = 1;
/** Asks the peer for a sign of life; {@link datagram_answer} is the answer. */
export const datagram_probe = 2;
export const datagram_answer = 3;
/** Bit of the first byte: the packet is worth nothing once a newer one of its like was delivered. */
export const FLAG_LATEST = 0x10;

export const WHOLE_HEADER_BYTES = 6;
export const FRAGMENT_HEADER_BYTES = 12;
/** Packets are numbered modulo this. */
export const SEQUENCES = 2 ** 24;
/** More parts than this no packet has: index and count take 12 bits each. */
export const MAX_FRAGMENTS = 4096;
/** Largest packet unless told otherwise. */
export const MAX_PACKET_BYTES = 256 * 1024;
/** Largest packet whose size the header can say. */
export const MAX_FORMAT_BYTES = 2 ** 24 - 1;

/** Three bytes, lowest first: also modulo 2^24 of anything larger. */
function write_u24(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
}

export function read_u24(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16);
}

/** The first {@link WHOLE_HEADER_BYTES} of any packet's datagram. */
export function write_head(
  bytes: Uint8Array,
  at: number,
  kind: number,
  sequence: number,
  now_ms: number,
): void {
  bytes[at] = kind;
  write_u24(bytes, at + 1, sequence);
  // Bitwise operators take times since 1970 modulo 2^32, which leaves the low bits as they are.
  bytes[at + 4] = now_ms;
  bytes[at + 5] = now_ms >>> 8;
}

/** What follows the head in a fragment. */
export function write_part(
  bytes: Uint8Array,
  at: number,
  total_bytes: number,
  index: number,
  count: number,
): void {
  write_u24(bytes, at, total_bytes);
  write_u24(bytes, at + 3, index | ((count - 1) << 12));
}

/** Into how many parts a packet goes when one takes up to `room` bytes; all but the last are equal. */
export function count_parts(total_bytes: number, room: number): number {
  return Math.ceil(total_bytes / room);
}

/** Bytes of every part but the last. Both sides work it out alike. */
export function part_bytes(total_bytes: number, count: number): number {
  return Math.ceil(total_bytes / count);
}
