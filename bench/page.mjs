// npm run bench:page: serves the benchmark to any browser, or runs it in one without a window.
// usage: npm run bench:page -- --help
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { corpus_file, corpus_packets, twin_wasm, wasm_bytes } from './host.mjs';
import { find_browser, NAMES, open_browser } from './page/browsers.mjs';
import { build_page } from './page/build.mjs';
import { newest_result } from './readme.mjs';
import { report_html } from './report.mjs';
import { add_case, open_result, read_result, this_machine } from './result.mjs';
import { case_text } from './table.mjs';

const USAGE = `usage: npm run bench:page -- [options]
  --port N          listen there (default: any free port)
  --address A       listen on this address (default 127.0.0.1; 0.0.0.0: phones on the same network)
  --headless NAME   run in ${NAMES.join(' or ')} without a window, and end; any: each that is installed
  --json FILE       with --headless: write the result; cases of an earlier run of the same browser in FILE stay
  --filter TEXT     only cases whose group and name contain TEXT; several: any of them
  --time MS         time of each contender in each case (default 100)
  --quick           hardly any time: every case runs and verifies, its figures mean nothing
  --heavy           large files of compression, too
  --rivals FOLDER   more implementations, one a file, as in bench/impls
  --help            this text`;

function options() {
  const text = { type: 'string' };
  const flag = { type: 'boolean', default: false };
  const { values } = parseArgs({
    options: {
      port: { ...text, default: '0' },
      address: { ...text, default: '127.0.0.1' },
      headless: text,
      json: text,
      filter: { ...text, multiple: true, default: [''] },
      time: text,
      quick: flag,
      heavy: flag,
      rivals: text,
      help: flag,
    },
  });
  const { headless } = values;
  if (headless !== undefined && headless !== 'any' && !NAMES.includes(headless)) {
    throw new Error(`--headless: expected ${NAMES.join(', ')} or any, got "${headless}"`);
  }
  return values;
}

/** Bytes of several items: a count, then a size and so many bytes for each. */
function packed(items) {
  const word = (n) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(n);
    return bytes;
  };
  return Buffer.concat([word(items.length), ...items.flatMap((item) => [word(item.length), item])]);
}

async function body_of(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString());
}

/** Answers by path; `on` hears what pages tell. */
async function handlers(asked, on) {
  const files = await build_page({ rivals: asked.rivals && resolve(asked.rivals) });
  let last;
  const number = (query, name) => Number(query.get(name));
  const get = {
    '/': () => [readFileSync(new URL('page/index.html', import.meta.url)), 'text/html'],
    '/machine': () => [JSON.stringify(this_machine()), 'application/json'],
    '/twin.wasm': async () => [await twin_wasm(), 'application/wasm'],
    '/corpus': async (query) => [packed((await corpus_file(query.get('name'))).items)],
    '/packets': async (query) => [
      packed(
        await corpus_packets(
          query.get('kind'),
          ...['players', 'count', 'seed'].map((name) => number(query, name)),
        ),
      ),
    ],
    '/report'() {
      const results = last === undefined ? [] : [last];
      const newest = newest_result();
      if (newest !== undefined) {
        results.push(read_result(new URL(`results/${newest}`, import.meta.url)));
      }
      return [report_html(results), 'text/html'];
    },
  };
  const post = {
    '/case': on.case,
    '/done': on.done,
    '/result'(result) {
      if (!Array.isArray(result.cases)) throw new Error('not a result');
      last = result;
    },
  };
  return async (method, path, query, body) => {
    if (method === 'POST' && post[path]) {
      post[path](await body());
      return ['{}', 'application/json'];
    }
    if (get[path]) return get[path](query);
    if (files.has(path)) return [files.get(path), 'text/javascript'];
    const wasm = /^\/wasm\/bytewire\.(simd|plain)\.wasm$/.exec(path);
    return wasm ? [await wasm_bytes(wasm[1]), 'application/wasm'] : undefined;
  };
}

async function serve(asked, on) {
  const answer = await handlers(asked, on);
  const server = createServer(async (request, response) => {
    try {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x');
      const found = await answer(request.method, pathname, searchParams, () => body_of(request));
      // Alone in its process: only so a page gets a fine clock.
      response.setHeader('cross-origin-opener-policy', 'same-origin');
      response.setHeader('cross-origin-embedder-policy', 'require-corp');
      response.setHeader('cache-control', 'no-store');
      if (found === undefined) response.writeHead(404).end();
      else {
        response.setHeader('content-type', found[1] ?? 'application/octet-stream');
        response.end(found[0]);
      }
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  await new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(Number(asked.port), asked.address, done);
  });
  return { server, url: `http://${asked.address}:${server.address().port}/` };
}

/** Runs everything in one browser; resolves when its page says that it is through. */
async function run_headless(name, asked) {
  let finished;
  const through = new Promise((done, fail) => {
    finished = ({ failed }) => (failed ? fail(new Error(failed)) : done());
  });
  let result;
  const { server, url } = await serve(asked, {
    done: finished,
    case({ host, found }) {
      try {
        if (asked.json !== undefined) {
          result ??= open_result(asked.json, host);
          add_case(asked.json, result, found);
        }
      } catch (error) {
        finished({ failed: error.message });
        return;
      }
      console.log(case_text(found));
    },
  });
  const query = new URLSearchParams({ auto: '' });
  for (const text of asked.filter) query.append('filter', text);
  for (const flag of ['quick', 'heavy']) if (asked[flag]) query.set(flag, '');
  if (asked.time !== undefined) query.set('time', asked.time);
  const { gone, close } = open_browser(name, `${url}?${query}`);
  try {
    console.log(`\n${name}`);
    await Promise.race([
      through,
      gone.then((why) => {
        throw new Error(`before it was through: ${why}`);
      }),
    ]);
  } finally {
    await close();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

async function main() {
  const asked = options();
  if (asked.help) return console.log(USAGE);
  if (!existsSync(new URL('node_modules', import.meta.url))) {
    throw new Error('the peers are not installed: npm ci in bench/');
  }
  if (asked.headless === undefined) {
    const ignore = () => {};
    const { url } = await serve(asked, { case: ignore, done: ignore });
    return console.log(`open ${url}\nends with Ctrl-C`);
  }
  const names = asked.headless === 'any' ? NAMES.filter(find_browser) : [asked.headless];
  if (names.length === 0) throw new Error(`none of ${NAMES.join(', ')} is installed`);
  for (const name of names) await run_headless(name, asked);
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
