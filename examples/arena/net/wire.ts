// A player's way to a game over the network: a socket for each lane.
import {
  async_on,
  type NetworkingEvent,
  network_connect,
  network_create_socket,
  network_destroy,
  network_error_not_open,
  network_send_latest,
  network_send_packet,
  network_socket_tcp,
  network_socket_udp,
  network_type_data,
  network_type_disconnect,
  network_type_link_lost,
  network_type_non_blocking_connect,
  network_type_resumed,
} from 'bytewire';
import type { Carrier, Lane, Wire, WireOwner } from '../game/lanes.js';

const NO_SOCKET = -1;
/** A fast lane that failed may work later: on another network, or when the server is less busy. */
const RETRY_MS = 15_000;
/** Failures that no later attempt changes. */
const FINAL = ['unsupported', 'package_missing', 'no_room', 'refused', 'version'];

/** One listener serves all wires of this program, and lives only while there is one. */
const wires = new Map<number, NetworkWire>();
let stop_listening: (() => void) | undefined;

function register(socket: number, wire: NetworkWire): void {
  wires.set(socket, wire);
  stop_listening ??= async_on('networking', (event) => wires.get(event.id)?.heard(event));
}

function unregister(socket: number): void {
  wires.delete(socket);
  if (wires.size > 0) return;
  stop_listening?.();
  stop_listening = undefined;
}

export class NetworkWire implements Wire {
  readonly carrier: Carrier;
  fast = false;
  private readonly reliable_socket: number;
  private fast_socket = NO_SOCKET;
  private retry: ReturnType<typeof setTimeout> | undefined;

  /** `address`: `ws://...` of a server, or `room:CODE` at the signaling server that is set. */
  constructor(
    private readonly address: string,
    private readonly owner: WireOwner,
  ) {
    this.carrier = address.startsWith('room:') ? 'WebRTC' : 'WebSocket';
    this.reliable_socket = this.dial(network_socket_tcp);
  }

  send(lane: Lane, buffer: number, size: number, latest: boolean): number {
    const socket = lane === 'reliable' ? this.reliable_socket : this.fast_socket;
    if (socket === NO_SOCKET) return network_error_not_open;
    return network_send_packet(socket, buffer, size, latest ? network_send_latest : undefined);
  }

  open_fast(): void {
    this.fast_socket = this.dial(network_socket_udp);
  }

  close(): void {
    clearTimeout(this.retry);
    this.hang_up_fast();
    unregister(this.reliable_socket);
    network_destroy(this.reliable_socket);
  }

  /** For the listener above. */
  heard(event: NetworkingEvent): void {
    const { id, type } = event;
    const lane: Lane = id === this.reliable_socket ? 'reliable' : 'fast';
    if (type === network_type_data) this.owner.received(lane, event.buffer, event.size);
    else if (lane === 'fast') this.about_fast(event);
    else if (type === network_type_non_blocking_connect) {
      if (event.succeeded) this.owner.opened();
      else this.owner.closed(event.reason || 'the server cannot be reached', false);
    } else if (type === network_type_disconnect) {
      // What bytewire's servers say when they end.
      this.owner.closed(event.reason, /server ends|destroyed/.test(event.reason));
    }
  }

  private dial(type: number): number {
    const socket = network_create_socket(type);
    register(socket, this);
    // Port 0: the address names it.
    network_connect(socket, this.address, 0);
    return socket;
  }

  private about_fast({ type, succeeded, reason, error }: NetworkingEvent): void {
    if (type === network_type_non_blocking_connect) {
      if (succeeded) this.change_fast(true, '');
      else this.fast_failed(reason, error);
    } else if (type === network_type_resumed) this.change_fast(true, '');
    else if (type === network_type_link_lost) this.change_fast(false, 'the connection falters');
    else if (type === network_type_disconnect) this.fast_failed(reason, '');
  }

  private fast_failed(reason: string, error: string): void {
    this.hang_up_fast();
    if (!FINAL.includes(error)) this.retry = setTimeout(() => this.open_fast(), RETRY_MS);
    this.change_fast(false, reason || 'the connection was lost');
  }

  private hang_up_fast(): void {
    if (this.fast_socket === NO_SOCKET) return;
    unregister(this.fast_socket);
    network_destroy(this.fast_socket);
    this.fast_socket = NO_SOCKET;
  }

  private change_fast(fast: boolean, reason: string): void {
    this.fast = fast;
    this.owner.fast_changed(reason);
  }
}
