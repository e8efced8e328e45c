// What server, page and bots say to each other: the bytes of every message, written and checked in one place.
import {
  buffer_peek,
  buffer_read,
  buffer_read_f64,
  buffer_read_u8,
  buffer_read_u16,
  buffer_read_u32,
  buffer_seek,
  buffer_seek_start,
  buffer_string,
  buffer_tell,
  buffer_u8,
  buffer_write,
  buffer_write_f64,
  buffer_write_u8,
  buffer_write_u16,
  buffer_write_u32,
} from 'bytewire';
import { KIND_SNAPSHOT, new_snapshot, read_snapshot, type Snapshot } from './snapshot.js';
import type { World } from './world.js';

/** Goes up with every change of the bytes below; a join with another number is refused. */
export const PROTOCOL_VERSION = 1;

/** The path on which the game listens, beside the page on the same port. */
export const GAME_PATH = '/arena';

/** First byte of every message. 0 is never sent: it is what a reader returns for bytes it refuses. */
export const MALFORMED = 0;
export const KIND_JOIN = 1;
export const KIND_INPUT = 2;
export const KIND_PING = 3;
export const KIND_WELCOME = 65;
export const KIND_PONG = 67;
export const KIND_JOINED = 68;
export const KIND_LEFT = 69;

/** Longest name in characters (code points). */
export const MAX_NAME = 16;

/** What a client may say; one record is reused for every message, so reading allocates nothing. */
export interface ClientMessage {
  version: number;
  name: string;
  /** Of inputs: 1, 2, 3 ... per connection, so that a lost one shows. */
  sequence: number;
  keys: number;
  heading: number;
  /** The client's own clock at a ping; the server sends it back unread. */
  sent_ms: number;
}

/** What the server says; reused like {@link ClientMessage}. */
export interface ServerMessage {
  id: number;
  width: number;
  height: number;
  tick_hz: number;
  names: Map<number, string>;
  name: string;
  sent_ms: number;
  snapshot: Snapshot;
}

export function new_client_message(): ClientMessage {
  return { version: 0, name: '', sequence: 0, keys: 0, heading: 0, sent_ms: 0 };
}

export function new_server_message(): ServerMessage {
  return {
    id: 0,
    width: 0,
    height: 0,
    tick_hz: 0,
    name: '',
    sent_ms: 0,
    names: new Map(),
    snapshot: new_snapshot(),
  };
}

/** A name fit to show: no control or direction-changing characters, not empty, not too long. */
export function clean_name(name: string): string {
  const visible = name.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '').trim();
  return [...visible].slice(0, MAX_NAME).join('').trim() || 'Pilot';
}

const TURN = Math.PI * 2;

function begin(buffer: number, kind: number): void {
  buffer_seek(buffer, buffer_seek_start, 0);
  buffer_write_u8(buffer, kind);
}

// Every writer fills the buffer from byte 0 and returns the size to send.

export function write_join(buffer: number, name: string): number {
  begin(buffer, KIND_JOIN);
  buffer_write_u8(buffer, PROTOCOL_VERSION);
  buffer_write(buffer, buffer_string, name);
  return buffer_tell(buffer);
}

/** `heading` in radians; counts only when `keys` says so. */
export function write_input(
  buffer: number,
  sequence: number,
  keys: number,
  heading: number,
): number {
  begin(buffer, KIND_INPUT);
  buffer_write_u32(buffer, sequence);
  buffer_write_u8(buffer, keys);
  buffer_write_u8(buffer, Math.round((heading / TURN) * 256) & 255);
  return buffer_tell(buffer);
}

export function write_ping(buffer: number, sent_ms: number): number {
  begin(buffer, KIND_PING);
  buffer_write_f64(buffer, sent_ms);
  return buffer_tell(buffer);
}

export function write_pong(buffer: number, sent_ms: number): number {
  begin(buffer, KIND_PONG);
  buffer_write_f64(buffer, sent_ms);
  return buffer_tell(buffer);
}

