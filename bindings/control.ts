// Control frames and the game id (STANDARD.md, 4): what two bytewire peers say to each other between packets. Bytes only.

export const CONTROL_HEADER_BYTES = 12;
/** Bytes `7E B1 DE C0`. */
export const CONTROL_MAGIC = 0xc0deb17e;
/** Longest payload. */
export const MAX_CONTROL_BYTES = 128;

export const control_welcome = 1;
export const control_ping = 2;
export const control_pong = 3;
export const control_ack = 4;
export const control_resume = 5;
export const control_resumed = 6;

/** The game id of a bytewire client: `BW1` and a byte of flags whose top bit is set, which no game's own id has. */
const GAME_ID = 0x80315742;
const GAME_ID_MASK = 0x80ffffff;
export const FLAG_SESSION = 1 << 24;
export const FLAG_RESUME = 2 << 24;

export function bytewire_game_id(flags: number): number {
  return (GAME_ID | flags) >>> 0;
}

/** The flags of a bytewire client, or undefined for any other. */
export function flags_of(game_id: number): number | undefined {
  return (game_id & GAME_ID_MASK) >>> 0 === GAME_ID ? game_id & ~GAME_ID_MASK : undefined;
}

export interface Control {
  kind: number;
  payload: DataView<ArrayBuffer>;
}

/** Whether a chunk begins with the magic. */
export function begins_control(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7e && bytes[1] === 0xb1 && bytes[2] === 0xde && bytes[3] === 0xc0;
}

/** A control frame of `size` bytes of payload, and the view to fill them. */
function control(kind: number, size: number): [Uint8Array<ArrayBuffer>, DataView<ArrayBuffer>] {
  const bytes = new Uint8Array(CONTROL_HEADER_BYTES + size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, CONTROL_MAGIC, true);
  view.setUint32(4, kind, true);
  view.setUint32(8, size, true);
  return [bytes, new DataView(bytes.buffer, CONTROL_HEADER_BYTES)];
}

/** Server: extensions are on; with a token also resuming, for `window_ms`. */
export function welcome(token: Uint8Array | undefined, window_ms: number): Uint8Array<ArrayBuffer> {
  const [bytes, view] = control(control_welcome, 24);
  view.setUint32(0, token === undefined ? 0 : 1, true);
  view.setUint32(4, window_ms, true);
  if (token !== undefined) bytes.set(token, CONTROL_HEADER_BYTES + 8);
  return bytes;
}

export interface Welcome {
  token: Uint8Array<ArrayBuffer> | undefined;
  window_ms: number;
}

export function read_welcome(payload: DataView<ArrayBuffer>): Welcome | undefined {
  if (payload.byteLength < 24) return undefined;
  const token = new Uint8Array(payload.buffer, payload.byteOffset + 8, 16).slice();
  return {
    token: payload.getUint32(0, true) & 1 ? token : undefined,
    window_ms: payload.getUint32(4, true),
  };
}

export function ping(wall_ms: number): Uint8Array<ArrayBuffer> {
  const [bytes, view] = control(control_ping, 8);
  view.setFloat64(0, wall_ms, true);
  return bytes;
}

export function pong(sent_ms: number, wall_ms: number): Uint8Array<ArrayBuffer> {
  const [bytes, view] = control(control_pong, 16);
  view.setFloat64(0, sent_ms, true);
  view.setFloat64(8, wall_ms, true);
  return bytes;
}

export function ack(received: number): Uint8Array<ArrayBuffer> {
  const [bytes, view] = control(control_ack, 4);
  view.setUint32(0, received, true);
  return bytes;
}

/** A RESUME has room for so many. */
export const MAX_TOKENS = 6;

/** Client: goes on with a session. One of `tokens` is the current one; `next` replaces it. */
export function resume(
  received: number,
  next: Uint8Array,
  tokens: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const [bytes, view] = control(control_resume, 20 + 16 * tokens.length);
  view.setUint32(0, received, true);
  bytes.set(next, CONTROL_HEADER_BYTES + 4);
  for (const [i, token] of tokens.entries()) bytes.set(token, CONTROL_HEADER_BYTES + 20 + 16 * i);
  return bytes;
}

export interface Resume {
  received: number;
  next: Uint8Array<ArrayBuffer>;
  tokens: Uint8Array<ArrayBuffer>[];
}

export function read_resume(payload: DataView<ArrayBuffer>): Resume | undefined {
  const count = (payload.byteLength - 20) / 16;
  if (!Number.isInteger(count) || count < 1 || count > MAX_TOKENS) return undefined;
  const at = (offset: number) =>
    new Uint8Array(payload.buffer, payload.byteOffset + offset, 16).slice();
  const tokens = Array.from({ length: count }, (_, i) => at(20 + 16 * i));
  return { received: payload.getUint32(0, true), next: at(4), tokens };
}

/** Server: the session goes on; so many packets have been received in it. */
export function resumed(received: number, window_ms: number): Uint8Array<ArrayBuffer> {
  const [bytes, view] = control(control_resumed, 8);
  view.setUint32(0, received, true);
  view.setUint32(4, window_ms, true);
  return bytes;
}

export function read_resumed(
  payload: DataView<ArrayBuffer>,
): { received: number; window_ms: number } | undefined {
  if (payload.byteLength < 8) return undefined;
  return { received: payload.getUint32(0, true), window_ms: payload.getUint32(4, true) };
}
