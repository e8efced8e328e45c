// npm run soak: 1000 clients for 60 s with cut links, slow readers and a server restart. Nothing may get lost or doubled.
// usage: node --expose-gc test/soak/run.mjs [--seconds 60] [--clients 1000] [--rate 4]
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as bw from 'bytewire';
import { memory } from './memory.mjs';

const args = process.argv.slice(2);
const option = (name, fallback) => {
  const at = args.indexOf(`--${name}`);
  return Number(at < 0 ? fallback : args[at + 1]);
};
const SECONDS = option('seconds', 60);
const CLIENTS = option('clients', 1000);
const RATE = option('rate', 4);
const SLOW = 10;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// Limits and times are those that everybody gets, but for the queues of slow readers. A restart keeps nothing but the bytes of the
// sessions.
function make_server(port) {
  const made = bw.network_create_server(bw.network_socket_tcp, port, CLIENTS + SLOW);
  if (made < 0) throw new Error(`no server on port ${port}: ${made}`);
  bw.network_set_config(bw.network_config_queue_limit, 256 * 1024, made);
  return made;
}
let refused_before = 0;
/** Clients whose link was up when the server was suspended: they come back without having been lost. */
let restarted_open = 0;
let server = make_server(0);
const { port } = bw.network_get_stats(server);

/** What the server knows of each client: how far both directions have come. */
const players = new Map();
let restarted = false;
const seen = { link_lost: 0, resumed: 0, disconnected: 0, errors: 0, data: 0 };
const problems = [];
bw.async_on('error', ({ error }) => problems.push(`a listener threw: ${error}`));
bw.async_on('networking', ({ type, socket, id, buffer, size }) => {
  if (type === bw.network_type_connect) {
    // Whoever is new after the restart is a slow reader: everybody else comes back to a session.
    players.set(socket, { up: 0, down: 0, slow: restarted });
  } else if (type === bw.network_type_disconnect) {
    seen.disconnected++;
    players.delete(socket);
  } else if (type === bw.network_type_link_lost) seen.link_lost++;
  else if (type === bw.network_type_resumed) seen.resumed++;
  else if (type === bw.network_type_data) {
    seen.data++;
    const player = players.get(id);
    // Slow readers only show that they are alive.
    if (player.slow) return;
    const number = bw.buffer_read_u32(buffer);
    if (number !== player.up)
      problems.push(`client ${id}: packet ${number} in place of ${player.up}`);
    if (size !== 4 + (number % 300))
      problems.push(`client ${id}: ${size} bytes in packet ${number}`);
    player.up = number + 1;
  }
});

const clients = fork(fileURLToPath(new URL('./clients.mjs', import.meta.url)), {
  execArgv: ['--expose-gc'],
});
const exited = new Promise((done) => clients.on('exit', done));
const ask = (what, how = {}) =>
  new Promise((done) => {
    const listen = (message) => {
      if (message.answer_to !== what) return;
      clients.off('message', listen);
      done(message);
    };
    clients.on('message', listen);
    clients.send({ ask: what, ...how });
  });

const packet = bw.buffer_create(400, bw.buffer_fixed, 1);
function send_down() {
  for (const [socket, player] of players) {
    if (player.slow) continue;
    bw.buffer_poke(packet, 0, bw.buffer_u32, player.down);
    const size = 4 + (player.down % 300);
    if (bw.network_send_packet(socket, packet, size) === size) player.down++;
  }
}

/** Large packets that the slow readers never read: their queues must stay at the limit, and nobody else must notice. */
const heavy = bw.buffer_create(128 * 1024, bw.buffer_fixed, 1);
function pester() {
  for (const [socket, player] of players) {
    if (player.slow) bw.network_send_packet(socket, heavy, 128 * 1024);
  }
}

