// Peers of network_send_udp: connected when something is sent to them, let go when nothing is.
import type { Buf } from './buffer-table.js';
import { clock } from './clock.js';
import {
  network_error_not_open,
  network_error_queue_full,
  network_error_too_large,
  network_socket_udp,
  network_state_closed,
  network_state_connecting,
  network_state_open,
  network_type_disconnect,
} from './constants.js';
import { emit } from './events.js';
import { type Address, parse_address } from './network-address.js';
import { bind_port } from './network-bound.js';
import { limit_of, setting } from './network-config.js';
import { find_address } from './network-connect.js';
import { destroy_socket } from './network-end.js';
import { emit_unreached } from './network-events.js';
import { dial_line } from './network-rtc.js';
import { check_send, send_datagram, send_kept } from './network-send.js';
import { start_beating, stop_beating } from './network-tick.js';
import { plain_address } from './plain-address.js';
import { add, type PeerTable, remove, type Server, Socket } from './sockets.js';
import { backoff_ms } from './transport/backoff.js';
import { u8 } from './wasm/memory.js';

/** A peer that nothing was sent to, and that sends nothing, is let go after this. */
const IDLE_MS = 30_000;
/** One who comes may push out a peer that has been idle for so long. */
const PUSHED_OUT_MS = 5000;
/** One who comes under the address of another is that one, come back, when it has been silent for so long. */
const SILENT_MS = 3000;
/** A peer that ends so soon is called again only after a while, as one that could not be reached. */
const BRIEF_MS = 1000;
/** Whoever comes under an address that is taken gets one of these ports: it is a name to answer to. */
const FIRST_NAME = 49_152;
const LAST_NAME = 65_535;
/** Several spellings of addresses are remembered for each peer. */
const MAX_SPELLINGS = 4;

/** A packet that waits for its peer to be reached. */
interface Waiting {
  bytes: Uint8Array<ArrayBuffer>;
  latest: boolean;
}

/** Somebody at an address, or the memory of a failure to reach anybody there. */
class Peer {
  socket: Socket | undefined;
  /** When a packet went either way, as far as that has been looked at. */
  used_ms = clock.now();
  /** When it was reached. */
  ready_ms = 0;
  packets_in = 0;
  waiting: Waiting[] = [];
  waiting_bytes = 0;
  failures = 0;
  retry_at_ms = 0;

  constructor(
    /** Under which it is known; '' where another one is. */
    public place: string,
    /** Where it is to be reached; undefined: it came by itself. */
    readonly address: Address | undefined,
  ) {}

  idle_ms(now_ms: number): number {
    const packets_in = this.socket?.counters.packets_in ?? 0;
    if (packets_in !== this.packets_in) {
      this.packets_in = packets_in;
      this.used_ms = now_ms;
    }
    return now_ms - this.used_ms;
  }
}

function place_of(raw: boolean, { url, room = '' }: Address): string {
  return `${raw ? 'raw ' : ''}${url}#${room}`;
}

/** Where somebody who came can be answered; '' nowhere: who has gone already has no address any more. */
function place_at({ raw, ip }: Socket, port: number): string {
  if (ip === '' || port === 0) return '';
  return place_of(raw, parse_address(network_socket_udp, ip, port, 'network_send_udp'));
}

export class Peers implements PeerTable {
  readonly #owner: Socket;
  readonly #all = new Set<Peer>();
  readonly #of = new Map<Socket, Peer>();
  readonly #places = new Map<string, Peer>();
  /** Peers by what the game calls them. */
  readonly #spelled = new Map<string, Peer>();
  #server: Server | undefined;

  constructor(owner: Socket) {
    this.#owner = owner;
  }

  get port(): number {
    return this.#server?.listening?.port ?? 0;
  }

  get size(): number {
    return this.#all.size;
  }

