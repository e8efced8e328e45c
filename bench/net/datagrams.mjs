// UDP-like sockets on loopback: datagrams of 64 B beside bare node-datachannel, and how long it takes to connect.
import { quantile } from '../harness.mjs';
import { with_peer } from './peers.mjs';

const SIZE = 64;
/** What may wait to be sent: below what makes bytewire drop. */
const BUFFERED_BYTES = 8192;
const BURST = 16;
const FULL = { ms: 800, rounds: 5, dials: 200 };
const QUICK = { ms: 60, rounds: 1, dials: 4 };
const AT_ONCE = 15;

const pause = () => new Promise((done) => setImmediate(done));
const ours = () => import('./ours.mjs');

/** Sends for `ms` as fast as what waits allows; nanoseconds for each datagram that arrived. */
async function stream({ buffered, send }, ask, ms) {
  const before = await ask('count');
  const start = performance.now();
  while (performance.now() < start + ms) {
    while (buffered() < BUFFERED_BYTES) for (let i = 0; i < BURST; i++) send(i);
    await pause();
  }
  const spent_ns = (performance.now() - start) * 1e6;
  await new Promise((done) => setTimeout(done, 50));
  return spent_ns / Math.max(1, (await ask('count')) - before);
}

const links = {
  async ours(ask) {
    const { bw, dial, close } = await ours();
    const id = await dial(await ask('serve', { kind: 'ours', what: 'serve_udp_count' }));
    const b = bw.buffer_create(SIZE, bw.buffer_fixed, 1);
    return {
      buffered: () => bw.network_get_stats(id).buffered_bytes,
      send(number) {
        bw.buffer_poke(b, 0, bw.buffer_u32, number);
        bw.network_send_packet(id, b, SIZE);
      },
      close() {
        bw.buffer_delete(b);
        close(id);
      },
    };
  },
  async bare(ask) {
    const { connect } = await import('./bare-datagrams.mjs');
    await ask('serve', { kind: 'bare-datagrams', what: 'serve_count' });
    const link = await connect((offer) => ask('answer', { offer }));
    const bytes = Buffer.alloc(SIZE);
    return {
      ...link,
      send(number) {
        bytes.writeUInt32LE(number, 0);
        link.send(bytes);
      },
    };
  },
};

/** Rows of the case: time for each datagram that arrived. */
export async function datagrams({ quick }) {
  const { ms, rounds } = quick ? QUICK : FULL;
  const samples = { ours: [], bare: [] };
  await with_peer(async (ask) => {
    for (let round = 0; round < rounds; round++) {
      for (const kind of round % 2 ? ['bare', 'ours'] : ['ours', 'bare']) {
        const link = await links[kind](ask);
        await stream(link, ask, ms / 4);
        samples[kind].push(await stream(link, ask, ms));
        link.close();
        await ask('stop');
      }
    }
  });
  return [
    { name: 'bytewire', kind: 'ours', samples_ns: samples.ours },
    { name: 'node-datachannel', kind: 'package', samples_ns: samples.bare },
  ];
}

/** Rows of the case: how long a dial takes, fifteen at once; how many failed. */
export async function dials({ quick }) {
  const { dials: count } = quick ? QUICK : FULL;
  const times_ns = [];
  let failures = 0;
  await with_peer(async (ask) => {
    const { dial, close } = await ours();
    const port = await ask('serve', { kind: 'ours', what: 'serve_udp_count' });
    const one = async () => {
      const start = performance.now();
      try {
        const id = await dial(port);
        times_ns.push((performance.now() - start) * 1e6);
        close(id);
      } catch {
        failures++;
      }
    };
    for (let begun = 0; begun < count; begun += AT_ONCE) {
      const batch = Math.min(AT_ONCE, count - begun);
      await Promise.all(Array.from({ length: batch }, one));
    }
    await ask('stop');
  });
  const sorted = [...times_ns].sort((a, b) => a - b);
  const facts = { p95_ms: quantile(sorted, 0.95) / 1e6, failures };
  return [{ name: 'bytewire', kind: 'ours', samples_ns: times_ns, facts }];
}
