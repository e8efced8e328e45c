// What the collector gets to do: bytes that a packet leaves behind in the process that serves and in the one that asks, JavaScript
// objects and the memory behind buffers together. Each runs alone, with a young generation so large that nothing is collected
// meanwhile.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const YOUNG_MB = 512;
const PAUSE_MS = 2000;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

function start() {
  const process = fork(fileURLToPath(new URL('./peer.mjs', import.meta.url)), {
    execArgv: [
      '--expose-gc',
      `--min-semi-space-size=${YOUNG_MB}`,
      `--max-semi-space-size=${YOUNG_MB}`,
    ],
  });
  const ask = (what, how = {}) =>
    new Promise((done, fail) => {
      process.once('message', ({ answer, failed }) =>
        failed ? fail(new Error(failed)) : done(answer),
      );
      process.send({ ask: what, ...how });
    });
  return { ask, end: () => process.disconnect() };
}

// Bytes per packet that the two ends of an echo leave.
async function garbage_of(kind, { size, n, window, ms, pause_ms }) {
  const server = start();
  const client = start();
  try {
    const port = await server.ask('serve', { kind, what: 'serve_echo', size });
    await client.ask('echo', { kind, port, size, n, window });
    await sleep(pause_ms);
    await Promise.all([server.ask('forget'), client.ask('forget')]);
    // What the pause held back is settled before the count begins.
    await sleep(100);
    const before = await Promise.all([server.ask('used'), client.ask('used')]);
    await sleep(ms);
    const after = await Promise.all([server.ask('used'), client.ask('used')]);
    for (const { collections } of after) {
      if (collections > 0) throw new Error('the collector ran: take a shorter time');
    }
    const packets = after[1].packets - before[1].packets;
    const left = after.map(({ bytes }, i) => (bytes - before[i].bytes) / packets);
    return { server: left[0], client: left[1] };
  } finally {
    client.end();
    server.end();
  }
}

const FULL_MS = 500;
const QUICK_MS = 50;
const QUICK_PAUSE_MS = 200;

/** What both ends leave behind of each packet, ours and bare `ws`: rows without times. */
export const garbage =
  (n, size, window) =>
  async ({ quick }) => {
    const how = { n, size, window, ms: quick ? QUICK_MS : FULL_MS };
    const pause_ms = quick ? QUICK_PAUSE_MS : PAUSE_MS;
    const rows = [];
    for (const [name, kind, impl] of [
      ['bytewire', 'ours', 'ours'],
      ['ws', 'package', 'bare'],
    ]) {
      const { server, client } = await garbage_of(impl, { ...how, pause_ms });
      const facts = { server_garbage_bytes: server, client_garbage_bytes: client };
      rows.push({ name, kind, samples_ns: [], facts });
    }
    return rows;
  };
