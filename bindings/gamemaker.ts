// The same functions with GameMaker's own numbers, for ports of GML code that have them written out.
//
// GameMaker numbers some data types and socket types differently. Here its numbers hold; the bytes and the wire are the same.
// Its CRC-32 leaves out the final inversion.

import { buffer_sizeof as sizeof } from './buffer.js';
import {
  type BufferInput,
  type BufferValue,
  buffer_peek as peek,
  buffer_poke as poke,
  buffer_read as read,
  buffer_write as write,
} from './buffer-access.js';
import { buffer_fill as fill } from './buffer-bulk.js';
import { buffer_crc32 as crc32 } from './buffer-digest.js';

import {
  network_create_server as create_server,
  network_create_server_raw as create_server_raw,
  network_create_socket as create_socket,
  type ServerOptions,
} from './network.js';

export * from './index.js';

export const buffer_f16 = 7;
export const buffer_f32 = 8;
export const buffer_f64 = 9;
export const buffer_bool = 10;
export const buffer_string = 11;
export const buffer_u64 = 12;

// GameMaker's number -> ours; 0 is no type.
const OURS = [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 7, 13];

function ours(type: number): number {
  return typeof type === 'number' ? (OURS[type] ?? 0) : 0;
}

/** `buffer_write` with GameMaker's type numbers. */
export function buffer_write(buffer: number, type: number, value: BufferInput): number {
  return write(buffer, ours(type), value);
}

/** `buffer_read` with GameMaker's type numbers. */
export function buffer_read(buffer: number, type: number): BufferValue {
  return read(buffer, ours(type));
}

/** `buffer_poke` with GameMaker's type numbers. */
export function buffer_poke(
  buffer: number,
  offset: number,
  type: number,
  value: BufferInput,
): number {
  return poke(buffer, offset, ours(type), value);
}

/** `buffer_peek` with GameMaker's type numbers. */
export function buffer_peek(buffer: number, offset: number, type: number): BufferValue | undefined {
  return peek(buffer, offset, ours(type));
}

/** `buffer_fill` with GameMaker's type numbers. */
export function buffer_fill(
  buffer: number,
  offset: number,
  type: number,
  value: BufferInput,
  size: number,
): number {
  return fill(buffer, offset, ours(type), value, size);
}

/** `buffer_sizeof` with GameMaker's type numbers. */
export function buffer_sizeof(type: number): number {
  return sizeof(ours(type));
}

export const network_socket_ws = 6;
export const network_socket_wss = 7;

/** GameMaker's number of a socket type -> ours; others stay, and are refused where they are used. */
function our_socket(type: number): number {
  if (type === network_socket_ws) return 2;
  if (type === network_socket_wss) return 3;
  // GameMaker's 2 is bluetooth, which nobody has.
  return type === 0 || type === 1 ? type : -1;
}

/** `network_create_socket` with GameMaker's socket types. */
export function network_create_socket(type: number): number {
  return create_socket(our_socket(type));
}

/** `network_create_server` with GameMaker's socket types. */
export function network_create_server(
  type: number,
  port: number,
  max_client?: number,
  options?: ServerOptions,
): number {
  return create_server(our_socket(type), port, max_client, options);
}

/** `network_create_server_raw` with GameMaker's socket types. */
export function network_create_server_raw(
  type: number,
  port: number,
  max_client?: number,
  options?: ServerOptions,
): number {
  return create_server_raw(our_socket(type), port, max_client, options);
}

/**
 * GameMaker's CRC-32, without the final inversion of RFC 1952: "123456789" gives 0x340BC6D9, no bytes give 0xFFFFFFFF.
 * Batches and `hash_create('crc32')` have the standard one here too; `~x >>> 0` turns one into the other.
 */
export function buffer_crc32(buffer: number, offset: number, size: number): number {
  return ~crc32(buffer, offset, size) >>> 0;
}
