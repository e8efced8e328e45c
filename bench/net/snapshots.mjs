// One server process that sends snapshots to a hundred clients over WebRTC: how much of a core that takes, and how much arrives.
import { with_peer } from './peers.mjs';

const CLIENTS = 100;
const RATE_HZ = 30;
const SIZE = 1024;
const FULL = { ms: 3000, rounds: 3 };
const QUICK = { ms: 200, rounds: 1 };
/** Clients that connect at a time. */
const BATCH = 10;

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

const servers = {
  async ours(ask, n) {
    const { bw } = await import('./ours.mjs');
    const server = bw.network_create_server(bw.network_socket_udp, 0, 2000, {
      connections_per_address: 0,
    });
    const { port } = bw.network_get_stats(server);
    await ask('dial', { port, n, batch: BATCH });
    const b = bw.buffer_create(SIZE, bw.buffer_fixed, 1);
    return {
      send(tick) {
        bw.buffer_poke(b, 0, bw.buffer_u32, tick);
        bw.network_send_broadcast(server, 0, b, SIZE);
      },
      async close() {
        await ask('hang_up');
        bw.buffer_delete(b);
        bw.network_destroy(server);
      },
    };
  },
  async bare(ask, n) {
    const { connect } = await import('./bare-datagrams.mjs');
    await ask('serve', { kind: 'bare-datagrams', what: 'serve_count' });
    const links = [];
    for (let i = 0; i < n; i++) links.push(await connect((offer) => ask('answer', { offer })));
    const bytes = Buffer.alloc(SIZE);
    return {
      send(tick) {
        bytes.writeUInt32LE(tick, 0);
        for (const link of links) link.send(bytes);
      },
      async close() {
        await ask('stop');
        for (const link of links) link.close();
      },
    };
  },
};

/** CPU time of this process for each snapshot to each client, in nanoseconds, and the share that arrived. */
async function round(kind, ask, n, ms) {
  const server = await servers[kind](ask, n);
  await sleep(200);
  const before = await ask('count');
  const cpu = process.cpuUsage();
  const start = performance.now();
  let ticks = 0;
  while (performance.now() - start < ms) {
    server.send(ticks++);
    await sleep(Math.max(0, start + (ticks * 1000) / RATE_HZ - performance.now()));
  }
  const { user, system } = process.cpuUsage(cpu);
  const took_ms = performance.now() - start;
  await sleep(100);
  const arrived = (await ask('count')) - before;
  await server.close();
  return {
    ns: ((user + system) * 1000) / (ticks * n),
    cores: (user + system) / 1000 / took_ms,
    delivered: arrived / (ticks * n),
  };
}

const middle = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Rows of the case: CPU time for each snapshot and client. */
export async function snapshots({ quick }) {
  const { ms, rounds } = quick ? QUICK : FULL;
  const n = quick ? 5 : CLIENTS;
  const results = { ours: [], bare: [] };
  await with_peer(async (ask) => {
    for (let i = 0; i < rounds; i++) {
      for (const kind of i % 2 ? ['bare', 'ours'] : ['ours', 'bare']) {
        results[kind].push(await round(kind, ask, n, ms));
      }
    }
  });
  const row = (name, kind, rounds) => ({
    name,
    kind,
    samples_ns: rounds.map(({ ns }) => ns),
    facts: {
      cores: middle(rounds.map(({ cores }) => cores)),
      delivered: middle(rounds.map(({ delivered }) => delivered)),
    },
  });
  return [row('bytewire', 'ours', results.ours), row('node-datachannel', 'package', results.bare)];
}
