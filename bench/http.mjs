// 64 MiB by HTTP into a buffer: http_request against bare fetch + arrayBuffer() + set, for time in turns, for memory apart.
// usage: node bench/http.mjs [--rounds N] [--mib N]   (after node build.mjs)
import { execFileSync, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { median } from './harness.mjs';

const self = fileURLToPath(import.meta.url);
const args = process.argv.slice(2);
const option = (name, fallback) => {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? fallback : args[at + 1];
};
const size = Number(option('mib', 64)) << 20;

/** A process of its own: what it takes from the processor and from memory is not ours. */
function serve() {
  const body = Buffer.alloc(size);
  for (let i = 0; i < size; i++) body[i] = (i * 7) ^ (i >> 9);
  const server = createServer((_, response) => {
    response.setHeader('content-length', size);
    response.end(body);
  });
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
}

async function contenders(url) {
  const bw = await import('../dist/node/index.js');
  const finished = new Map();
  bw.async_on('http', (event) => {
    if (event.status !== 1) finished.get(event.id)?.(event);
  });
  return {
    bw,
    async ours(buffer) {
      const id = bw.http_request(url, 'GET', {}, buffer);
      const { status, result } = await new Promise((done) => finished.set(id, done));
      finished.delete(id);
      if (status !== 0 || result !== size) throw new Error(`ours: ${status} ${result}`);
    },
    async peer(buffer) {
      const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
      bw.buffer_view(buffer).set(bytes);
      if (bytes.length !== size) throw new Error('peer: short');
    },
  };
}

/** Highest resident size so far, in MiB. Linux's own count where there is one: maxRSS starts with that of the parent. */
function high_water() {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}

/** Peak of this process over what Node and the library take before the first byte, in MiB: buffer, chunks, everything. */
async function peak(url, who, times) {
  const all = await contenders(url);
  const before = high_water();
  const buffer = all.bw.buffer_create(size, all.bw.buffer_fixed, 1);
  for (let i = 0; i < times; i++) await all[who](buffer);
  const total = high_water();
  console.log(JSON.stringify({ total, above: total - before }));
}

async function main() {
  const server = fork(self, ['--serve', '--mib', String(size >> 20)]);
  const port = await new Promise((done) => server.once('message', done));
  const url = `http://127.0.0.1:${port}/`;
  const { bw, ours, peer } = await contenders(url);
  const a = bw.buffer_create(size, bw.buffer_fixed, 1);
  const b = bw.buffer_create(size, bw.buffer_fixed, 1);
  const rounds = Number(option('rounds', 15));
  const times = { ours: [], peer: [] };
  const timed = async (name, run) => {
    const start = performance.now();
    await run();
    times[name].push(performance.now() - start);
  };
  await ours(a);
  await peer(b);
  if (!Buffer.from(bw.buffer_view(a)).equals(bw.buffer_view(b))) throw new Error('not the same');
  for (let i = 0; i < rounds; i++) {
    const turns = [
      ['ours', () => ours(a)],
      ['peer', () => peer(b)],
    ];
    for (const [name, run] of i % 2 ? turns : turns.reverse()) await timed(name, run);
  }
  const paired = times.peer.map((ms, i) => ms / times.ours[i]);
  const rate = (list) => `${(size / 2 ** 20 / (median(list) / 1000)).toFixed(0)} MiB/s`;
  console.log(
    `node ${process.versions.node}, ${size >> 20} MiB into a buffer, ${rounds} rounds in turns`,
  );
  console.log(
    `http_request                 ${median(times.ours).toFixed(1)} ms  ${rate(times.ours)}`,
  );
  console.log(
    `fetch + arrayBuffer() + set  ${median(times.peer).toFixed(1)} ms  ${rate(times.peer)}`,
  );
  console.log(`speed against fetch          ${median(paired).toFixed(2)}x (goal 0.9)`);
  for (const count of [1, 5]) {
    const peaks = {};
    for (const who of ['ours', 'peer']) {
      const runs = [1, 2, 3].map(() =>
        JSON.parse(
          execFileSync(process.execPath, [
            ...process.execArgv,
            ...[
              self,
              '--peak',
              who,
              '--url',
              url,
              '--times',
              String(count),
              '--mib',
              String(size >> 20),
            ],
          ]),
        ),
      );
      peaks[who] = median(runs.map(({ above }) => above));
      const total = median(runs.map(({ total }) => total));
      console.log(
        `peak, ${count} in a row, ${who.padEnd(5)}       ${peaks[who].toFixed(0)} MiB above the start (${total.toFixed(0)} in all)`,
      );
    }
    console.log(`memory against fetch         ${(peaks.ours / peaks.peer).toFixed(2)} (goal 0.5)`);
  }
  server.kill();
}

if (args.includes('--serve')) serve();
else if (args.includes('--peak')) {
  await peak(option('url'), option('peak'), Number(option('times', 1)));
} else await main();
