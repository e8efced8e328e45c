// A value becomes a packet on its way out: no buffer of the game's in between.
import { close, open_pooled } from './buffer-table.js';
import { show } from './check.js';
import { buffer_grow, network_error_not_open } from './constants.js';
import { check_send, send_checked } from './network-send.js';
import type { Infer } from './packet/types.js';
import type { Members, Union } from './packet/union.js';
import { find_socket } from './sockets.js';

/** Longer packets take memory as they need it. */
const FIRST_BYTES = 4096;

/**
 * Writes a value by its {@link packet} schema and sends it as one packet: encoded in a pooled block of linear memory, and copied
 * once, behind its header, to where the socket's packets wait to leave. On a raw connection it is one binary message.
 *
 * @param socket id of a connection
 * @param packet the schema
 * @param value what the schema's `write` takes
 * @returns bytes of the packet without header; or `network_error_not_open` (-1), `network_error_too_large` (-2, more than the
 *   message size limit), `network_error_queue_full` (-3): nothing was sent then, as {@link network_send_packet}
 * @throws TypeError or RangeError wrong socket, no schema, or a value that the schema does not take: nothing was sent then
 */
export function network_send_value<T>(
  socket: number,
  packet: { readonly maxSize: number; write(buffer: number, value: T): void },
  value: T,
): number;
/**
 * The same for a message of a {@link union}: its tag, then its value.
 *
 * @throws RangeError also: no such tag
 */
export function network_send_value<M extends Members, K extends keyof M & string>(
  socket: number,
  union: Union<M>,
  tag: K,
  value: Infer<M[K]>,
): number;
export function network_send_value(
  socket: number,
  packet: {
    readonly maxSize: number;
    write(buffer: number, first: unknown, second?: unknown): void;
  },
  first: unknown,
  second?: unknown,
): number {
  if (typeof packet?.write !== 'function' || typeof packet.maxSize !== 'number') {
    throw new TypeError(`network_send_value: expected a packet or a union, got ${show(packet)}`);
  }
  const s = find_socket(socket, 'network_send_value');
  if (s === undefined) return network_error_not_open;
  const b = open_pooled(Math.min(packet.maxSize, FIRST_BYTES), buffer_grow);
  try {
    packet.write(b.id, first, second);
    const size = b.pos - b.ptr;
    const refusal = check_send(s, b, size);
    if (refusal !== 0) return refusal;
    send_checked(s, b, size, false);
    return size;
  } finally {
    close(b);
  }
}
