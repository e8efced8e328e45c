// What is looked at by the clock: is the peer alive, does its link move, has it been told what came in, is its session over?
import { network_state_open, network_state_resuming } from './constants.js';
import { setting } from './network-config.js';
import { ended, lost } from './network-end.js';
import type { Socket } from './sockets.js';

/** A UDP peer is probed that often at least, so that loss and round trip are of now. */
const MEASURE_MS = 1000;

/** Called at every beat of a socket; `away_ms` is above 0 when this process was away for so long. */
export function beat(socket: Socket, now_ms: number, away_ms: number): void {
  const { connection, heartbeat, session } = socket;
  if (connection === undefined) {
    const over = session !== undefined && now_ms - session.lost_at_ms >= session.window_ms;
    if (socket.state === network_state_resuming && over) ended(socket, 'resume window is over');
    return;
  }
  if (socket.state !== network_state_open) return;
  if (session?.owes_ack) connection.acknowledge();
  connection.datagrams?.beat(socket, now_ms);
  if (connection.link.is_stalled?.(now_ms, away_ms)) {
    socket.count_drop('stalled');
    connection.link.cut();
    lost(socket, 'the connection has stalled', 1006);
    return;
  }
  if (heartbeat === undefined || !connection.can_probe) return;
  if (away_ms > 0) heartbeat.forgive(away_ms);
  let interval_ms = setting(socket, 'heartbeat_interval_ms');
  if (connection.datagrams !== undefined) interval_ms = Math.min(interval_ms, MEASURE_MS);
  // Beats are a quarter of a second apart: early rather than late.
  const due = heartbeat.poll(now_ms, interval_ms, setting(socket, 'heartbeat_timeout_ms') - 250);
  if (due === 'probe') connection.probe();
  else if (due === 'dead') {
    socket.count_drop('dead_peer');
    connection.link.cut();
    lost(socket, 'no sign of life from the peer', 1006);
  }
}