export function write_welcome(
  buffer: number,
  id: number,
  world: World,
  names: ReadonlyMap<number, string>,
): number {
  begin(buffer, KIND_WELCOME);
  buffer_write_u16(buffer, id);
  buffer_write_u16(buffer, world.width);
  buffer_write_u16(buffer, world.height);
  buffer_write_u8(buffer, world.tick_hz);
  buffer_write_u8(buffer, names.size);
  for (const [player, name] of names) {
    buffer_write_u16(buffer, player);
    buffer_write(buffer, buffer_string, name);
  }
  return buffer_tell(buffer);
}

export function write_joined(buffer: number, id: number, name: string): number {
  begin(buffer, KIND_JOINED);
  buffer_write_u16(buffer, id);
  buffer_write(buffer, buffer_string, name);
  return buffer_tell(buffer);
}

export function write_left(buffer: number, id: number): number {
  begin(buffer, KIND_LEFT);
  buffer_write_u16(buffer, id);
  return buffer_tell(buffer);
}

/**
 * Reads what a client sent into `into` and returns its kind, or {@link MALFORMED}.
 * Whatever the bytes are, nothing is thrown and nothing past `size` is read.
 */
export function read_client_message(buffer: number, size: number, into: ClientMessage): number {
  try {
    const kind = size > 0 ? buffer_read_u8(buffer) : MALFORMED;
    switch (kind) {
      case KIND_JOIN:
        into.version = buffer_read_u8(buffer);
        into.name = read_name(buffer);
        break;
      case KIND_INPUT:
        into.sequence = buffer_read_u32(buffer);
        into.keys = buffer_read_u8(buffer);
        into.heading = (buffer_read_u8(buffer) / 256) * TURN;
        break;
      case KIND_PING:
        into.sent_ms = buffer_read_f64(buffer);
        break;
      default:
        return MALFORMED;
    }
    return buffer_tell(buffer) === size ? kind : MALFORMED;
  } catch (error) {
    return malformed_or_throw(error);
  }
}

/** Reads what the server sent. The arena's size must be known (from the welcome) before snapshots come. */
export function read_server_message(buffer: number, size: number, into: ServerMessage): number {
  try {
    const kind = size > 0 ? buffer_read_u8(buffer) : MALFORMED;
    switch (kind) {
      case KIND_WELCOME:
        read_welcome(buffer, into);
        break;
      case KIND_SNAPSHOT:
        if (!read_snapshot(buffer, into.width, into.height, into.snapshot)) return MALFORMED;
        break;
      case KIND_PONG:
        into.sent_ms = buffer_read_f64(buffer);
        break;
      case KIND_JOINED:
        into.id = buffer_read_u16(buffer);
        into.name = read_name(buffer);
        break;
      case KIND_LEFT:
        into.id = buffer_read_u16(buffer);
        break;
      default:
        return MALFORMED;
    }
    return buffer_tell(buffer) === size ? kind : MALFORMED;
  } catch (error) {
    return malformed_or_throw(error);
  }
}

/** Reading past the end is the sender's fault; anything else is ours and must not be hidden. */
function malformed_or_throw(error: unknown): number {
  if (error instanceof RangeError) return MALFORMED;
  throw error;
}

function read_name(buffer: number): string {
  const name = String(buffer_read(buffer, buffer_string));
  // A string without its zero byte was cut off on the way.
  if (buffer_peek(buffer, buffer_tell(buffer) - 1, buffer_u8) !== 0) {
    throw new RangeError('a name without an end');
  }
  return clean_name(name);
}

function read_welcome(buffer: number, into: ServerMessage): void {
  into.id = buffer_read_u16(buffer);
  into.width = buffer_read_u16(buffer);
  into.height = buffer_read_u16(buffer);
  into.tick_hz = buffer_read_u8(buffer);
  into.names.clear();
  const count = buffer_read_u8(buffer);
  for (let i = 0; i < count; i++) {
    const id = buffer_read_u16(buffer);
    into.names.set(id, read_name(buffer));
  }
}
