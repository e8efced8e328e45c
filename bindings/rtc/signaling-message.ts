// Signaling (STANDARD.md, 9): the messages, checked field by field, and their limits. Knows no sockets.
import type { IceServer } from './types.js';

/** Sub-protocol of the WebSocket; the number is the version. One connection is one visit, or one room. */
export const SIGNALING_PROTOCOL = 'bytewire.signaling.1';
/** The same, but one connection carries many visits. */
export const SHARED_SIGNALING_PROTOCOL = 'bytewire.signaling.2';
/** Best first. */
export const SIGNALING_PROTOCOLS = [SHARED_SIGNALING_PROTOCOL, SIGNALING_PROTOCOL];
/** Visits at a time over one connection. */
export const MAX_VISITS = 64;
/** Longest message that a caller may say, in bytes. An offer for data channels takes one to three thousand. */
export const MAX_SAID_BYTES = 12_288;
/** Longest message of a signaling server: what a caller said, with what the server adds to it. */
export const MAX_SIGNAL_BYTES = 16_384;
/** Messages a second that a signaling server may say, with a burst of as many: a host hears of many visitors. */
export const MAX_HEARD_PER_S = 16_000;
/** Candidates that one side may name for one connection; a machine with many networks has some twenty. */
export const MAX_CANDIDATES = 64;
const MAX_SDP_CHARS = 8192;
const MAX_CANDIDATE_CHARS = 512;
const MAX_TOKEN_CHARS = 4096;
/** A token as JSON: it has to fit into a message with all else. */
const MAX_TOKEN_BYTES = 8192;
const MAX_TEXT_CHARS = 200;
const MAX_LABEL_CHARS = 32;
const MAX_ICE_SERVERS = 8;
/** A list of them as JSON. */
const MAX_ICE_CHARS = 4096;
const MAX_URL_CHARS = 512;

/** Why somebody was turned away or a connection is over, as a word. */
export const REASONS = [
  'no_room',
  'room_taken',
  'refused',
  'full',
  'version',
  'malformed',
  'rate',
  'timeout',
  'host_left',
  'left',
  'failed',
] as const;
export type SignalReason = (typeof REASONS)[number];

/** What a visitor shows at the door. */
export interface Wish {
  token: string;
  resume: string;
  bound: number;
  /** Label of the channel that it will open first. */
  channel: string;
}

/** Who wants in, as the host of a room is told. */
export interface Visitor extends Wish {
  ip: string;
  port: number;
  origin: string;
}

/** `peer` is 0 between two that speak directly, in one visit. */
export type Signal =
  | ({ t: 'join'; visit?: number; room: string } & Wish)
  | { t: 'host'; room: string; key: string }
  | { t: 'hosted'; room: string; key: string; ice: IceServer[] }
  | ({ t: 'visit'; peer: number } & Visitor)
  | { t: 'joined'; peer: number; resume: string; restart: boolean; ice: IceServer[] }
  | { t: 'offer' | 'answer'; peer: number; sdp: string }
  | { t: 'candidate'; peer: number; candidate: string; mid: string }
  | { t: 'bye'; peer: number; reason: SignalReason; message: string }
  | { t: 'ping' | 'pong' };

type Fields = Record<string, unknown>;

const is_text = (value: unknown, max: number): value is string =>
  typeof value === 'string' && value.length <= max;

const is_count = (value: unknown, max: number): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max;

const is_flag = (value: unknown): value is boolean => typeof value === 'boolean';

/** Letters and digits of which none looks like another (O and 0, I and 1, S and 5, Z and 2, G and 6, B and 8), and that make no words. */
const CODE_LETTERS = 'BCDFHJKMNPQRTVWX2345679';
const CODE_CHARS = 6;

/** A room's name as people may write it, as it is compared: `kd7-fqz ` is `KD7FQZ`. Undefined: no such name. */
export function room_name(text: string): string | undefined {
  const name = text.replace(/[\s_-]/g, '').toUpperCase();
  return /^[A-Z0-9]{0,32}$/.test(name) ? name : undefined;
}

/** A name for a room that can be read out. */
export function make_room_code(secret: (bytes: number) => Uint8Array): string {
  let code = '';
  while (code.length < CODE_CHARS) {
    for (const byte of secret(16)) {
      // Bytes above the last whole round of letters would favour the first ones.
      if (byte < 253 && code.length < CODE_CHARS) code += CODE_LETTERS[byte % CODE_LETTERS.length];
    }
  }
  return code;
}

