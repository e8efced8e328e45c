// A port of its own for a socket that sends without connecting: whoever comes there becomes a peer of it.
import { network_socket_udp } from './constants.js';
import type { Listening } from './host/types.js';
import { Connection } from './network-link.js';
import type { SeatOwner } from './network-seats.js';
import { listen_udp } from './network-udp-server.js';
import { add, remove, Server, Socket } from './sockets.js';

/** How many may come; how many may stay is the socket's own affair. */
const MAX_CALLERS = 65_535;

export interface BoundOwner extends SeatOwner {
  /** Whether one more may come in; somebody may have to go for that. */
  has_room(): boolean;
  /** The port cannot be kept. */
  failed(reason: string): void;
}

/**
 * Listens on a port: what does so, or a negative `network_error_*`.
 * @throws NetError `package_missing`
 */
export function bind_port(socket: Socket, port: number, owner: BoundOwner): Server | number {
  // What is set for the socket holds for those who come, and is counted with it.
  socket.own ??= {};
  const server = add(new Server(network_socket_udp, false, MAX_CALLERS, socket.counters));
  server.own = socket.own;
  let listening: Listening | number | undefined;
  try {
    listening = listen_udp(
      server,
      port,
      {},
      {
        refuses: () => undefined,
        entered(link, { ip, port: from }) {
          const peer = add(new Socket(network_socket_udp, false));
          peer.parent = socket;
          peer.ip = peer.address = ip;
          peer.port = from;
          return new Connection(peer, link);
        },
        refused: (reason) => socket.count_drop(reason),
        failed: (reason) => owner.failed(reason),
      },
      () => (owner.has_room() ? undefined : 'peers_full'),
      owner,
    );
  } finally {
    if (typeof listening !== 'object') remove(server);
  }
  if (typeof listening === 'number') return listening;
  server.listening = listening;
  return server;
}
