// network_send_udp and its kin: packets to anybody, without connecting first.
import { type Buf, lookup } from './buffer-table.js';
import { integer_in, text } from './check.js';
import {
  network_error_not_open,
  network_error_unsupported,
  network_send_binary,
  network_socket_tcp,
  network_socket_udp,
  network_socket_wss,
  network_state_open,
} from './constants.js';
import { Peers } from './network-peers.js';
import { check_send, is_latest, send_datagram } from './network-send.js';
import { plain_address } from './plain-address.js';
import { add, find, remove, type Server, Socket } from './sockets.js';

/** A server's client at an address. */
function client_at(server: Server, url: string, port: number): Socket | undefined {
  for (const client of server.clients) {
    if (client.port === port && plain_address(client.ip) === url) return client;
  }
  return undefined;
}

function send_connected(socket: Socket, b: Buf, size: number, latest: boolean): number {
  const refusal = check_send(socket, b, size);
  if (refusal !== 0) return refusal;
  send_datagram(socket, b, size, latest);
  return size;
}

function send_udp(
  call: string,
  raw: boolean,
  id: number,
  url: string,
  port: number,
  buffer: number,
  size: number,
  options: number,
): number {
  const b = lookup(buffer);
  const latest = is_latest(options, call);
  text(url, `${call}: url`);
  integer_in(port, 0, 65_535, `${call}: port`);
  integer_in(size, 0, 0x7fffffff, `${call}: size`);
  const entry = find(id, call);
  if (entry === undefined) return network_error_not_open;
  if (entry.type !== network_socket_udp) return network_error_unsupported;
  if (entry.role === 'server') {
    const client = client_at(entry, plain_address(url), port);
    if (client === undefined || client.raw !== raw) return network_error_not_open;
    return send_connected(client, b, size, latest);
  }
  const { state, ip, port: to, raw: is_raw } = entry;
  if (state === network_state_open && ip === url && to === port && is_raw === raw) {
    return send_connected(entry, b, size, latest);
  }
  entry.peers ??= new Peers(entry);
  return (entry.peers as Peers).send(call, raw, url, port, b, size, latest);
}

/**
 * Sends the first `size` bytes of a buffer as one packet to whoever is at an address: a {@link network_create_socket_ext} socket or
 * a UDP server. There is nothing to connect: the first packet connects, further ones wait for that (to
 * `network_config_udp_queue_limit` bytes), and a peer that neither sends nor is sent anything for 30 s is let go. A socket keeps
 * `network_config_udp_peers` of them; the one unused for longest makes room.
 *
 * Nobody there: a `network_type_non_blocking_connect` event of the socket with `succeeded` 0 and the reason; what waited is dropped
 * (`unreachable` in the statistics), and the address is tried again after a while.
 *
 * @param socket of type `network_socket_udp`; of a UDP server: to its client with this `ip` and `port`
 * @param url host, `ws://` or `wss://` URL, `room:CODE`, or the `ip` of an event
 * @param port that of the signaling server at that host; 0: the one in the URL
 * @param options `network_send_latest`: the receiver drops it when a newer one of these has come
 * @returns `size`; or `network_error_not_open` (-1, no such socket, or nobody was there a moment ago), `network_error_too_large`
 *   (-2), `network_error_queue_full` (-3), `network_error_unsupported` (-4, not a UDP socket)
 * @throws TypeError wrong kind; RangeError the buffer was deleted, or a nonsense size, URL, port or option
 */
export function network_send_udp(
  socket: number,
  url: string,
  port: number,
  buffer: number,
  size: number,
  options: number = network_send_binary,
): number {
  return send_udp('network_send_udp', false, socket, url, port, buffer, size, options);
}

/**
 * Like {@link network_send_udp}, without a header of ours: the bytes as they are, one message of the channel. Not numbered, so
 * neither lost nor repeated ones are noticed; not to be mixed with packets on the way to one address.
 */
export function network_send_udp_raw(
  socket: number,
  url: string,
  port: number,
  buffer: number,
  size: number,
): number {
  const options = network_send_binary;
  return send_udp('network_send_udp_raw', true, socket, url, port, buffer, size, options);
}

/**
 * Makes a socket with a port of its own. `network_socket_udp`: everybody can send to it with {@link network_send_udp}, from pages
 * too, and is answered at the `ip` and `port` of the data event, whose `id` is this socket. There are no events for peers that come
 * and go. The port is both that of signaling (TCP) and, where it is free, of the packets (UDP). Other types have no port of their
 * own: as {@link network_create_socket}.
 *
 * @param port 1 to 65535; 0: any free one, which {@link network_get_stats} tells
 * @returns its id; `network_error_address` (-5) the port is taken; `network_error_unsupported` (-4) in pages
 * @throws TypeError or RangeError on nonsense arguments; NetError `package_missing` in Node without `ws` or `node-datachannel`
 */
export function network_create_socket_ext(type: number, port: number): number {
  integer_in(type, network_socket_tcp, network_socket_wss, 'network_create_socket_ext: type');
  integer_in(port, 0, 65_535, 'network_create_socket_ext: port');
  const socket = add(new Socket(type, false));
  if (type !== network_socket_udp) return socket.id;
  const peers = new Peers(socket);
  let result = network_error_unsupported;
  try {
    result = peers.listen(port);
  } finally {
    if (result < 0) remove(socket);
  }
  if (result < 0) return result;
  socket.peers = peers;
  return socket.id;
}
