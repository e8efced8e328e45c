// Servers over WebRTC as servers of the network functions: on a port in Node, in a room anywhere; and rooms for others.
import { host } from '#host';
import { integer_in, known_keys, options_object, show, text } from './check.js';
import {
  network_error_address,
  network_error_unsupported,
  network_socket_udp,
} from './constants.js';
import { NetError } from './errors.js';
import { host_task } from './events.js';
import type { Listening, ListenOwner } from './host/types.js';
import { refusal_of } from './network-admission.js';
import { check_ice_servers, ice_servers_of, setting } from './network-config.js';
import { type Entrance, Hosting } from './network-host.js';
import { enter_room } from './network-room.js';
import { type SeatOwner, Seats, seats_of } from './network-seats.js';
import type { ServerOptions } from './network-server.js';
import { type Hub, leave_hub, open_door, type RoomOptions, take_hub } from './rtc/signaling-hub.js';
import { is_token } from './rtc/signaling-message.js';
import type { PeerConfig } from './rtc/types.js';
import { same_text } from './same-text.js';
import type { Server } from './sockets.js';

/** Origins as browsers send them: another spelling would never be met. */
export function check_origins(origins: unknown[], what: string): void {
  for (const origin of origins) {
    const name = text(origin, `an entry of ${what}`);
    // Pages of no origin send `null`; other schemes than these (apps) have no canonical form.
    const is_web = /^https?:/i.test(name);
    const is_right = is_web
      ? URL.canParse(name) && new URL(name).origin === name
      : name === 'null' || /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@]*$/.test(name);
    if (!is_right) {
      throw new RangeError(
        `${what} must be origins like https://game.example, without a path, got ${show(name)}`,
      );
    }
  }
}

/** What is wrong with the options that only WebRTC has. */
export function check_rtc_options(call: string, options: ServerOptions): void {
  const { rooms, password, join, udp_port, external_address, ice_servers } = options;
  if (rooms !== undefined && typeof rooms !== 'boolean') check_rooms(rooms, `${call}: rooms`);
  if (password !== undefined && !is_token(text(password, `${call}: password`))) {
    // Nobody could show it.
    throw new RangeError(
      `${call}: password must be a join token, at most 4096 characters, and 8192 bytes in JSON`,
    );
  }
  if (join !== undefined && typeof join !== 'function') {
    throw new TypeError(`${call}: join must be a function, got ${show(join)}`);
  }
  if (udp_port !== undefined) {
    check_udp_port(udp_port, `${call}: udp_port must be a port or [from, to], got `);
  }
  for (const address of external_address === undefined ? [] : [external_address].flat()) {
    if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text(address, `${call}: external_address`))) {
      throw new RangeError(
        `${call}: external_address must be IPv4 addresses, got ${show(address)}`,
      );
    }
  }
  if (ice_servers !== undefined) check_ice_servers(ice_servers, `${call}: ice_servers`);
}

const ROOM_OPTIONS: Record<keyof RoomOptions, true> = {
  max_rooms: true,
  connections_per_address: true,
  origin: true,
  may_host: true,
};

function check_rooms(rooms: RoomOptions, what: string): void {
  options_object(rooms, `${what}, where it is not true or false,`);
  known_keys(rooms, ROOM_OPTIONS, what);
  const { max_rooms, connections_per_address, origin, may_host } = rooms;
  if (max_rooms !== undefined) integer_in(max_rooms, 0, 0x7fffffff, `${what}.max_rooms`);
  if (connections_per_address !== undefined) {
    integer_in(connections_per_address, 0, 0x7fffffff, `${what}.connections_per_address`);
  }
  if (origin !== undefined && !Array.isArray(origin)) {
    throw new TypeError(`${what}.origin must be an array, got ${show(origin)}`);
  }
  if (origin !== undefined) check_origins(origin, `${what}.origin`);
  if (may_host !== undefined && typeof may_host !== 'function') {
    throw new TypeError(`${what}.may_host must be a function, got ${show(may_host)}`);
  }
}

function check_udp_port(ports: unknown, what: string): void {
  const range: unknown = typeof ports === 'number' ? [ports, ports] : ports;
  if (!Array.isArray(range)) throw new TypeError(what + show(ports));
  const is_port = (n: unknown) =>
    Number.isInteger(n) && (n as number) >= 1 && (n as number) <= 65_535;
  if (range.length !== 2 || !range.every(is_port) || range[0] > range[1]) {
    throw new RangeError(what + (typeof ports === 'number' ? ports : `[${range.slice(0, 4)}]`));
  }
}

/** Why a caller may not come in. */
type Refusal = Entrance['refusal'];

function refusal_by(server: Server, options: ServerOptions): Refusal {
  return (caller, was_asked) => {
    const refusal = refusal_of(server, options, caller, was_asked);
    if (!(refusal instanceof Promise)) return refusal?.[0];
    return refusal.then((decide) => () => decide()?.[0]);
  };
}

