// What a page of the benchmark asks for and tells, over HTTP. Whatever else is asked or told gets an error, and the server goes on.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { check_result } from '../check-result.mjs';
import { corpus_file, corpus_packets, twin_wasm, wasm_bytes } from '../host.mjs';
import { newest_result } from '../readme.mjs';
import { report_html } from '../report.mjs';
import { read_result, this_machine } from '../result.mjs';
import { build_page } from './build.mjs';

/** More than any page tells at a time. */
const MOST_TOLD_BYTES = 32 << 20;
/** More than any case asks for: making packets takes time, in which nobody else is served. */
const MOST_PACKETS = 4096;
const MOST_PLAYERS = 100;

/** What a page should not have asked, with the status that says so. */
class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
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

function whole(query, name, most) {
  const text = query.get(name) ?? '';
  if (!/^\d{1,10}$/.test(text) || Number(text) > most) {
    throw new Refused(400, `${name}: expected a whole number up to ${most}, got "${text}"`);
  }
  return Number(text);
}

async function packets_of(query) {
  const kind = query.get('kind');
  if (kind !== 'bin' && kind !== 'json') throw new Refused(400, 'kind: expected bin or json');
  const players = whole(query, 'players', MOST_PLAYERS);
  const count = whole(query, 'count', MOST_PACKETS);
  return packed(await corpus_packets(kind, players, count, whole(query, 'seed', 2 ** 32 - 1)));
}

async function file_of(query) {
  const name = query.get('name') ?? '';
  try {
    return packed((await corpus_file(name)).items);
  } catch (error) {
    throw new Refused(404, error.message);
  }
}

async function told(request) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > MOST_TOLD_BYTES) throw new Refused(413, `more than ${MOST_TOLD_BYTES} bytes`);
    parts.push(part);
  }
  let value;
  try {
    value = JSON.parse(Buffer.concat(parts).toString());
  } catch (error) {
    throw new Refused(400, `not JSON: ${error.message}`);
  }
  if (typeof value !== 'object' || value === null) throw new Refused(400, 'expected an object');
  return value;
}

function checked(result) {
  try {
    return check_result(result);
  } catch (error) {
    throw new Refused(400, error.message);
  }
}

const is_text = (value) => typeof value === 'string';
const maybe = (check) => (value) => value === undefined || check(value);
const is_list = (value) =>
  Array.isArray(value) && value.every((one) => is_text(one?.name) && is_text(one?.reason));

/** What may be told, by path: a check of each field. */
const TOLD = {
  '/at': {
    name: is_text,
    who: maybe(is_text),
    more_ms: maybe((value) => typeof value === 'number' && value >= 0),
  },
  '/begun': { left_out: is_list },
  '/case': { left_out: maybe(is_list) },
  '/done': { failed: maybe(is_text) },
};

function as_told(path, value) {
  for (const [key, check] of Object.entries(TOLD[path] ?? {})) {
    if (!check(value[key])) throw new Refused(400, `${path}: its ${key} cannot be that`);
  }
  return value;
}

/** Answers by path. `on` hears what pages tell: `at`, `begun`, `case` and `done`. */
function handlers({ files, on }) {
  let last;
  let twin;
  const get = {
    '/': () => [readFileSync(new URL('index.html', import.meta.url)), 'text/html'],
    '/machine': () => [JSON.stringify(this_machine()), 'application/json'],
    async '/twin.wasm'() {
      twin ??= await twin_wasm();
      return [twin, 'application/wasm'];
    },
    '/corpus': async (query) => [await file_of(query)],
    '/packets': async (query) => [await packets_of(query)],
    '/report'() {
      const results = last === undefined ? [] : [last];
      const newest = newest_result();
      if (newest !== undefined) {
        results.push(read_result(new URL(`../results/${newest}`, import.meta.url)));
      }
      if (results.length === 0) throw new Refused(404, 'there is no result yet');
      return [report_html(results), 'text/html'];
    },
  };
  const post = {
    '/at': on.at,
    '/begun'({ host, left_out }) {
      checked({ ...host, cases: [] });
      on.begun({ host: { ...host }, left_out });
    },
    '/done': on.done,
    '/case'({ host, found, left_out }) {
      checked({ ...host, cases: [found] });
      on.case({ host, found, left_out });
    },
    '/result'(result) {
      last = checked(result);
    },
  };
  return async (method, path, query, body) => {
    if (method === 'POST' && Object.hasOwn(post, path)) {
      await post[path](as_told(path, await body()));
      return ['{}', 'application/json'];
    }
    if (method !== 'GET' && method !== 'HEAD') throw new Refused(405, `no ${method} of ${path}`);
    if (Object.hasOwn(get, path)) return get[path](query);
    if (files.has(path)) return [files.get(path), 'text/javascript'];
    const wasm = /^\/wasm\/bytewire\.(simd|plain)\.wasm$/.exec(path);
    if (wasm === null) throw new Refused(404, `no ${path}`);
    return [await wasm_bytes(wasm[1]), 'application/wasm'];
  };
}

const ignored = () => {};

/**
 * Serves the page at `address` and `port` with the implementations `impls` (see {@link find_impls}): `{ url, lost, close() }`. `on` hears what
 * pages tell, as far as somebody wants to know; `lost` are those of `impls` who cannot be in a page.
 */
export async function serve({ address, port, impls, on = {} }) {
  const hear = { at: ignored, begun: ignored, case: ignored, done: ignored, ...on };
  const { files, lost } = await build_page(impls);
  const answer = handlers({ files, on: hear });
  const server = createServer(async (request, response) => {
    // Alone in its process: only so a page gets a fine clock.
    response.setHeader('cross-origin-opener-policy', 'same-origin');
    response.setHeader('cross-origin-embedder-policy', 'require-corp');
    response.setHeader('cache-control', 'no-store');
    try {
      const [path, query = ''] = (request.url ?? '/').split('?');
      const [content, type = 'application/octet-stream'] = await answer(
        request.method,
        path,
        new URLSearchParams(query),
        () => told(request),
      );
      response.setHeader('content-type', type);
      response.end(content);
    } catch (error) {
      // The rest of what was told is not read.
      if (!request.complete) response.setHeader('connection', 'close');
      response.setHeader('content-type', 'text/plain');
      response.writeHead(error.status ?? 500).end(error.message);
    }
  });
  await new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(port, address, done);
  });
  const host = address.includes(':') ? `[${address}]` : address;
  return {
    url: `http://${host}:${server.address().port}/`,
    lost,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
