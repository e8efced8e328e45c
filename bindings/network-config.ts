// Settings of the network functions: for all, for a server and its clients, or for one socket.
import { integer, integer_in, show, text, url_of } from './check.js';
import { clock, type Timer } from './clock.js';
import {
  network_config_avoid_time_wait,
  network_config_bytes_per_second,
  network_config_coalesce,
  network_config_connect_timeout,
  network_config_connections_per_address,
  network_config_disable_reliable_udp,
  network_config_enable_reliable_udp,
  network_config_extensions,
  network_config_handshake_timeout,
  network_config_heartbeat_interval,
  network_config_heartbeat_timeout,
  network_config_ice_servers,
  network_config_join_token,
  network_config_message_size_limit,
  network_config_messages_per_second,
  network_config_queue_limit,
  network_config_queue_policy,
  network_config_reconnect,
  network_config_reconnect_delay,
  network_config_reconnect_delay_max,
  network_config_relay_only,
  network_config_resolver_url,
  network_config_resume_buffer,
  network_config_resume_window,
  network_config_signaling_url,
  network_config_simulator,
  network_config_udp_peers,
  network_config_udp_queue_limit,
  network_config_use_non_blocking_socket,
  network_config_websocket_protocol,
  network_error_not_open,
  network_error_unsupported,
  network_socket_udp,
} from './constants.js';
import { HEADER_BYTES } from './framing.js';
import { is_token, read_ice_servers } from './rtc/signaling-message.js';
import type { IceServer } from './rtc/types.js';
import { type Entry, find, type Server, type Socket } from './sockets.js';
import type { SimulatorOptions } from './transport/simulator.js';

const MIB = 1024 * 1024;

/** Everything that can be set; 0 turns a limit or a habit off where that is allowed. */
export interface Settings {
  connect_timeout_ms: number;
  handshake_timeout_ms: number;
  protocol: string;
  /** Payload bytes; 0: the default of the role. */
  message_size_limit: number;
  queue_limit_bytes: number;
  queue_policy: number;
  coalesce: number;
  heartbeat_interval_ms: number;
  heartbeat_timeout_ms: number;
  reconnect: number;
  reconnect_delay_ms: number;
  reconnect_delay_max_ms: number;
  resume_window_ms: number;
  resume_buffer_bytes: number;
  simulator: SimulatorOptions | 0;
  resolver_url: string;
  messages_per_second: number;
  bytes_per_second: number;
  connections_per_address: number;
  extensions: number;
  signaling_url: string;
  ice_servers: IceServers;
  join_token: string;
  udp_queue_limit_bytes: number;
  udp_peers: number;
  relay_only: number;
}

/** STUN and TURN servers, or a function that is asked for them at each connection. */
export type IceServers = IceServer[] | (() => IceServer[] | Promise<IceServer[]>);

const settings: Settings = {
  connect_timeout_ms: 10_000,
  handshake_timeout_ms: 10_000,
  protocol: '',
  message_size_limit: 0,
  queue_limit_bytes: 16 * MIB,
  queue_policy: 0,
  coalesce: 1,
  heartbeat_interval_ms: 5000,
  heartbeat_timeout_ms: 15_000,
  reconnect: 0,
  reconnect_delay_ms: 500,
  reconnect_delay_max_ms: 10_000,
  resume_window_ms: 30_000,
  resume_buffer_bytes: MIB,
  simulator: 0,
  resolver_url: '',
  messages_per_second: 250_000,
  bytes_per_second: 256 * MIB,
  connections_per_address: 1024,
  extensions: 1,
  signaling_url: '',
  ice_servers: [],
  join_token: '',
  udp_queue_limit_bytes: 64 * 1024,
  udp_peers: 64,
  relay_only: 0,
};

/** What holds for a socket or server: its own setting, else its server's, else everybody's. */
export function setting<K extends keyof Settings>(entry: Entry | undefined, key: K): Settings[K] {
  const own = entry?.own?.[key];
  if (own !== undefined) return own as Settings[K];
  const above = entry?.role === 'socket' ? entry.above?.own?.[key] : undefined;
  return above === undefined ? settings[key] : (above as Settings[K]);
}