  *open(): Iterable<Socket> {
    for (const { socket } of this.#all) if (socket?.state === network_state_open) yield socket;
  }

  // ---- sending ----------------------------------------------------------------------------------------------------------

  /** Sends, or keeps the packet until the peer is reached. @throws RangeError the address is none */
  send(
    call: string,
    raw: boolean,
    url: string,
    port: number,
    b: Buf,
    size: number,
    latest: boolean,
  ): number {
    if (size > b.end - b.ptr || size > limit_of(this.#owner)) {
      this.#owner.count_drop('send_too_large');
      return network_error_too_large;
    }
    const spelling = `${raw ? 'raw ' : ''}${port} ${url}`;
    const peer = this.#spelled.get(spelling) ?? this.#find(call, spelling, raw, url, port);
    const { socket } = peer;
    peer.used_ms = clock.now();
    if (socket !== undefined && socket.state >= network_state_open) {
      const refusal = check_send(socket, b, size);
      if (refusal !== 0) return refusal;
      send_datagram(socket, b, size, latest);
      return size;
    }
    if (socket === undefined && !this.#dial(peer, raw, url)) {
      this.#owner.count_drop('unreachable');
      return network_error_not_open;
    }
    return this.#keep(peer, b, size, latest);
  }

  #find(call: string, spelling: string, raw: boolean, url: string, port: number): Peer {
    const address = find_address(network_socket_udp, plain_address(url), port, call);
    const place = place_of(raw, address);
    let peer = this.#places.get(place);
    if (peer === undefined) {
      this.#make_room();
      peer = new Peer(place, address);
      this.#add(peer);
    }
    if (this.#spelled.size >= MAX_SPELLINGS * setting(this.#owner, 'udp_peers')) {
      this.#spelled.clear();
    }
    this.#spelled.set(spelling, peer);
    return peer;
  }

  /** Starts to connect; false: it has just failed, and it is too early to try again. */
  #dial(peer: Peer, raw: boolean, url: string): boolean {
    const { address } = peer;
    if (address === undefined || clock.now() < peer.retry_at_ms) return false;
    const socket = add(new Socket(network_socket_udp, raw));
    socket.parent = this.#owner;
    [socket.ip, socket.port] = [url, address.port];
    socket.state = network_state_connecting;
    peer.socket = socket;
    this.#of.set(socket, peer);
    dial_line(socket, address);
    return peer.socket !== undefined;
  }

  #keep(peer: Peer, b: Buf, size: number, latest: boolean): number {
    const limit = setting(this.#owner, 'udp_queue_limit_bytes');
    if (peer.waiting.length > 0 && peer.waiting_bytes + size > limit) {
      this.#owner.count_drop('queue_full');
      return network_error_queue_full;
    }
    peer.waiting.push({ bytes: u8.slice(b.ptr, b.ptr + size), latest });
    // An empty packet costs memory too.
    peer.waiting_bytes += size + 64;
    return size;
  }

  // ---- peers that come and go -------------------------------------------------------------------------------------------

  #add(peer: Peer): void {
    if (this.#all.size === 0) start_beating(this, (now_ms) => this.#look(now_ms));
    this.#all.add(peer);
    if (peer.place !== '') this.#places.set(peer.place, peer);
  }

