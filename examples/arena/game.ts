// The server's side of the game: who is connected, what they sent, one snapshot to all at every tick.
import type { Server } from 'node:http';
import {
  async_on,
  buffer_create,
  buffer_delete,
  buffer_grow,
  type NetworkingEvent,
  network_create_server,
  network_destroy,
  network_send_packet,
  network_socket_tcp,
  network_type_connect,
  network_type_data,
  network_type_disconnect,
} from 'bytewire';
import {
  GAME_PATH,
  KIND_INPUT,
  KIND_JOIN,
  KIND_PING,
  new_client_message,
  PROTOCOL_VERSION,
  read_client_message,
  write_joined,
  write_left,
  write_pong,
  write_welcome,
} from './protocol.js';
import { MAX_SHIPS } from './rules.js';
import { write_snapshot } from './snapshot.js';
import { add_ship, new_world, step_world, type World } from './world.js';

export const TICK_HZ = 30;

/** A connection that has not joined after this many ticks is shown the door. */
const JOIN_TICKS = 10 * TICK_HZ;
/** A client that takes no snapshot for this many ticks is gone, whatever its socket says. */
const STUCK_TICKS = 10 * TICK_HZ;

/** What the server knows of one connection, in the server's view: `in` is from the client. */
export interface Connection {
  readonly socket: number;
  readonly since_tick: number;
  /** -1 until joined. */
  player: number;
  name: string;
  packets_in: number;
  packets_out: number;
  bytes_in: number;
  bytes_out: number;
  inputs_in: number;
  snapshots_out: number;
  /** Number of the last input; the next one must be one higher. */
  last_input: number;
  stuck_ticks: number;
}

/** Counters over the whole life of the game, connections that have left included. */
export interface Totals {
  packets_in: number;
  packets_out: number;
  bytes_in: number;
  bytes_out: number;
  /** Inputs that never came, by the gaps in their numbers. */
  lost: number;
  /** Packets that were no message of the protocol, or came out of turn. */
  malformed: number;
  /** Packets that the library did not take: queue full or connection gone. */
  refused: number;
}

export class Game {
  readonly world: World;
  readonly connections = new Map<number, Connection>();
  readonly totals: Totals = {
    packets_in: 0,
    packets_out: 0,
    bytes_in: 0,
    bytes_out: 0,
    lost: 0,
    malformed: 0,
    refused: 0,
  };

  private readonly server: number;
  private readonly stop_listening: () => void;
  private readonly out = buffer_create(1024, buffer_grow, 1);
  private readonly message = new_client_message();
  private readonly names = new Map<number, string>();
  private next_player = 1;

  /** Listens on a server that serves the page as well; port 0, because that server has its own. */
  constructor(http: Server, seed: number) {
    this.world = new_world(seed, TICK_HZ);
    this.stop_listening = async_on('networking', (event) => this.receive(event));
    this.server = network_create_server(network_socket_tcp, 0, MAX_SHIPS, {
      server: http,
      path: GAME_PATH,
    });
    if (this.server < 0) throw new Error(`the game cannot listen on ${GAME_PATH}: ${this.server}`);
  }

  get players(): number {
    return this.names.size;
  }

  /** One step of the world, written once, sent to everybody who has joined. */
  tick(): void {
    step_world(this.world, 1 / TICK_HZ);
    const size = write_snapshot(this.out, this.world);
    for (const connection of this.connections.values()) {
      if (connection.player < 0) continue;
      if (this.send(connection, size)) {
        connection.snapshots_out++;
        connection.stuck_ticks = 0;
      } else {
        connection.stuck_ticks++;
      }
    }
    this.drop_idle();
  }

  /** After the snapshot is out: a farewell to the others is written into the same buffer. */
  private drop_idle(): void {
    for (const connection of this.connections.values()) {
      const waiting = connection.player < 0 ? this.world.tick - connection.since_tick : 0;
      if (waiting > JOIN_TICKS || connection.stuck_ticks > STUCK_TICKS) this.drop(connection);
    }
  }

