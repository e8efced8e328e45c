// What the collector gets to do: bytes that a packet leaves behind in the process that serves and in the one that asks, JavaScript
// objects and the memory behind buffers together. Each runs alone, with a young generation so large that nothing is collected
// meanwhile.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median } from '../harness.mjs';

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

// Short enough for the memory behind buffers, whose growth also calls the collector; what it spoils all the same does not count.
const WINDOWS = 16;
/** On a busy machine most are spoilt: as many times more are tried until enough of them count. */
const TRIES = 16;
const ENOUGH = 4;
const WINDOWS_MS = [16, 8, 4, 2];

/** Bytes per packet that both ends left in one window, or undefined when the collector came. */
async function one_window(ends, ms) {
  await Promise.all(ends.map(({ ask }) => ask('forget')));
  const before = await Promise.all(ends.map(({ ask }) => ask('used')));
  await sleep(ms);
  const after = await Promise.all(ends.map(({ ask }) => ask('used')));
  const packets = after[1].packets - before[1].packets;
  if (packets === 0 || after.some(({ collections }) => collections > 0)) return undefined;
  return after.map(({ bytes }, i) => (bytes - before[i].bytes) / packets);
}

// Bytes per packet that the two ends of an echo leave.
async function garbage_of(kind, { size, n, window, windows, pause_ms }) {
  const ends = [start(), start()];
  const [server, client] = ends;
  try {
    const port = await server.ask('serve', { kind, what: 'serve_echo', size });
    await client.ask('echo', { kind, port, size, n, window });
    await sleep(pause_ms);
    const seen = [];
    const more = (i) => i < windows || (seen.length < ENOUGH && i < windows * TRIES);
    for (let i = 0; more(i); i++) {
      const left = await one_window(ends, WINDOWS_MS[i % WINDOWS_MS.length]);
      if (left !== undefined) seen.push(left);
    }
    if (seen.length === 0) throw new Error('the collector ran each time: take a shorter one');
    const [of_server, of_client] = [0, 1].map((end) => median(seen.map((left) => left[end])));
    return { server: of_server, client: of_client };
  } finally {
    for (const { end } of ends) end();
  }
}

const QUICK_PAUSE_MS = 200;

/** What both ends leave behind of each packet, ours and bare `ws`: rows without times. */
export const garbage =
  (n, size, window) =>
  async ({ quick }) => {
    const windows = quick ? 4 : WINDOWS;
    const pause_ms = quick ? QUICK_PAUSE_MS : PAUSE_MS;
    const how = { n, size, window, windows, pause_ms };
    const rows = [];
    for (const [name, kind, impl] of [
      ['bytewire', 'ours', 'ours'],
      ['ws', 'package', 'bare'],
    ]) {
      const { server, client } = await garbage_of(impl, how);
      const facts = { server_garbage_bytes: server, client_garbage_bytes: client };
      rows.push({ name, kind, samples_ns: [], facts });
    }
    return rows;
  };
