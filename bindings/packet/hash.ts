// Layout hashes of peers: the same as ours, or an error that says what differs.
import { integer_in } from '../check.js';

/** A layout hash as people write it. */
export function show_hash(hash: number): string {
  return `0x${hash.toString(16).padStart(8, '0')}`;
}

/** Refuses a peer's layout. @throws TypeError no number; RangeError it differs from ours, or is no unsigned integer of 32 bits */
export function check_hash(
  given: unknown,
  ours: number,
  text: string,
  name: string,
  of: string,
): void {
  const hash = integer_in(given, 0, 0xffffffff, `${name}: a layout hash`);
  if (hash === ours) return;
  throw new RangeError(
    `${name}: the peer has layout ${show_hash(hash)}, this program has ${show_hash(ours)}, ${text}; both sides need the same ${of}`,
  );
}
