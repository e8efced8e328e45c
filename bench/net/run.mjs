// Networking beside bare `ws` 8: two processes on loopback, the same work in the same run, in turns. Prints ratios and whether they meet their goals.
// usage: node bench/net/run.mjs [--ms 1000] [--rounds 3] [--only echo|broadcast|coalesce|garbage]
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median } from '../harness.mjs';
import * as bare from './bare.mjs';
import { garbage_of } from './garbage.mjs';
import * as ours from './ours.mjs';

const { bw } = ours;
const args = process.argv.slice(2);
const option = (name, fallback) => {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? fallback : args[at + 1];
};
const MS = Number(option('ms', 1000));
const ROUNDS = Number(option('rounds', 3));
const only = option('only', '');
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

const peer = fork(fileURLToPath(new URL('./peer.mjs', import.meta.url)));
const ask = (what, how = {}) =>
  new Promise((done, fail) => {
    peer.once('message', ({ answer, failed }) => (failed ? fail(new Error(failed)) : done(answer)));
    peer.send({ ask: what, ...how });
  });

let missed = 0;
function verdict(title, value, goal, unit, better = 'high') {
  const met = better === 'high' ? value >= goal : value <= goal;
  if (!met) missed++;
  const sign = better === 'high' ? '>=' : '<=';
  console.log(
    `${title.padEnd(44)} ${value.toFixed(2)}x  (goal ${sign} ${goal}x)  ${met ? 'met' : 'NOT MET'}  ${unit}`,
  );
}

const impls = { ours, bare };
const in_turns = (round) => (round % 2 ? ['bare', 'ours'] : ['ours', 'bare']);

async function echo(kind, n, size, window) {
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
  await sleep(MS / 3);
  const before = sum();
  const start = performance.now();
  await sleep(MS);
  const rate = ((sum() - before) * 1000) / (performance.now() - start);
  for (const client of clients) impl.close(client);
  await ask('stop');
  await sleep(50);
  return rate;
}

async function echoes() {
  for (const size of [64, 1024]) {
    for (const [n, window] of [
      [1, 128],
      [100, 8],
      [1000, 2],
    ]) {
      const rates = { ours: [], bare: [] };
      for (let round = 0; round < ROUNDS; round++) {
        for (const kind of in_turns(round)) rates[kind].push(await echo(kind, n, size, window));
      }
      const ratio = median(rates.ours.map((rate, i) => rate / rates.bare[i]));
      verdict(
        `echo ${size} B, ${n} client${n > 1 ? 's' : ''}`,
        ratio,
        0.85,
        `${Math.round(median(rates.ours))} against ${Math.round(median(rates.bare))} packets/s`,
      );
    }
  }
}

/** CPU of this process per recipient, in microseconds. */
async function broadcast(kind, n, size) {
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
  const ticks = Math.max(20, Math.round(MS / 25));
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
  return (cpu.user + cpu.system) / (ticks * n);
}

async function broadcasts() {
  for (const size of [64, 1024]) {
    const cost = { ours: [], bare: [] };
    for (let round = 0; round < ROUNDS; round++) {
      for (const kind of in_turns(round)) cost[kind].push(await broadcast(kind, 1000, size));
    }
    const ratio = median(cost.ours.map((us, i) => us / cost.bare[i]));
    verdict(
      `broadcast ${size} B to 1000, CPU per recipient`,
      ratio,
      1,
      `${median(cost.ours).toFixed(2)} against ${median(cost.bare).toFixed(2)} us`,
      'low',
    );
  }
}

/** Packets of 64 B per second, one way, `burst` in each task. */
async function stream(coalesce) {
  const port = await ask('serve', { kind: 'ours', what: 'serve_count' });
  const id = await ours.connect(port);
  bw.network_set_config(bw.network_config_coalesce, coalesce, id);
  const b = bw.buffer_create(64, bw.buffer_fixed, 1);
  const end = performance.now() + MS;
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
  const start = end - MS;
  while ((await ask('count')) < sent) await sleep(2);
  const rate = (sent * 1000) / (performance.now() - start);
  bw.buffer_delete(b);
  ours.close(id);
  await ask('stop');
  return rate;
}

async function coalescing() {
  const rates = { 1: [], 0: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const coalesce of round % 2 ? [0, 1] : [1, 0])
      rates[coalesce].push(await stream(coalesce));
  }
  verdict(
    '64 B packets sharing messages',
    median(rates[1].map((rate, i) => rate / rates[0][i])),
    3,
    `${Math.round(median(rates[1]))} against ${Math.round(median(rates[0]))} packets/s one message each`,
  );
}

/** Bytes that a packet leaves for the collector, of one client with many packets under way and of many with few. */
async function garbage() {
  for (const [size, n, window] of [
    [64, 1, 128],
    [64, 100, 8],
    [1024, 100, 8],
  ]) {
    const how = { size, n, window, ms: Math.min(MS, 500) };
    const ours_left = await garbage_of('ours', how);
    const bare_left = await garbage_of('bare', how);
    for (const side of ['server', 'client']) {
      verdict(
        `garbage per ${size} B packet, ${n} client${n > 1 ? 's' : ''}, ${side}`,
        ours_left[side] / bare_left[side],
        1,
        `${Math.round(ours_left[side])} against ${Math.round(bare_left[side])} bytes`,
        'low',
      );
    }
  }
}

console.log(`node ${process.versions.node}, ${ROUNDS} rounds of ${MS} ms, ours over bare ws`);
if (only === '' || only === 'echo') await echoes();
if (only === '' || only === 'broadcast') await broadcasts();
if (only === '' || only === 'coalesce') await coalescing();
if (only === '' || only === 'garbage') await garbage();
peer.disconnect();
console.log(missed === 0 ? 'all goals met' : `${missed} goal(s) NOT MET`);