const ICE_URL = /^(stun|stuns|turn|turns):[^\s]+$/i;

/** Whether a text can be a join token. */
export function is_token(text: string): boolean {
  if (text.length > MAX_TOKEN_CHARS) return false;
  return new TextEncoder().encode(JSON.stringify(text)).length <= MAX_TOKEN_BYTES;
}

/** A list of STUN and TURN servers, or undefined when it is none. */
export function read_ice_servers(value: unknown): IceServer[] | undefined {
  if (!Array.isArray(value) || value.length > MAX_ICE_SERVERS) return undefined;
  const list: IceServer[] = [];
  for (const item of value as unknown[]) {
    if (typeof item !== 'object' || item === null) return undefined;
    const { urls, username, credential } = item as Fields;
    const all = Array.isArray(urls) ? (urls as unknown[]) : [urls];
    if (all.length === 0 || all.length > MAX_ICE_SERVERS) return undefined;
    if (!all.every((url) => is_text(url, MAX_URL_CHARS) && ICE_URL.test(url))) return undefined;
    for (const text of [username, credential]) {
      if (text !== undefined && !is_text(text, MAX_URL_CHARS)) return undefined;
    }
    list.push({
      urls: all as string[],
      ...(username !== undefined && { username: username as string }),
      ...(credential !== undefined && { credential: credential as string }),
    });
  }
  return JSON.stringify(list).length <= MAX_ICE_CHARS ? list : undefined;
}

/** Both lists as one, as far as a message has room for it: the first one goes first. */
export function merge_ice(first: IceServer[], second: IceServer[]): IceServer[] {
  const list = [...first];
  for (const server of second) {
    list.push(server);
    if (read_ice_servers(list) === undefined) list.pop();
  }
  return list;
}

type Check = (value: unknown) => boolean;
const name: Check = (value) => is_text(value, 32) && room_name(value) === value;
const token: Check = (value) => typeof value === 'string' && is_token(value);
const short: Check = (value) => is_text(value, MAX_TEXT_CHARS);
const label: Check = (value) => is_text(value, MAX_LABEL_CHARS);
const count: Check = (value) => is_count(value, 0xffffffff);
const port: Check = (value) => is_count(value, 65_535);
const sdp: Check = (value) => is_text(value, MAX_SDP_CHARS) && value.startsWith('v=0');
const ice: Check = (value) => read_ice_servers(value) !== undefined;

/** Every field of every message: all are needed, further ones are ignored. */
const FORMS: Record<Signal['t'], Record<string, Check>> = {
  join: { room: name, token, resume: short, bound: port, channel: label },
  host: { room: name, key: short },
  hosted: { room: name, key: short, ice },
  visit: {
    peer: count,
    ip: short,
    port,
    origin: short,
    token,
    resume: short,
    bound: port,
    channel: label,
  },
  joined: { peer: count, resume: short, restart: is_flag, ice },
  offer: { peer: count, sdp },
  answer: { peer: count, sdp },
  candidate: {
    peer: count,
    candidate: (value) => is_text(value, MAX_CANDIDATE_CHARS),
    mid: (value) => is_text(value, 16),
  },
  bye: {
    peer: count,
    reason: (value) => REASONS.includes(value as SignalReason),
    message: short,
  },
  ping: {},
  pong: {},
};

/** The message of a text, or undefined when it is none. */
export function read_signal(text: string): Signal | undefined {
  if (text.length > MAX_SIGNAL_BYTES) return undefined;
  let fields: Fields;
  try {
    fields = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof fields !== 'object' || fields === null || !Object.hasOwn(FORMS, String(fields.t))) {
    return undefined;
  }
  const form = FORMS[fields.t as Signal['t']];
  const signal: Fields = { t: fields.t };
  for (const key of Object.keys(form)) {
    if (!Object.hasOwn(fields, key) || !form[key](fields[key])) return undefined;
    signal[key] = fields[key];
  }
  // Only where a connection carries many visits; elsewhere it is not looked at.
  if (signal.t === 'join' && Object.hasOwn(fields, 'visit') && count(fields.visit)) {
    signal.visit = fields.visit;
  }
  return signal as Signal;
}

export function write_signal(signal: Signal): string {
  return JSON.stringify(signal);
}

/** Text for people that fits into a message. */
export function clipped(text: string): string {
  return text.slice(0, MAX_TEXT_CHARS);
}
