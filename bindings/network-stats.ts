// network_get_stats: what went over a socket or server, what did not, and how far away the peer is.
import { network_state_listening } from './constants.js';
import { buffered_bytes } from './network-out.js';
import { find } from './sockets.js';

/** Counters since the socket was made. */
export interface NetworkStats {
  state: number;
  /** A server, or a socket that was bound to one: its own port. Another socket: its peer's. */
  port: number;
  /** Payload bytes. Of a server: of all its clients, also those that have left. */
  bytes_in: number;
  bytes_out: number;
  packets_in: number;
  packets_out: number;
  /** Bytes that wait to be sent. */
  buffered_bytes: number;
  /** Bytes sent, or to be sent, that the peer of a session has not acknowledged; they survive the loss of the link. */
  unacknowledged_bytes: number;
  /** Clients of a server, those that are expected back among them; peers that a socket keeps for `network_send_udp`. */
  clients: number;
  /** Refused packets and connections, by reason. */
  drops: Record<string, number>;
  /** Milliseconds there and back, smoothed; undefined before the first measurement, and for servers. */
  round_trip_ms: number | undefined;
  /**
   * UDP: share of packets lost lately, 0 to 1, smoothed over some seconds: of those that the peer has sent, and of ours, as the peer
   * tells. Undefined elsewhere.
   */
  loss: number | undefined;
  loss_out: number | undefined;
  /** UDP: how unevenly packets come in, in milliseconds, smoothed (RFC 3550). Undefined elsewhere. */
  jitter_ms: number | undefined;
  /** Milliseconds by which the peer's clock is ahead of ours; undefined where it does not tell. */
  clock_offset_ms: number | undefined;
  /** Sub-protocol that was agreed on, or ''. */
  protocol: string;
}

/** Counters of a socket or server, or undefined for an id that is gone. @throws TypeError not a number */
export function network_get_stats(socket: number): NetworkStats | undefined {
  const entry = find(socket, 'network_get_stats');
  if (entry === undefined) return undefined;
  if (entry.role === 'socket') entry.connection?.datagrams?.settle(entry);
  const { bytes_in, bytes_out, packets_in, packets_out, drops } = entry.counters;
  const counted = { bytes_in, bytes_out, packets_in, packets_out, drops: { ...drops } };
  if (entry.role === 'socket') {
    const datagrams = entry.connection?.datagrams;
    return {
      state: entry.state,
      port: entry.peers?.port || entry.port,
      ...counted,
      buffered_bytes: buffered_bytes(entry),
      unacknowledged_bytes: entry.session?.kept_bytes ?? 0,
      clients: entry.peers?.size ?? 0,
      loss: datagrams?.stats.loss,
      loss_out: datagrams?.loss_out,
      jitter_ms: datagrams?.stats.jitter_ms,
      round_trip_ms: entry.heartbeat?.round_trip_ms,
      clock_offset_ms: entry.heartbeat?.clock_offset_ms,
      protocol: entry.protocol,
    };
  }
  let buffered = 0;
  let unacknowledged = 0;
  for (const client of entry.clients) {
    buffered += buffered_bytes(client);
    unacknowledged += client.session?.kept_bytes ?? 0;
  }
  return {
    state: network_state_listening,
    port: entry.listening?.port ?? 0,
    ...counted,
    buffered_bytes: buffered,
    unacknowledged_bytes: unacknowledged,
    clients: entry.clients.size,
    loss: undefined,
    loss_out: undefined,
    jitter_ms: undefined,
    round_trip_ms: undefined,
    clock_offset_ms: undefined,
    protocol: '',
  };
}
