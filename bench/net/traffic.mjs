// Game traffic beside bare `ws` 8: two processes on loopback, the same work in turns. Each measurement gives rows of a case.
import * as bare from './bare.mjs';
import * as ours from './ours.mjs';
import { with_peer } from './peers.mjs';

const { bw } = ours;
const impls = { ours, bare };
const in_turns = (round) => (round % 2 ? ['bare', 'ours'] : ['ours', 'bare']);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// A round of a second, five of them: rates of a busy event loop swing by some percent from one round to the next.
const FULL = { ms: 800, rounds: 5 };
const QUICK = { ms: 60, rounds: 1 };

let ask;

const rows_of = ({ ours: own, bare: theirs }) => [
  { name: 'bytewire', kind: 'ours', samples_ns: own },
  { name: 'ws', kind: 'package', samples_ns: theirs },
];

async function rounds_of({ quick }, one_round) {
  const { ms, rounds } = quick ? QUICK : FULL;
  const samples = { ours: [], bare: [] };
  await with_peer(async (asking) => {
    ask = asking;
    for (let round = 0; round < rounds; round++) {
      for (const kind of in_turns(round)) samples[kind].push(await one_round(kind, ms));
    }
  });
  return rows_of(samples);
}

// Nanoseconds a packet, there and back.
async function echo(kind, n, size, window, ms) {
  const impl = impls[kind];
  const port = await ask('serve', { kind, what: 'serve_echo', size });
  const clients = [];
  for (let i = 0; i < n; i += 50) {
    clients.push(
      ...(await Promise.all(Array.from({ length: Math.min(50, n - i) }, () => impl.connect(port)))),
    );
  }
  const counts = clients.map((client) => impl.echo_client(client, size, window));
  const sum = () => counts.reduce((total, count) => total + count(), 0);
  await sleep(ms / 3);
  const before = sum();
  const start = performance.now();
  await sleep(ms);
  const packet_ns = ((performance.now() - start) * 1e6) / (sum() - before);
  for (const client of clients) impl.close(client);
  await ask('stop');
  await sleep(50);
  return packet_ns;
}

/** Echoes of `size` bytes with `n` clients, each of which keeps `window` packets under way. */
export const echoes = (n, size, window) => (options) =>
  rounds_of(options, (kind, ms) => echo(kind, n, size, window, ms));

// CPU time of this process per recipient, in nanoseconds.
async function broadcast(kind, n, size, ms) {
  let listening;
  let send;
  if (kind === 'ours') {
    const server = bw.network_create_server(bw.network_socket_tcp, 0, 2000);
    const b = bw.buffer_create(size, bw.buffer_fixed, 1);
    listening = { port: bw.network_get_stats(server).port, stop: () => bw.network_destroy(server) };
    send = (tick) => {
      bw.buffer_poke(b, 0, bw.buffer_u32, tick);
      bw.network_send_broadcast(server, 0, b, size);
    };
  } else {
    const made = bare.listen(() => {});
    listening = made;
    send = (tick) => {
      const bytes = Buffer.allocUnsafe(12 + size);
      bytes.writeUInt32LE(0xdeadc0de, 0);
      bytes.writeUInt32LE(12, 4);
      bytes.writeUInt32LE(size, 8);
      bytes.writeUInt32LE(tick, 12);
      for (const client of made.server.clients) client.send(bytes);
    };
  }
  await ask('sinks', { port: listening.port, n, framed: kind === 'ours' });
  await sleep(300);
  const got_before = await ask('bytes');
  const cpu_before = process.cpuUsage();
  const ticks = Math.max(20, Math.round(ms / 20));
  for (let tick = 0; tick < ticks; tick++) {
    send(tick);
    await sleep(10);
  }
  const cpu = process.cpuUsage(cpu_before);
  const wanted = ticks * n * (size + 12 + (size + 12 < 126 ? 2 : 4));
  for (let i = 0; i < 200 && (await ask('bytes')) - got_before < wanted; i++) await sleep(20);
  const got = (await ask('bytes')) - got_before;
  if (got < wanted) throw new Error(`${kind}: ${got} of ${wanted} bytes arrived`);
  await ask('drop');
  await sleep(100);
  listening.stop();
  return ((cpu.user + cpu.system) * 1000) / (ticks * n);
}

/** Broadcasts of `size` bytes to `n` clients: CPU time per recipient. */
export const broadcasts = (n, size) => (options) =>
  rounds_of(options, (kind, ms) => broadcast(kind, n, size, ms));

// Nanoseconds a packet of 64 B, one way, a hundred in each task.
async function stream(coalesce, ms) {
  const port = await ask('serve', { kind: 'ours', what: 'serve_count' });
  const id = await ours.connect(port);
  bw.network_set_config(bw.network_config_coalesce, coalesce, id);
  const b = bw.buffer_create(64, bw.buffer_fixed, 1);
  const start = performance.now();
  const end = start + ms;
  let sent = 0;
  while (performance.now() < end) {
    if (bw.network_get_stats(id).buffered_bytes < 262_144) {
      for (let i = 0; i < 100; i++) {
        bw.buffer_seek(b, bw.buffer_seek_start, 0);
        bw.buffer_write_u32(b, sent++);
        bw.network_send_packet(id, b, 64);
      }
    }
    await new Promise((done) => setImmediate(done));
  }
  while ((await ask('count')) < sent) await sleep(2);
  const packet_ns = ((performance.now() - start) * 1e6) / sent;
  bw.buffer_delete(b);
  ours.close(id);
  await ask('stop');
  return packet_ns;
}

/** Packets that share messages, beside one message each. */
export async function coalescing(options) {
  const [together, alone] = await rounds_of(options, (kind, ms) =>
    stream(kind === 'ours' ? 1 : 0, ms),
  );
  return [together, { ...alone, name: 'bytewire, one message each', kind: 'twin' }];
}
