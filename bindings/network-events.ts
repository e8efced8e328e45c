// The networking events: GameMaker's keys, and who is still to be told when an event's turn comes.
import { type Buf, close as close_buffer } from './buffer-table.js';
import {
  network_type_connect,
  network_type_data,
  network_type_disconnect,
  network_type_non_blocking_connect,
} from './constants.js';
import { emit, enqueue, type Queued } from './events.js';
import { remove, type Server, type Socket } from './sockets.js';

export function emit_connect(server: Server, socket: Socket): void {
  const { id, ip, port } = socket;
  const event = { type: network_type_connect, id: server.id, socket: id, ip, port };
  emit('networking', event, { wanted: () => wanted(socket, id) });
}

export function emit_connected(socket: Socket, succeeded: number, reason = '', error = ''): void {
  const { id, ip, port } = socket;
  const event: Record<string, unknown> = {
    type: network_type_non_blocking_connect,
    id,
    socket: id,
    ip,
    port,
    succeeded,
  };
  if (succeeded === 0) event.reason = reason;
  if (error !== '') event.error = error;
  emit('networking', event, { wanted: () => socket.id === id });
}

/** Nobody could be reached at an address that something was sent to without connecting. */
export function emit_unreached(
  socket: Socket,
  ip: string,
  port: number,
  reason: string,
  error: string,
): void {
  const { id } = socket;
  const type = network_type_non_blocking_connect;
  const event = { type, id, socket: id, ip, port, succeeded: 0, reason, error };
  emit('networking', event, { wanted: () => socket.id === id });
}

/** Events of a server's clients end with it, also of those that had left before; unless the game goes on in another process. */
function wanted(socket: Socket, id: number): boolean {
  const { server } = socket;
  if (server?.suspended) return true;
  return socket.id === id && (server === undefined || server.id >= 0);
}

/** `code`: as in a WebSocket close frame, whoever sent it. */
export function emit_disconnect(socket: Socket, reason: string, code: number): void {
  const { id, ip, port, server } = socket;
  const event = {
    type: network_type_disconnect,
    id: server === undefined ? id : server.id,
    socket: id,
    ip,
    port,
    reason,
    code,
  };
  emit('networking', event, {
    wanted: () => wanted(socket, id),
    // Our end of a client that has left is of no use any more. A socket that the game made is the game's to destroy.
    done: () => {
      if (server !== undefined && socket.id === id) remove(socket);
    },
  });
}

/** `network_type_drained`, `_link_lost`, `_resumed`: something about a socket that is not its end. */
export function emit_notice(type: number, socket: Socket, reason = ''): void {
  // Who sends without connecting hears of packets only.
  if (socket.parent !== undefined) return;
  const { id, ip, port, server } = socket;
  const event: Record<string, unknown> = { type, id: server?.id ?? id, socket: id, ip, port };
  if (reason !== '') event.reason = reason;
  emit('networking', event, { wanted: () => wanted(socket, id) });
}

/** A packet that waits for the listeners. A class, so that a packet makes no closures. */
class PacketEvent implements Queued {
  readonly kind = 'networking';
  readonly event: object;
  readonly bytes: number;
  readonly #socket: Socket;
  readonly #socket_id: number;
  readonly #buf: Buf;
  readonly #buffer: number;

  constructor(socket: Socket, buf: Buf, size: number, message_type: number) {
    const { ip, port, server } = socket;
    const owner = socket.parent ?? socket;
    const { id } = owner;
    const buffer = buf.id;
    const type = network_type_data;
    this.event =
      server === undefined
        ? { type, id, ip, port, buffer, size, message_type }
        : { type, id, ip, port, buffer, size, message_type, server: server.id };
    // An empty packet costs its place in the queue too.
    this.bytes = size + 1;
    this.#socket = owner;
    this.#socket_id = id;
    this.#buf = buf;
    this.#buffer = buffer;
  }

  wanted(): boolean {
    return wanted(this.#socket, this.#socket_id);
  }

  done(): void {
    // The listener may have deleted it.
    if (this.#buf.id === this.#buffer) close_buffer(this.#buf);
  }
}

/** False: the event queue is full, and the buffer is freed. */
export function emit_data(socket: Socket, b: Buf, size: number, message_type: number): boolean {
  return enqueue(new PacketEvent(socket, b, size, message_type));
}
