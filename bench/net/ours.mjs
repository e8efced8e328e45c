// The same game traffic over bytewire: packets framed, parsed, read and written through buffers.
import * as bw from 'bytewire';

const handlers = new Map();
let on_connect = () => {};
bw.async_on('networking', (event) => {
  if (event.type === bw.network_type_data) handlers.get(event.id)?.(event);
  else if (event.type === bw.network_type_connect) on_connect(event.socket);
  else if (event.type === bw.network_type_non_blocking_connect) {
    handlers.get(`connect ${event.id}`)?.(event.succeeded);
  }
});

/** Answers every packet with one of the same size that holds its number plus one. */
export function serve_echo(size) {
  const server = bw.network_create_server(bw.network_socket_tcp, 0, 2000, {
    // One client alone passes the 250,000 a second that a game server allows.
    messages_per_second: 0,
  });
  const answer = bw.buffer_create(size, bw.buffer_fixed, 1);
  on_connect = (socket) =>
    handlers.set(socket, ({ buffer }) => {
      const number = bw.buffer_read_u32(buffer);
      bw.buffer_seek(answer, bw.buffer_seek_start, 0);
      bw.buffer_write_u32(answer, number + 1);
      bw.buffer_write_f32(answer, 1.5);
      bw.network_send_packet(socket, answer, size);
    });
  return { port: bw.network_get_stats(server).port, stop: () => bw.network_destroy(server) };
}

/** Takes packets and counts them. */
export function serve_count() {
  let count = 0;
  const server = bw.network_create_server(bw.network_socket_tcp, 0, 2000, {
    messages_per_second: 0,
  });
  on_connect = (socket) =>
    handlers.set(socket, ({ buffer }) => {
      bw.buffer_read_u32(buffer);
      count++;
    });
  return {
    port: bw.network_get_stats(server).port,
    get count() {
      return count;
    },
    stop: () => bw.network_destroy(server),
  };
}

/** Takes datagrams and counts them. */
export function serve_udp_count() {
  let count = 0;
  const server = bw.network_create_server(bw.network_socket_udp, 0, 2000, {
    messages_per_second: 0,
    connections_per_address: 0,
  });
  on_connect = (socket) =>
    handlers.set(socket, ({ buffer }) => {
      bw.buffer_read_u32(buffer);
      count++;
    });
  return {
    port: bw.network_get_stats(server).port,
    get count() {
      return count;
    },
    stop: () => bw.network_destroy(server),
  };
}

function connected(type, port) {
  const id = bw.network_create_socket(type);
  bw.network_connect(id, '127.0.0.1', port);
  return new Promise((done, fail) => {
    handlers.set(`connect ${id}`, (ok) => (ok ? done(id) : fail(new Error('not connected'))));
  });
}

export const connect = (port) => connected(bw.network_socket_tcp, port);
export const dial = (port) => connected(bw.network_socket_udp, port);

/** Counts the packets that come to sockets; `add` takes one more. */
export function count_data(ids) {
  let count = 0;
  return {
    get count() {
      return count;
    },
    add(id) {
      ids.push(id);
      handlers.set(id, () => count++);
    },
  };
}

/** Keeps `window` packets under way; gives a function that tells how many came back. */
export function echo_client(id, size, window) {
  const packet = bw.buffer_create(size, bw.buffer_fixed, 1);
  let number = 0;
  let back = 0;
  const send = () => {
    bw.buffer_seek(packet, bw.buffer_seek_start, 0);
    bw.buffer_write_u32(packet, number);
    bw.buffer_write_f32(packet, 2.5);
    bw.network_send_packet(id, packet, size);
    number += 2;
  };
  handlers.set(id, ({ buffer }) => {
    if (bw.buffer_read_u32(buffer) !== back * 2 + 1) throw new Error('a wrong answer');
    back++;
    send();
  });
  for (let i = 0; i < window; i++) send();
  return () => back;
}

export function close(id) {
  handlers.delete(id);
  bw.network_destroy(id);
}

export { bw };
