// Where guests come in over the network: two servers of the library, one for each lane, on a port or in a room.
import {
  async_on,
  type NetworkingEvent,
  network_create_server,
  network_destroy,
  network_error_not_open,
  network_send_latest,
  network_send_packet,
  network_socket_tcp,
  network_socket_udp,
  network_type_connect,
  network_type_data,
  network_type_disconnect,
  network_type_link_lost,
  network_type_listening,
  network_type_resumed,
  type ServerOptions,
} from 'bytewire';
import type { Game } from '../game/game.js';
import type { Guest } from '../game/guest.js';
import type { GuestWire, Lane } from '../game/lanes.js';

/** A fast connection that nobody has claimed after so long is closed. */
const CLAIM_MS = 10_000;
const NO_SOCKET = -1;

/** One guest's two sockets. */
class NetworkGuest implements GuestWire {
  fast = NO_SOCKET;
  guest!: Guest;

  constructor(
    readonly reliable: number,
    private readonly closed: (guest: NetworkGuest) => void,
  ) {}

  send(lane: Lane, buffer: number, size: number, latest: boolean): number {
    const socket = lane === 'reliable' ? this.reliable : this.fast;
    if (socket === NO_SOCKET) return network_error_not_open;
    return network_send_packet(socket, buffer, size, latest ? network_send_latest : undefined);
  }

  close(): void {
    this.closed(this);
    network_destroy(this.reliable);
    if (this.fast !== NO_SOCKET) network_destroy(this.fast);
  }
}

export interface DoorOptions {
  max_guests: number;
  /** A port of Node: what both servers share. Without it a room is opened. */
  port?: ServerOptions;
  /** A port of Node: leaves the fast lane out. */
  reliable_only?: boolean;
  /** The room is open, or the port bound: guests may come. `room` is its code, '' for a port. */
  opened?(room: string): void;
  /** Nobody can come in any more, or could ever. */
  failed?(reason: string): void;
}

export class Door {
  private readonly by_socket = new Map<number, NetworkGuest>();
  /** Fast connections whose guest is not known yet. */
  private readonly strangers = new Map<number, ReturnType<typeof setTimeout>>();
  private readonly reliable: number;
  private fast = NO_SOCKET;
  private readonly stop_listening: () => void;

  /** Throws an error made for people where nothing can listen. */
  constructor(
    private readonly game: Game,
    private readonly options: DoorOptions,
  ) {
    const { port, max_guests } = options;
    this.reliable = network_create_server(network_socket_tcp, port ? 0 : '', max_guests, {
      ...port,
      ...(port && { rooms: true }),
    });
    if (this.reliable < 0) {
      throw new Error(
        port
          ? `the game cannot listen there (${this.reliable})`
          : 'this browser has no WebRTC (RTCPeerConnection), which others need to reach this page',
      );
    }
    this.stop_listening = async_on('networking', (event) => this.heard(event));
    if (port) this.open_fast(0, options.reliable_only === true);
  }

  /** Ends every connection; guests are told that the host has ended it. */
  close(): void {
    this.stop_listening();
    for (const timer of this.strangers.values()) clearTimeout(timer);
    network_destroy(this.reliable);
    if (this.fast !== NO_SOCKET) network_destroy(this.fast);
    this.by_socket.clear();
    this.strangers.clear();
  }

  /** The second server: on the same port, or in the same room. A game without it is a game all the same. */
  private open_fast(where: 0 | string, left_out: boolean): void {
    let reason = 'switched off';
    if (!left_out) {
      try {
        this.fast = network_create_server(
          network_socket_udp,
          where,
          this.options.max_guests,
          this.options.port,
        );
        reason = this.fast < 0 ? `its UDP port cannot be opened (${this.fast})` : '';
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
      }
    }
    this.game.no_fast = reason;
  }

  private heard(event: NetworkingEvent): void {
    if (event.type === network_type_data) {
      if (event.server === this.reliable) this.take('reliable', event);
      else if (event.server === this.fast) this.take_fast(event);
    } else if (event.id === this.reliable) this.about_reliable(event);
    else if (event.id === this.fast && this.fast !== NO_SOCKET) this.about_fast(event);
  }

  private about_reliable({ type, socket, reason, room }: NetworkingEvent): void {
    if (type === network_type_connect) {
      const wire = new NetworkGuest(socket, (gone) => this.forget(gone));
      wire.guest = this.game.enter(wire);
      this.by_socket.set(socket, wire);
    } else if (type === network_type_listening) {
      this.open_fast(room, false);
      this.options.opened?.(room);
    } else if (type === network_type_disconnect) {
      if (socket === this.reliable) this.options.failed?.(reason);
      const wire = this.by_socket.get(socket);
      if (wire === undefined) return;
      this.game.leave(wire.guest);
      wire.close();
    }
  }

  private about_fast({ type, socket, reason }: NetworkingEvent): void {
    const wire = this.by_socket.get(socket);
    if (type === network_type_connect) {
      const timer = setTimeout(() => this.unclaimed(socket), CLAIM_MS);
      this.strangers.set(socket, timer);
    } else if (type === network_type_link_lost) {
      if (wire) this.game.fast_went(wire.guest);
    } else if (type === network_type_resumed) {
      if (wire) this.game.fast_came(wire.guest);
    } else if (type === network_type_disconnect && socket === this.fast) {
      // The server itself: who has come over it keeps the other lane.
      this.fast = NO_SOCKET;
      this.game.no_fast = reason;
    } else if (type === network_type_disconnect) {
      this.known(socket);
      if (wire === undefined) return;
      this.by_socket.delete(socket);
      wire.fast = NO_SOCKET;
      this.game.fast_went(wire.guest);
    }
  }

  private take(lane: Lane, { id, buffer, size }: NetworkingEvent): void {
    const wire = this.by_socket.get(id);
    if (wire !== undefined) this.game.take(wire.guest, lane, buffer, size);
  }

  /** The first packet of a fast connection says whose it is. */
  private take_fast(event: NetworkingEvent): void {
    const { id, buffer, size } = event;
    if (!this.strangers.has(id)) {
      this.take('fast', event);
      return;
    }
    const guest = this.game.claimed_by(buffer, size);
    if (!(guest?.wire instanceof NetworkGuest)) {
      this.unclaimed(id);
      return;
    }
    const { wire } = guest;
    // They dialled anew: the old connection is of no use to anybody.
    if (wire.fast !== NO_SOCKET) {
      this.by_socket.delete(wire.fast);
      network_destroy(wire.fast);
    }
    this.known(id);
    wire.fast = id;
    this.by_socket.set(id, wire);
    this.game.fast_came(guest);
  }

  private known(socket: number): void {
    clearTimeout(this.strangers.get(socket));
    this.strangers.delete(socket);
  }

  private unclaimed(socket: number): void {
    this.known(socket);
    network_destroy(socket);
  }

  private forget(wire: NetworkGuest): void {
    this.by_socket.delete(wire.reliable);
    this.by_socket.delete(wire.fast);
  }
}
