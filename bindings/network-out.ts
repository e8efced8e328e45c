// The way out: small packets of one task travel in one message. Knows no rules, only bytes and order.
import { setting } from './network-config.js';
import { Slab } from './slab.js';
import type { Socket } from './sockets.js';
import type { Message } from './transport/types.js';

const SLAB_BYTES = 64 * 1024;
/** Packets share a message up to this size. */
const COALESCE_BYTES = 16 * 1024;
/** So much waits for the end of the task at most; then it is sent at once. */
const FLUSH_BYTES = 64 * 1024;

/** Outgoing messages of all sockets that keep nothing. */
export const shared_slab = /* @__PURE__ */ new Slab(SLAB_BYTES);
let dirty: Socket[] = [];
let scheduled = false;

function flush_all(): void {
  scheduled = false;
  const batch = dirty;
  dirty = [];
  for (const socket of batch) flush(socket);
}

/** A microtask: after everything that the host reports at once (all messages of one chunk), before it does anything else. */
function flush_later(socket: Socket): void {
  if (socket.dirty) return;
  socket.dirty = true;
  dirty.push(socket);
  if (scheduled) return;
  scheduled = true;
  queueMicrotask(flush_all);
}

/** Hands over what waits. Several messages become one as far as they are small. */
export function flush(socket: Socket): void {
  const { out, connection } = socket;
  socket.dirty = false;
  if (out.length === 0) return;
  const link = connection?.link;
  if (link?.open) {
    if (out.length === 1) link.send_message(out[0]);
    else if (socket.raw) for (const message of out) link.send_message(message);
    else {
      for (let from = 0; from < out.length; ) {
        let to = from;
        let bytes = 0;
        do bytes += out[to].end - out[to++].start;
        while (to < out.length && bytes + out[to].end - out[to].start <= COALESCE_BYTES);
        link.send_message(to - from === 1 ? out[from] : merged(socket, from, to, bytes));
        from = to;
      }
    }
  }
  out.length = socket.out_bytes = 0;
}

function merged(socket: Socket, from: number, to: number, bytes: number): Message {
  const message = shared_slab.message(bytes);
  let at = message.start;
  for (let i = from; i < to; i++) {
    const part = socket.out[i].view;
    message.bytes.set(part, at);
    at += part.length;
  }
  return message;
}

/** Bytes on their way out that the host's network has not taken. */
export function buffered_bytes(socket: Socket): number {
  return socket.out_bytes + (socket.connection?.link.buffered ?? 0);
}

/** Makes room for `size` bytes at the end of what waits; gives where in `out.at(-1)` they go. */
export function extend(socket: Socket, size: number): number {
  const { out } = socket;
  const slab = socket.session?.slab ?? shared_slab;
  socket.out_bytes += size;
  const last = out.length === 0 ? undefined : out[out.length - 1];
  if (
    last !== undefined &&
    last.end - last.start + size <= COALESCE_BYTES &&
    slab.extend(last, size)
  ) {
    return last.end - size;
  }
  const message = slab.message(size);
  out.push(message);
  return message.start;
}

/** Something was added to what waits: it leaves at the end of the task, or at once. */
export function added(socket: Socket): void {
  if (setting(socket, 'coalesce') === 0 || socket.out_bytes > FLUSH_BYTES) flush(socket);
  else flush_later(socket);
}

/** Sends bytes that are not a packet: the handshake, control frames, packets once more. */
export function send_frame(socket: Socket, bytes: Uint8Array): void {
  if (!socket.connection?.link.open) return;
  const at = extend(socket, bytes.length);
  socket.out[socket.out.length - 1].bytes.set(bytes, at);
  added(socket);
}

/** Sends everything again that the peer of a resumed session has not got. */
export function send_again(socket: Socket): void {
  for (const { bytes, start, end } of socket.session?.unacknowledged() ?? []) {
    send_frame(socket, bytes.subarray(start, end));
  }
}
