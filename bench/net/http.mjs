// 64 MiB by HTTP into a buffer: http_request against bare fetch + arrayBuffer() + set, for time in turns, for memory apart.
// A program of its own, too: the server, and the process whose peak memory is looked at.
import { execFileSync, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { median } from '../harness.mjs';

const self = fileURLToPath(import.meta.url);
const args = process.argv.slice(2);
const option = (name, fallback) => {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? fallback : args[at + 1];
};
const MIB = 64;
const QUICK_MIB = 1;
const ROUNDS = 21;
const size_from = (mib) => Number(mib) << 20;

/** A process of its own: what it takes from the processor and from memory is not ours. */
function serve(size) {
  const body = Buffer.alloc(size);
  for (let i = 0; i < size; i++) body[i] = (i * 7) ^ (i >> 9);
  const server = createServer((_, response) => {
    response.setHeader('content-length', size);
    response.end(body);
  });
  process.on('disconnect', () => process.exit());
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
}

async function contenders(url, size) {
  const bw = await import('bytewire');
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
async function peak(url, who, size) {
  const all = await contenders(url, size);
  const before = high_water();
  const buffer = all.bw.buffer_create(size, all.bw.buffer_fixed, 1);
  await all[who](buffer);
  console.log(high_water() - before);
}

function peak_of(url, who, mib) {
  const argv = [self, '--peak', who, '--url', url, '--mib', String(mib)];
  return Number(execFileSync(process.execPath, argv));
}

/** Rows of the case: time of a request, and peak memory of a process that makes one. */
export async function http_rows({ quick }) {
  const mib = quick ? QUICK_MIB : MIB;
  const size = size_from(mib);
  const server = fork(self, ['--serve', '--mib', String(mib)]);
  try {
    const port = await new Promise((done) => server.once('message', done));
    const url = `http://127.0.0.1:${port}/`;
    const { bw, ours, peer } = await contenders(url, size);
    const [a, b] = [0, 1].map(() => bw.buffer_create(size, bw.buffer_fixed, 1));
    const samples = { ours: [], peer: [] };
    const turns = { ours: () => ours(a), peer: () => peer(b) };
    for (const run of Object.values(turns)) await run();
    if (!Buffer.from(bw.buffer_view(a)).equals(bw.buffer_view(b))) throw new Error('not the same');
    for (let round = 0; round < (quick ? 1 : ROUNDS); round++) {
      for (const who of round % 2 ? ['ours', 'peer'] : ['peer', 'ours']) {
        const start = performance.now();
        await turns[who]();
        samples[who].push((performance.now() - start) * 1e6);
      }
    }
    for (const buffer of [a, b]) bw.buffer_delete(buffer);
    const memory = (who) => ({
      memory_mib: median([1, 2, 3].slice(quick ? 2 : 0).map(() => peak_of(url, who, mib))),
    });
    return [
      { name: 'bytewire', kind: 'ours', samples_ns: samples.ours, facts: memory('ours') },
      {
        name: 'fetch + arrayBuffer() + set',
        kind: 'native',
        samples_ns: samples.peer,
        facts: memory('peer'),
      },
    ];
  } finally {
    server.kill();
  }
}

if (process.argv[1] === self) {
  const size = size_from(option('mib', MIB));
  if (args.includes('--serve')) serve(size);
  else if (args.includes('--peak')) await peak(option('url'), option('peak'), size);
}