function entrance_of(
  server: Server,
  options: ServerOptions,
  owner: ListenOwner,
  refusal: Refusal = refusal_by(server, options),
  seats = seats_of(server),
): Entrance {
  const { password, join } = options;
  const check: Entrance['join'] =
    password === undefined
      ? join
      : (request) => {
          if (!same_text(request.token, password)) return 'wrong password';
          return join?.(request) ?? true;
        };
  return {
    server,
    seats,
    refusal,
    entered: (link, caller) => owner.entered(link, caller),
    ...(check && { join: check }),
  };
}

/** @throws NetError `package_missing`: that can be helped */
function has_webrtc(): boolean {
  try {
    host.rtc.check();
    return true;
  } catch (error) {
    if (error instanceof NetError && error.code === 'unsupported') return false;
    throw error;
  }
}

/** A UDP server of Node: signaling on a TCP port, everything else on one UDP port. */
export function listen_udp(
  server: Server,
  port: number,
  options: ServerOptions,
  owner: ListenOwner,
  refusal?: Refusal,
  seats?: SeatOwner,
): Listening | number {
  if (!has_webrtc()) return network_error_unsupported;
  const { udp_port, external_address, rooms, path, key, cert } = options;
  const hub = take_hub({ port, host: options.host, server: options.server, path, key, cert });
  if (typeof hub === 'number') return hub;
  const bind =
    options.host !== undefined && /^[\d.]+$/.test(options.host) ? options.host : undefined;
  let ready: Promise<PeerConfig> | undefined;
  const config = async (): Promise<PeerConfig> => {
    const where = { ice_servers: [], ...(bind !== undefined && { bind }) };
    if (udp_port !== undefined && typeof udp_port !== 'number')
      return { ...where, ports: udp_port };
    const wanted = udp_port ?? hub.listening?.port ?? 0;
    const found = await host.rtc.free_port(wanted, udp_port === undefined, bind);
    if (found < 0) throw new NetError('connect_failed', `the UDP port ${wanted} is taken`);
    return { ...where, ports: [found, found] };
  };
  const hosting = new Hosting({
    room: () => '',
    config: () => {
      ready ??= config();
      return ready;
    },
    ice_servers: () => ice_servers_of(setting(server, 'ice_servers')),
    external: [external_address ?? []].flat(),
    can_restart: host.rtc.can_restart,
  });
  hosting.entrances.set(
    false,
    entrance_of(server, options, owner, refusal, seats && new Seats(seats)),
  );
  if (!open_door(hub, hosting)) {
    leave_hub(hub);
    return network_error_address;
  }
  set_up(hub, server, rooms);
  hub.failed = (reason) => owner.failed(reason);
  if (udp_port !== undefined) {
    ready = config();
    ready.catch((error: Error) => host_task(() => server.id >= 0 && owner.failed(error.message)));
  }
  return {
    get port() {
      return hub.listening?.port ?? 0;
    },
    http: hub.listening?.http,
    set_max_message() {},
    close() {
      hosting.leave(server);
      leave_hub(hub, hosting);
    },
  };
}

function set_up(hub: Hub, server: Server, rooms: boolean | RoomOptions | undefined): void {
  hub.count = (reason) => {
    if (server.id >= 0) server.counters.drop(reason);
  };
  hub.ice_servers = () => ice_servers_of(setting(server, 'ice_servers'));
  if (rooms !== undefined && rooms !== false) hub.rooms = rooms === true ? {} : rooms;
}

/** A WebSocket server that is a signaling server too. */
export function with_rooms(
  server: Server,
  listening: Listening,
  rooms: true | RoomOptions,
  path: string | undefined,
): Listening | number {
  const hub = take_hub({ port: 0, server: listening.http, path });
  if (typeof hub === 'number') {
    listening.close();
    return hub;
  }
  set_up(hub, server, rooms);
  return {
    get port() {
      return listening.port;
    },
    http: listening.http,
    set_max_message: (bytes) => listening.set_max_message(bytes),
    close() {
      leave_hub(hub);
      listening.close();
    },
  };
}

/** A server in a room of the signaling server that is set: pages can be one, too. */
export function listen_room(
  call: string,
  server: Server,
  name: { name: string; made_up: boolean },
  options: ServerOptions,
  owner: ListenOwner,
): Listening | number {
  const url = setting(undefined, 'signaling_url');
  if (url === '') {
    throw new RangeError(`${call}: set network_config_signaling_url before opening a room`);
  }
  if (!has_webrtc()) return network_error_unsupported;
  const reliable = server.type !== network_socket_udp;
  const room = enter_room(
    server,
    reliable,
    url,
    name,
    { external: [options.external_address ?? []].flat(), can_restart: host.rtc.can_restart },
    (reason, word) => owner.failed(reason, word),
  );
  if (room === undefined) return network_error_address;
  room.hosting.entrances.set(reliable, entrance_of(server, options, owner));
  return { port: 0, set_max_message() {}, close: () => room.leave(server) };
}