console.log(
  `${CLIENTS} clients, ${SLOW} slow readers, ${SECONDS} s, ${RATE} packets a second each way`,
);
await ask('slow', { port, n: SLOW });
while (players.size < SLOW) await sleep(20);
for (const player of players.values()) player.slow = true;
await ask('connect', { port, n: CLIENTS });
while (players.size < CLIENTS) await sleep(20);
console.log('all connected');
await ask('start', { rate: RATE });
const downs = setInterval(send_down, 1000 / RATE);
const pests = setInterval(pester, 100);
const start = performance.now();
let early;
while (performance.now() - start < SECONDS * 1000) {
  await sleep(250);
  const share = (performance.now() - start) / (SECONDS * 1000);
  if (!restarted && share > 0.5) {
    restarted = true;
    const sessions = bw.buffer_create(1024, bw.buffer_grow, 1);
    for (const [socket, { slow }] of players) {
      if (!slow && bw.network_get_state(socket) === bw.network_state_open) restarted_open++;
    }
    refused_before = bw.network_get_stats(server).drops.queue_full ?? 0;
    const n = bw.network_server_suspend(server, sessions);
    console.log(
      `server restart: ${n} sessions in ${bw.buffer_tell(sessions)} bytes, the port is closed for a second`,
    );
    await sleep(1000);
    server = make_server(port);
    bw.buffer_seek(sessions, bw.buffer_seek_start, 0);
    const back = bw.network_server_resume(server, sessions);
    if (back !== n || n !== CLIENTS) problems.push(`${back} of ${n} sessions after the restart`);
    bw.buffer_delete(sessions);
    await ask('slow', { port, n: SLOW });
  }
  if (early === undefined && share > 0.35) {
    early = { server: await memory(), clients: (await ask('memory')).memory };
  }
}
clearInterval(downs);
clearInterval(pests);
await ask('stop');
// All links back, all queues empty.
let report;
for (let i = 0; i < 900; i++) {
  report = (await ask('report')).report;
  const down = [...players.values()].reduce((sum, { down: n, slow }) => sum + (slow ? 0 : n), 0);
  const up = [...players.values()].reduce((sum, { up: n }) => sum + n, 0);
  if (report.received === down && report.sent === up && report.open === CLIENTS) break;
  await sleep(100);
}
const down = [...players.values()].reduce((sum, { down: n, slow }) => sum + (slow ? 0 : n), 0);
const up = [...players.values()].reduce((sum, { up: n }) => sum + n, 0);
const late = { server: await memory(), clients: (await ask('memory')).memory };
const stats = bw.network_get_stats(server);

const checks = [];
const check = (title, ok, detail) => checks.push({ title, ok, detail });
check('up: sent = received in order', report.sent === up, `${report.sent} sent, ${up} received`);
check(
  'down: sent = received in order',
  report.received === down,
  `${down} sent, ${report.received} received`,
);
check(
  'no wrong packet',
  problems.length + report.problems.length === 0,
  [...problems, ...report.problems].slice(0, 3).join('; '),
);
check(
  'links were lost and came back',
  seen.link_lost > 0 && restarted_open > 0 && seen.resumed === seen.link_lost + restarted_open,
  `${seen.link_lost} lost, ${restarted_open} through the restart, ${seen.resumed} resumed`,
);
check(
  'every client kept its id',
  report.open === CLIENTS && report.ended === 0,
  `${report.open} open, ${report.ended} ended`,
);
check(
  'slow readers were refused, before and after the restart',
  refused_before > 0 && (stats.drops.queue_full ?? 0) > 0,
  `${refused_before} and ${JSON.stringify(stats.drops)}`,
);
const total = ({ heap, external }) => heap + external;
const in_mb = (of) =>
  `${(total(of) / 1e6).toFixed(1)} MB (${(of.heap / 1e6).toFixed(1)} heap, ${(of.external / 1e6).toFixed(1)} outside, linear memory ${(of.linear / 1e6).toFixed(1)}; ${(of.once / 1e6).toFixed(1)} after one collection)`;
for (const side of ['server', 'clients']) {
  const ratio = total(late[side]) / total(early[side]);
  check(
    `memory of the ${side} is flat`,
    ratio < 1.15 && late[side].linear === early[side].linear,
    `${in_mb(early[side])}, then ${in_mb(late[side])}`,
  );
}

await ask('end');
bw.network_destroy(server);
bw.buffer_delete(packet);
bw.buffer_delete(heavy);
clients.disconnect();
const patience = setTimeout(() => {
  console.log('clean exit NOT MET: a process hangs');
  clients.kill();
  process.exit(1);
}, 20_000);
const code = await exited;
check('the clients ended by themselves', code === 0, `exit code ${code}`);
clearTimeout(patience);
for (const { title, ok, detail } of checks) {
  console.log(`${ok ? 'met    ' : 'NOT MET'} ${title}: ${detail}`);
}
// Nothing is left that could keep this process: it ends by itself, or the exit code tells.
process.exitCode = checks.every(({ ok }) => ok) ? 0 : 1;