/** What a client takes from the server that it chose, and a server from anybody. */
const CLIENT_LIMIT_BYTES = 64 * MIB;
const ACCEPTED_LIMIT_BYTES = 4 * MIB;
/** A packet in parts, and the largest message of a data channel. */
const UDP_LIMIT_BYTES = 256 * 1024;
/** A message may carry several packets, so small limits leave room for them. */
const MIN_MESSAGE_BYTES = MIB;

/** Largest payload that a socket takes and sends. */
export function limit_of(entry: Socket | Server): number {
  if (entry.type === network_socket_udp) {
    return Math.min(setting(entry, 'message_size_limit') || UDP_LIMIT_BYTES, UDP_LIMIT_BYTES);
  }
  const accepted = entry.role === 'server' || entry.server !== undefined;
  const fallback = accepted ? ACCEPTED_LIMIT_BYTES : CLIENT_LIMIT_BYTES;
  return setting(entry, 'message_size_limit') || fallback;
}

/** Largest message of the transport that such packets need. */
export function max_message_bytes(limit: number): number {
  return Math.max(limit + HEADER_BYTES, MIN_MESSAGE_BYTES);
}

/** A number: which setting, from, to. */
type Rule = [key: keyof Settings, low: number, high: number];

const MS = 0x7fffffff;
const BYTES = 1024 * MIB;
const RULES: Record<number, Rule> = {
  [network_config_connect_timeout]: ['connect_timeout_ms', 1, MS],
  [network_config_handshake_timeout]: ['handshake_timeout_ms', 1, MS],
  [network_config_message_size_limit]: ['message_size_limit', 1, BYTES],
  [network_config_queue_limit]: ['queue_limit_bytes', 1, BYTES],
  [network_config_queue_policy]: ['queue_policy', 0, 1],
  [network_config_coalesce]: ['coalesce', 0, 1],
  [network_config_heartbeat_interval]: ['heartbeat_interval_ms', 0, MS],
  [network_config_heartbeat_timeout]: ['heartbeat_timeout_ms', 1, MS],
  [network_config_reconnect]: ['reconnect', 0, 1],
  [network_config_reconnect_delay]: ['reconnect_delay_ms', 1, MS],
  [network_config_reconnect_delay_max]: ['reconnect_delay_max_ms', 1, MS],
  [network_config_resume_window]: ['resume_window_ms', 0, MS],
  [network_config_resume_buffer]: ['resume_buffer_bytes', 1, BYTES],
  [network_config_messages_per_second]: ['messages_per_second', 0, MS],
  [network_config_bytes_per_second]: ['bytes_per_second', 0, 1024 * BYTES],
  [network_config_connections_per_address]: ['connections_per_address', 0, MS],
  [network_config_extensions]: ['extensions', 0, 1],
  [network_config_udp_queue_limit]: ['udp_queue_limit_bytes', 1, 16 * MIB],
  [network_config_udp_peers]: ['udp_peers', 1, 65_536],
  [network_config_relay_only]: ['relay_only', 0, 1],
};

const SIMULATOR_KEYS = [
  'seed',
  'latency_ms',
  'jitter_ms',
  'loss',
  'duplicate',
  'reorder',
  'reorder_ms',
  'bandwidth',
] as const;

function check_simulator(value: unknown): SimulatorOptions | 0 {
  if (value === 0) return 0;
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`network_set_config: a simulator is an object or 0, got ${show(value)}`);
  }
  for (const [key, n] of Object.entries(value)) {
    if (!SIMULATOR_KEYS.includes(key as 'seed')) {
      throw new RangeError(`network_set_config: a simulator has no ${show(key)}`);
    }
    if (typeof n !== 'number') {
      throw new TypeError(`network_set_config: ${key} must be a number, got ${show(n)}`);
    }
    const chance = key === 'loss' || key === 'duplicate' || key === 'reorder';
    if (!(n >= 0 && n <= (chance ? 1 : Number.MAX_SAFE_INTEGER))) {
      throw new RangeError(`network_set_config: ${key} cannot be ${n}`);
    }
  }
  return { ...(value as SimulatorOptions) };
}

