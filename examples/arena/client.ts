// One player's connection to the arena: joins, sends inputs, keeps the latest snapshots. Pages and bots use the same one.
import {
  async_on,
  buffer_create,
  buffer_delete,
  buffer_grow,
  type NetworkingEvent,
  network_connect,
  network_create_socket,
  network_destroy,
  network_send_packet,
  network_socket_tcp,
  network_socket_wss,
  network_type_data,
  network_type_disconnect,
  network_type_non_blocking_connect,
} from 'bytewire';
import {
  KIND_JOINED,
  KIND_LEFT,
  KIND_PONG,
  KIND_WELCOME,
  MALFORMED,
  new_server_message,
  read_server_message,
  write_input,
  write_join,
  write_ping,
} from './protocol.js';
import { KIND_SNAPSHOT, new_snapshot, type Snapshot } from './snapshot.js';

/** Snapshots kept: a second of them, for drawing between any two, where nothing else is asked for. */
const HISTORY = 30;

export type ClientState = 'connecting' | 'joining' | 'playing' | 'closed';

export interface ClientHooks {
  /** After each snapshot, with the newest one. */
  on_snapshot?(client: ArenaClient, snapshot: Snapshot): void;
  /** Once, when the connection failed, was lost or was closed; `reason` is for people. */
  on_closed?(client: ArenaClient, reason: string): void;
}

/** One listener serves all clients of this process, and lives only while there is one. */
const clients = new Map<number, ArenaClient>();
let stop_listening: (() => void) | undefined;

function register(client: ArenaClient): void {
  clients.set(client.socket, client);
  stop_listening ??= async_on('networking', (event) => clients.get(event.id)?.receive(event));
}

function unregister(client: ArenaClient): void {
  clients.delete(client.socket);
  if (clients.size > 0) return;
  stop_listening?.();
  stop_listening = undefined;
}

export class ArenaClient {
  readonly socket: number;
  state: ClientState = 'connecting';
  id = -1;
  width = 0;
  height = 0;
  tick_hz = 30;
  readonly names = new Map<number, string>();
  /** Round trip of the last ping; undefined until one came back. */
  rtt_ms: number | undefined;

  packets_in = 0;
  packets_out = 0;
  bytes_in = 0;
  bytes_out = 0;
  inputs_out = 0;
  snapshots_in = 0;
  /** Ticks that never came, though the server sends every one. */
  lost = 0;
  malformed = 0;
  /** Packets that the library did not take (queue full, connection gone). */
  refused = 0;

  private readonly message = new_server_message();
  private readonly history: Snapshot[];
  private readonly arrivals_ms: number[];
  private readonly out = buffer_create(64, buffer_grow, 1);

  constructor(
    url: string,
    private readonly name: string,
    private readonly hooks: ClientHooks = {},
    private readonly kept = HISTORY,
    private readonly now_ms: () => number = () => performance.now(),
  ) {
    this.history = Array.from({ length: kept }, new_snapshot);
    this.arrivals_ms = new Array<number>(kept).fill(0);
    const secure = url.startsWith('wss:');
    this.socket = network_create_socket(secure ? network_socket_wss : network_socket_tcp);
    register(this);
    // Port 0: the URL names it.
    if (network_connect(this.socket, url, 0) < 0) this.end('the connection could not be started');
  }

  /** The snapshot that came `ago` snapshots before the newest (0), or undefined. */
  snapshot(ago = 0): Snapshot | undefined {
    if (ago >= Math.min(this.snapshots_in, this.kept)) return undefined;
    return this.history[(this.snapshots_in - 1 - ago) % this.kept];
  }

  /** When {@link snapshot}(ago) came, on this client's clock. */
  arrival_ms(ago = 0): number {
    return this.arrivals_ms[(this.snapshots_in - 1 - ago) % this.kept];
  }

  /** Sends what the player does now. The number goes up only when the packet was taken. */
  send_input(keys: number, heading: number): void {
    if (this.state !== 'playing') return;
    if (this.send(write_input(this.out, this.inputs_out + 1, keys, heading))) this.inputs_out++;
  }

  send_ping(): void {
    if (this.state === 'playing') this.send(write_ping(this.out, this.now_ms()));
  }

  /** Leaves. Safe to call at any time, also twice. */
  close(reason = 'left'): void {
    this.end(reason);
  }

  /** For the listener above. */
  receive(event: NetworkingEvent): void {
    if (this.state === 'closed') return;
    if (event.type === network_type_non_blocking_connect) {
      if (event.succeeded) this.join();
      else this.end('the server cannot be reached');
    } else if (event.type === network_type_disconnect) {
      this.end('the connection was lost');
    } else if (event.type === network_type_data) {
      this.packets_in++;
      this.bytes_in += event.size;
      this.read(event.buffer, event.size);
    }
  }

  private join(): void {
    this.state = 'joining';
    this.send(write_join(this.out, this.name));
  }

  private read(buffer: number, size: number): void {
    const message = this.message;
    message.snapshot = this.history[this.snapshots_in % this.kept];
    message.width = this.width;
    message.height = this.height;
    switch (read_server_message(buffer, size, message)) {
      case KIND_WELCOME:
        this.id = message.id;
        this.width = message.width;
        this.height = message.height;
        this.tick_hz = message.tick_hz;
        for (const [id, name] of message.names) this.names.set(id, name);
        this.state = 'playing';
        break;
      case KIND_SNAPSHOT:
        this.take_snapshot(message.snapshot);
        break;
      case KIND_PONG: {
        const rtt_ms = this.now_ms() - message.sent_ms;
        if (rtt_ms >= 0) this.rtt_ms = rtt_ms;
        break;
      }
      case KIND_JOINED:
        this.names.set(message.id, message.name);
        break;
      case KIND_LEFT:
        this.names.delete(message.id);
        break;
      case MALFORMED:
        this.malformed++;
        this.end('the server speaks another language');
    }
  }

  private take_snapshot(snapshot: Snapshot): void {
    const before = this.snapshot();
    if (before !== undefined) this.lost += Math.max(0, snapshot.tick - before.tick - 1);
    this.arrivals_ms[this.snapshots_in % this.kept] = this.now_ms();
    this.snapshots_in++;
    this.hooks.on_snapshot?.(this, snapshot);
  }

  private send(size: number): boolean {
    const sent = network_send_packet(this.socket, this.out, size);
    if (sent < 0) {
      this.refused++;
      return false;
    }
    this.packets_out++;
    this.bytes_out += sent;
    return true;
  }

  private end(reason: string): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    unregister(this);
    network_destroy(this.socket);
    buffer_delete(this.out);
    this.hooks.on_closed?.(this, reason);
  }
}