  /** Ends every connection and stops listening; the http server stays its owner's business. */
  close(): void {
    this.stop_listening();
    this.connections.clear();
    network_destroy(this.server);
    buffer_delete(this.out);
  }

  private receive(event: NetworkingEvent): void {
    if (event.type === network_type_data) {
      const connection = this.connections.get(event.id);
      if (connection !== undefined) this.take(connection, event.buffer, event.size);
    } else if (event.id === this.server && event.type === network_type_connect) {
      this.connections.set(event.socket, {
        socket: event.socket,
        since_tick: this.world.tick,
        player: -1,
        name: '',
        packets_in: 0,
        packets_out: 0,
        bytes_in: 0,
        bytes_out: 0,
        inputs_in: 0,
        snapshots_out: 0,
        last_input: 0,
        stuck_ticks: 0,
      });
    } else if (event.id === this.server && event.type === network_type_disconnect) {
      const connection = this.connections.get(event.socket);
      if (connection !== undefined) this.forget(connection);
    }
  }

  private take(connection: Connection, buffer: number, size: number): void {
    connection.packets_in++;
    connection.bytes_in += size;
    this.totals.packets_in++;
    this.totals.bytes_in += size;
    const message = this.message;
    const kind = read_client_message(buffer, size, message);
    const joined = connection.player >= 0;
    if (kind === KIND_INPUT && joined) this.take_input(connection);
    else if (kind === KIND_PING && joined) {
      this.send(connection, write_pong(this.out, message.sent_ms));
    } else if (kind === KIND_JOIN && !joined && message.version === PROTOCOL_VERSION) {
      this.join(connection, message.name);
    } else {
      this.totals.malformed++;
      this.drop(connection);
    }
  }

  private take_input(connection: Connection): void {
    const { sequence, keys, heading } = this.message;
    const step = sequence - connection.last_input;
    if (step < 1) {
      // This transport neither repeats nor reorders: such a number was made up.
      this.totals.malformed++;
      this.drop(connection);
      return;
    }
    this.totals.lost += step - 1;
    connection.last_input = sequence;
    connection.inputs_in++;
    const ship = this.world.ships.get(connection.player);
    if (ship === undefined) return;
    ship.keys = keys;
    ship.heading = heading;
    ship.ack = sequence & 0xffff;
  }

  private join(connection: Connection, name: string): void {
    const player = this.free_player();
    connection.player = player;
    connection.name = name;
    this.names.set(player, name);
    add_ship(this.world, player);
    this.send(connection, write_welcome(this.out, player, this.world, this.names));
    this.send_others(connection, write_joined(this.out, player, name));
  }

  /** Numbers are 16 bits on the wire and must not come back at once, so they go round. */
  private free_player(): number {
    while (this.names.has(this.next_player)) this.next_player = (this.next_player % 65535) + 1;
    const player = this.next_player;
    this.next_player = (player % 65535) + 1;
    return player;
  }

  private drop(connection: Connection): void {
    this.forget(connection);
    network_destroy(connection.socket);
  }

  private forget(connection: Connection): void {
    this.connections.delete(connection.socket);
    if (connection.player < 0) return;
    this.names.delete(connection.player);
    this.world.ships.delete(connection.player);
    this.send_others(connection, write_left(this.out, connection.player));
  }

  private send_others(than: Connection, size: number): void {
    for (const connection of this.connections.values()) {
      if (connection !== than && connection.player >= 0) this.send(connection, size);
    }
  }

  /** Sends the first `size` bytes of the one buffer that all messages are written into. */
  private send(connection: Connection, size: number): boolean {
    const sent = network_send_packet(connection.socket, this.out, size);
    if (sent < 0) {
      this.totals.refused++;
      return false;
    }
    connection.packets_out++;
    connection.bytes_out += sent;
    this.totals.packets_out++;
    this.totals.bytes_out += sent;
    return true;
  }
}