  #remove(peer: Peer): void {
    const { socket } = peer;
    peer.socket = undefined;
    if (socket !== undefined) this.#of.delete(socket);
    if (!this.#all.delete(peer)) return;
    if (this.#places.get(peer.place) === peer) this.#places.delete(peer.place);
    this.#misspell(peer);
    if (peer.waiting.length > 0) this.#owner.count_drop('unreachable', peer.waiting.length);
    if (socket !== undefined && socket.id >= 0) destroy_socket(socket, 1000, 'not used any more');
    if (this.#all.size === 0) stop_beating(this);
  }

  /** What the game calls this one is looked up anew. */
  #misspell(peer: Peer): void {
    for (const [spelling, other] of this.#spelled) {
      if (other === peer) this.#spelled.delete(spelling);
    }
  }

  /** Lets the longest unused one go when there are as many as may be; false: all were used lately. */
  #make_room(idle_ms = 0): boolean {
    if (this.#all.size < setting(this.#owner, 'udp_peers')) return true;
    const now_ms = clock.now();
    let oldest: Peer | undefined;
    let longest_ms = -1;
    for (const peer of this.#all) {
      const unused_ms = peer.idle_ms(now_ms) + (peer.socket === undefined ? IDLE_MS : 0);
      if (unused_ms > longest_ms) [oldest, longest_ms] = [peer, unused_ms];
    }
    if (oldest === undefined || longest_ms < idle_ms) return false;
    this.#remove(oldest);
    return true;
  }

  #look(now_ms: number): void {
    for (const peer of [...this.#all]) if (peer.idle_ms(now_ms) >= IDLE_MS) this.#remove(peer);
  }

  ready(socket: Socket): void {
    const peer = this.#of.get(socket) ?? this.#welcome(socket);
    peer.failures = 0;
    peer.ready_ms = peer.used_ms = clock.now();
    for (const { bytes, latest } of peer.waiting) send_kept(socket, bytes, latest);
    peer.waiting = [];
    peer.waiting_bytes = 0;
  }

  /** Somebody has come: gets a place where it can be answered. */
  #welcome(socket: Socket): Peer {
    const at = (port: number) => place_at(socket, port);
    const other = this.#places.get(at(socket.port));
    if (other !== undefined && is_silent(other, clock.now())) {
      this.#misspell(other);
      other.place = '';
    } else if (other !== undefined) {
      // Two behind one router, or one that has both called and was called.
      let name = FIRST_NAME;
      while (name <= LAST_NAME && this.#places.has(at(name))) name++;
      socket.port = name <= LAST_NAME ? name : 0;
    }
    const peer = new Peer(at(socket.port), undefined);
    peer.socket = socket;
    this.#of.set(socket, peer);
    this.#add(peer);
    return peer;
  }

  ended(socket: Socket, connected: boolean, reason: string, error: string): void {
    const peer = this.#of.get(socket);
    const { ip, port } = socket;
    remove(socket);
    if (peer === undefined) return;
    const now_ms = clock.now();
    const brief = connected && now_ms - peer.ready_ms < BRIEF_MS;
    if (peer.address === undefined || (connected && !brief)) {
      this.#remove(peer);
      return;
    }
    this.#of.delete(socket);
    peer.socket = undefined;
    const [base_ms, max_ms] = [
      setting(this.#owner, 'reconnect_delay_ms'),
      setting(this.#owner, 'reconnect_delay_max_ms'),
    ];
    peer.retry_at_ms = now_ms + backoff_ms(peer.failures++, base_ms, max_ms, clock.random());
    if (peer.waiting.length > 0) this.#owner.count_drop('unreachable', peer.waiting.length);
    peer.waiting = [];
    peer.waiting_bytes = 0;
    emit_unreached(this.#owner, ip, port, reason, error);
  }

  close(): void {
    for (const peer of [...this.#all]) this.#remove(peer);
    this.#server?.listening?.close();
    if (this.#server !== undefined) remove(this.#server);
    this.#server = undefined;
  }

  /** Takes packets on a port: 0, or a negative `network_error_*`. @throws NetError `package_missing` */
  listen(port: number): number {
    const owner = this.#owner;
    const bound = bind_port(owner, port, {
      has_room: () => this.#make_room(PUSHED_OUT_MS),
      left: () => setting(owner, 'udp_peers') - this.#all.size,
      failed: (reason) => {
        const { id } = owner;
        this.close();
        emit('networking', { type: network_type_disconnect, id, socket: id, ip: '', port, reason });
      },
    });
    if (typeof bound === 'number') return bound;
    this.#server = bound;
    return 0;
  }
}

/** Whether nobody is there any more, as far as can be told. */
function is_silent({ socket }: Peer, now_ms: number): boolean {
  if (socket === undefined || socket.state === network_state_closed) return true;
  if (socket.state < network_state_open) return false;
  return now_ms - (socket.heartbeat?.heard_ms ?? 0) >= SILENT_MS;
}
