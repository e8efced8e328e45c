// The way in: a message becomes a buffer in linear memory, by the one copy, and that an event.
import { type Buf, close as close_buffer, open_pooled } from './buffer-table.js';
import { utf8_length, write_utf8 } from './buffer-text.js';
import { buffer_grow, network_send_binary, network_send_text } from './constants.js';
import { limit_of } from './network-config.js';
import { drop } from './network-end.js';
import { emit_data } from './network-events.js';
import type { Socket } from './sockets.js';
import { u8 } from './wasm/memory.js';

/** Undefined: there is no memory for it. */
function take_message(message: Uint8Array | string): Buf | undefined {
  const size = typeof message === 'string' ? utf8_length(message) : message.length;
  let b: Buf;
  try {
    b = open_pooled(size, buffer_grow);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return undefined;
  }
  if (typeof message === 'string') write_utf8(message, b.ptr, b.end);
  else u8.set(message, b.ptr);
  b.used = b.end;
  return b;
}

/** A packet in a buffer; one that finds no room in the queue of events ends the connection. */
export function deliver(socket: Socket, b: Buf, size: number, message_type: number): void {
  socket.count_in(size);
  if (!emit_data(socket, b, size, message_type)) drop(socket, 'event_queue_full');
}

/** A message of a raw connection; one that breaks the limits ends it. */
export function take_raw(socket: Socket, message: Uint8Array | string): void {
  // A string's length is at most its bytes: what is surely too large is not stored first.
  if (message.length > limit_of(socket)) {
    drop(socket, 'too_large');
    return;
  }
  const b = take_message(message);
  if (b === undefined) {
    drop(socket, 'out_of_memory');
    return;
  }
  const size = b.end - b.ptr;
  if (size > limit_of(socket)) {
    close_buffer(b);
    drop(socket, 'too_large');
    return;
  }
  deliver(socket, b, size, typeof message === 'string' ? network_send_text : network_send_binary);
}

/** A packet of a UDP connection; what finds no room is dropped, as on any network. */
export function take_datagram(socket: Socket, packet: Uint8Array): void {
  if (packet.length > limit_of(socket)) {
    socket.count_drop('too_large');
    return;
  }
  const b = take_message(packet);
  if (b === undefined) {
    socket.count_drop('out_of_memory');
    return;
  }
  socket.count_in(packet.length);
  if (!emit_data(socket, b, packet.length, network_send_binary)) {
    socket.count_drop('event_queue_full');
  }
}