function check_protocol(value: unknown): string {
  const name = text(value, 'network_set_config: protocol');
  if (!/^[\w!#$%&'*+.^`|~-]*$/.test(name)) {
    throw new RangeError(`network_set_config: ${show(value)} is not a sub-protocol name`);
  }
  return name;
}

function check_url(scheme: string, value: unknown, what: string): string {
  return value === '' ? '' : url_of(scheme, value, `network_set_config: ${what} url`);
}

/** A list, copied, or a function. */
export function check_ice_servers(value: unknown, call: string): IceServers {
  if (typeof value === 'function') return value as IceServers;
  const list = read_ice_servers(value);
  if (list === undefined) {
    throw new (Array.isArray(value) ? RangeError : TypeError)(
      `${call}: ICE servers are a list of at most 8 { urls: 'stun:...' or 'turn:...', username?, credential? }, or a function, got ${show(value)}`,
    );
  }
  return list;
}

function check_token(value: unknown): string {
  const token = text(value, 'network_set_config: join token');
  if (!is_token(token)) {
    throw new RangeError(
      'network_set_config: a join token has at most 4096 characters, and 8192 bytes in JSON',
    );
  }
  return token;
}

/** A function that is asked for them has so long. */
const ICE_MS = 5000;

/** The list of the moment. @throws RangeError (rejects) the function gives none, or not in time; what it throws */
export async function ice_servers_of(servers: IceServers): Promise<IceServer[]> {
  if (typeof servers !== 'function') return servers;
  let timer: Timer | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = clock.later(() => fail(new RangeError(`no list after ${ICE_MS} ms`)), ICE_MS);
  });
  try {
    const list = read_ice_servers(await Promise.race([servers(), late]));
    if (list === undefined) throw new RangeError('the function gave no list of ICE servers');
    return list;
  } finally {
    clock.cancel(timer);
  }
}

/**
 * Changes a setting; says which entry it was for (undefined: all), or a result code. Arguments are checked here.
 * @internal
 */
export function change_setting(
  param: number,
  value: unknown,
  target: number | undefined,
): { entry: Entry | undefined; key: keyof Settings } | number {
  let key: keyof Settings;
  let checked: number | string | object;
  const rule = RULES[integer(param, 'network_set_config: param')];
  if (rule !== undefined) {
    key = rule[0];
    checked = integer_in(value, rule[1], rule[2], `network_set_config: ${key}`);
  } else if (param === network_config_websocket_protocol) {
    [key, checked] = ['protocol', check_protocol(value)];
  } else if (param === network_config_resolver_url) {
    [key, checked] = ['resolver_url', check_url('http', value, 'resolver')];
  } else if (param === network_config_simulator) {
    [key, checked] = ['simulator', check_simulator(value)];
  } else if (param === network_config_signaling_url) {
    [key, checked] = ['signaling_url', check_url('ws', value, 'signaling')];
  } else if (param === network_config_ice_servers) {
    [key, checked] = ['ice_servers', check_ice_servers(value, 'network_set_config')];
  } else if (param === network_config_join_token) {
    [key, checked] = ['join_token', check_token(value)];
  } else if (
    param === network_config_use_non_blocking_socket ||
    param === network_config_enable_reliable_udp ||
    param === network_config_disable_reliable_udp ||
    param === network_config_avoid_time_wait
  ) {
    return network_error_unsupported;
  } else throw new RangeError(`network_set_config: there is no setting ${show(param)}`);
  if (target === undefined) {
    (settings as unknown as Record<string, unknown>)[key] = checked;
    return { entry: undefined, key };
  }
  const entry = find(target, 'network_set_config');
  if (entry === undefined) return network_error_not_open;
  if (key === 'message_size_limit') {
    const bytes = checked as number;
    if (entry.role === 'server') {
      entry.message_cap_bytes = max_message_bytes(bytes);
      entry.listening?.set_max_message(entry.message_cap_bytes);
    } else if (entry.connection !== undefined && bytes + HEADER_BYTES > entry.message_cap_bytes) {
      // The host was told when the link was made, and cannot be told again.
      return network_error_unsupported;
    }
  }
  entry.own ??= {};
  (entry.own as Record<string, unknown>)[key] = checked;
  return { entry, key };
}
