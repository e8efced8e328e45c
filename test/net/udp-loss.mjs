// Streams of packets both ways over a network that loses some: how much arrives, and how long nothing does.
// usage: node udp-loss.mjs '{"ticks": 2500}'   real loss, if any, is that of the network namespace that it runs in
import { execFileSync } from 'node:child_process';
import * as bw from 'bytewire';

const { ticks, simulator = 0, cut_ms = 0 } = JSON.parse(process.argv[2] ?? '{}');
const TICK_MS = 4;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const next = (type, fits = () => true) =>
  new Promise((done) => {
    const off = bw.async_on('networking', (event) => {
      if (event.type !== type || !fits(event)) return;
      off();
      done(event);
    });
  });

const server = bw.network_create_server(bw.network_socket_udp, 0, 64);
const { port } = bw.network_get_stats(server);

async function pair() {
  const id = bw.network_create_socket(bw.network_socket_udp);
  const joined = next(bw.network_type_connect);
  const connected = next(bw.network_type_non_blocking_connect, (event) => event.id === id);
  bw.network_connect(id, '127.0.0.1', port);
  const { succeeded, reason } = await connected;
  if (succeeded !== 1) throw new Error(reason);
  return [id, (await joined).socket];
}

// One pair at 1000 packets a second, one at 60: so many at a tick, and no more when ticks come late, so that a machine that is
// away for a while makes no hole.
const streams = [];
for (const [every, count] of [
  [1, 4],
  [4, 1],
]) {
  const [a, b] = await pair();
  for (const [from, to] of [
    [a, b],
    [b, a],
  ]) {
    streams.push({
      from,
      to,
      every,
      count,
      sent: 0,
      refused: 0,
      got: new Set(),
      heard: 0,
      hole: 0,
    });
  }
  bw.network_set_config(bw.network_config_simulator, simulator, a);
}

let tick = 0;
const by_socket = new Map(streams.map((stream) => [stream.to, stream]));
bw.async_on('networking', ({ type, id, buffer }) => {
  if (type !== bw.network_type_data) return;
  const stream = by_socket.get(id);
  stream.got.add(bw.buffer_read_u32(buffer));
  stream.hole = Math.max(stream.hole, tick - stream.heard);
  stream.heard = tick;
});
const packet = bw.buffer_create(100, bw.buffer_fixed, 1);
while (tick < ticks) {
  await sleep(TICK_MS);
  tick++;
  for (const stream of streams) {
    if (tick % stream.every !== 0) continue;
    for (let i = 0; i < stream.count; i++) {
      bw.buffer_poke(packet, 0, bw.buffer_u32, stream.sent++);
      if (bw.network_send_packet(stream.from, packet, 100) < 0) stream.refused++;
    }
  }
}
await sleep(1000);
const results = streams.map(({ from, to, sent, refused, got, heard, hole }) => ({
  sent,
  refused,
  delivered: got.size / sent,
  hole_ms: Math.max(hole, tick - heard) * TICK_MS,
  waiting: bw.network_get_stats(from).buffered_bytes,
  lost: bw.network_get_stats(to).loss,
}));

/** Nothing passes for a while, as in a tunnel: the connection comes back, or is made anew, and is the same one for the game. */
async function tunnel() {
  const [id, peer] = [streams[0].from, streams[0].to];
  bw.network_set_config(bw.network_config_heartbeat_timeout, 2000);
  const seen = [];
  const off = bw.async_on('networking', ({ type, id: from, socket }) => {
    if (type !== bw.network_type_data && (from === id || socket === peer)) seen.push(type);
  });
  const cut = (...args) => execFileSync('nft', ['add', 'rule', 'inet', 'loss', 'in', ...args]);
  cut('meta', 'l4proto', 'udp', 'drop');
  await sleep(cut_ms);
  execFileSync('nft', ['flush', 'chain', 'inet', 'loss', 'in']);
  const heard = next(bw.network_type_data, (event) => event.id === peer);
  const beat = setInterval(() => bw.network_send_packet(id, packet, 100), 20);
  await heard;
  clearInterval(beat);
  off();
  return seen;
}
const seen = cut_ms > 0 ? await tunnel() : [];
console.log(JSON.stringify({ results, seen }));
for (const { from } of streams) bw.network_destroy(from);
bw.network_destroy(server);
