// Why there is no way to a host: words for programs, and what they mean for people.
import type { NetErrorCode } from '../errors.js';
import type { SignalReason } from './signaling-message.js';

/** Why a line could not be had, as a word for programs. */
export type LineFailure = NetErrorCode | 'timeout' | SignalReason;

/** Words after which another attempt is of no use. */
const FINAL = new Set<LineFailure>([
  'no_room',
  'refused',
  'full',
  'version',
  'malformed',
  'left',
  'room_taken',
  'no_signaling',
  'unsupported',
  'package_missing',
]);

export function is_final(why: LineFailure): boolean {
  return FINAL.has(why);
}

const SAID: Partial<Record<SignalReason, string>> = {
  no_room: 'there is no such room',
  refused: 'the host does not let you in',
  full: 'the host has no room for more',
  timeout: 'the signaling server has waited for too long',
  host_left: 'the host has left',
  left: 'the host has ended this',
  failed: 'the host could not connect',
};

/** The reason, where the other side has given no words of its own. */
export function said(reason: SignalReason): string {
  return SAID[reason] ?? reason;
}
