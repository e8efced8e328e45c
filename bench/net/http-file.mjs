// A GiB by HTTP to a file, without holding it: time, and the peak of the memory that the process takes.
// usage: node bench/net/http-file.mjs [--mib N] [--chunked] [--gzip]   (after node build.mjs)
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createGzip } from 'node:zlib';

const self = fileURLToPath(import.meta.url);
const args = process.argv.slice(2);
const mib = args.includes('--mib') ? Number(args[args.indexOf('--mib') + 1]) : 1024;

/** Pieces of a mebibyte, each different. */
function* pieces() {
  const piece = Buffer.alloc(1 << 20);
  for (let i = 0; i < piece.length; i++) piece[i] = (i * 7) ^ (i >> 9);
  for (let n = 0; n < mib; n++) {
    piece.writeUInt32LE(n, 0);
    yield Buffer.from(piece);
  }
}

/** A process of its own: what it takes from memory is not ours. */
function serve() {
  const server = createServer(async (_, response) => {
    const gzip = args.includes('--gzip');
    if (gzip) response.setHeader('content-encoding', 'gzip');
    else if (!args.includes('--chunked')) response.setHeader('content-length', mib * 2 ** 20);
    const steps = gzip ? [createGzip({ level: 1 })] : [];
    await pipeline(pieces, ...steps, response).catch(() => {});
  });
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
}

/** Highest resident size so far, in MiB. Linux's own count where there is one: maxRSS starts with that of the parent. */
function high_water() {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}

async function md5(chunks) {
  const hash = createHash('md5');
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}

async function main() {
  const folder = mkdtempSync(join(tmpdir(), 'bytewire-file-'));
  const server = fork(self, ['--serve', ...args]);
  try {
    const port = await new Promise((done) => server.once('message', done));
    const bw = await import('bytewire');
    bw.store_set_root(folder);
    const before = high_water();
    const start = performance.now();
    const event = await new Promise((done) => {
      bw.async_on('http', (event) => event.status !== 1 && done(event));
      bw.http_get_file(`http://127.0.0.1:${port}/`, 'big.bin');
    });
    const seconds = (performance.now() - start) / 1000;
    const peak = high_water();
    if (event.status !== 0) throw new Error(`${event.error}: ${event.message}`);
    const file = join(folder, 'big.bin');
    const right = (await md5(createReadStream(file))) === (await md5(pieces()));
    if (statSync(file).size !== mib * 2 ** 20) throw new Error('not all of it is there');
    if (!right) throw new Error('the bytes are not those that were sent');
    console.log(
      `node ${process.versions.node}, ${mib} MiB to a file: ${seconds.toFixed(1)} s, ${(mib / seconds).toFixed(0)} MiB/s, ` +
        `peak ${peak.toFixed(0)} MiB, ${(peak - before).toFixed(0)} MiB above the start`,
    );
  } finally {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (args[0] === '--serve') serve();
else await main();
