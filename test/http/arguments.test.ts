// Every http_* function with arguments that are none: a TypeError or RangeError at the call, and nothing has begun.
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { live_buffers } from '../../bindings/buffer-table.js';
import * as bw from '../../bindings/index.js';
import { HttpLog } from './log.js';
import { serve, type TestServer } from './server.js';

let log: HttpLog;
let server: TestServer;
let raw_headers: string[][];
beforeEach(async () => {
  log = new HttpLog();
  raw_headers = [];
  server = await serve({
    '*': ({ rawHeaders }, response) => {
      raw_headers.push(rawHeaders);
      response.end('ok');
    },
  });
});
afterEach(async () => {
  log.stop();
  await server.stop();
});

const dead = () => {
  const b = bw.buffer_create(1, bw.buffer_fixed, 1);
  bw.buffer_delete(b);
  return b;
};
const detached = () => {
  const bytes = new Uint8Array(8);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes.buffer;
};
const thrower = {
  get timeout(): number {
    throw new RangeError('mine');
  },
};
const no_text = [undefined, null, 1, Number.NaN, true, {}, [], () => {}, Symbol('x'), 5n];
const no_number = [undefined, null, 'x', '1', true, {}, [], () => {}, Symbol('x'), 5n];
const no_whole = [1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53];
const no_options = [1, 'x', true, () => {}, Symbol('x'), 5n, [], new Date(), new Map()];

/** Calls that must throw. */
function calls(): [name: string, call: () => unknown][] {
  const url = `${server.url}/`;
  const any = bw as unknown as Record<string, (...args: unknown[]) => unknown>;
  const list: [string, () => unknown][] = [];
  const add = (name: string, ...args: unknown[]) => {
    list.push([
      `${name}${inspect(args, { breakLength: Number.POSITIVE_INFINITY })}`,
      () => any[name](...args),
    ]);
  };
  for (const bad of no_text) {
    add('http_get', bad);
    add('http_get_file', bad, 'x');
    add('http_get_file', url, bad);
    add('http_post_string', bad, 'x');
    add('http_post_string', url, bad);
    add('http_request', bad, 'GET', {}, '');
    add('http_request', url, bad, {}, '');
    add('http_set_request_crossorigin', bad);
  }
  for (const bad of [
    '',
    '/x',
    '../x',
    'a/../b',
    'a\\b',
    'con',
    'x\0',
    'a//b',
    '.bytewire-x',
    '\ud800',
  ]) {
    add('http_get_file', url, bad);
    add('http_request', url, 'GET', {}, '', { response_file: bad });
  }
  for (const bad of [
    '',
    ' ',
    'GET ',
    'G\nET',
    'GET /',
    'CONNECT',
    'trace',
    'TRACK',
    'ü',
    'po\u017ft',
  ]) {
    add('http_request', url, bad, {}, '');
  }
  for (const bad of [
    1,
    'x',
    true,
    [],
    new Date(),
    new Set(),
    { x: {} },
    { x: [] },
    { x: Symbol('x') },
  ]) {
    add('http_request', url, 'POST', bad, '');
  }
  for (const bad of [
    true,
    {},
    [],
    new Date(),
    5n,
    -1,
    1.5,
    2 ** 40,
    dead(),
    detached(),
    { [Symbol.toStringTag]: 'ArrayBuffer' },
    () => {},
  ]) {
    add('http_request', url, 'POST', {}, bad);
  }
  add('http_request', url, 'GET', {}, 'x');
  add('http_request', url, 'HEAD', {}, new Uint8Array(1));
  const options: unknown[] = [
    ...no_options,
    thrower,
    ...[-1, 2 ** 31, ...no_whole, 'x'].map((timeout) => ({ timeout })),
    ...[-1, 1001, ...no_whole, 'x'].map((retry) => ({ retry })),
    ...[-1, 2 ** 31, ...no_whole, 'x'].flatMap((ms) => [
      { retry: { count: 1, first_ms: ms } },
      { retry: { count: 1, max_ms: ms } },
      { retry: { count: 1, max_retry_after_ms: ms } },
    ]),
    ...[{}, { count: 'x' }, { count: -1 }].map((retry) => ({ retry })),
    ...[-1, ...no_whole, 'x'].map((max_response_bytes) => ({ max_response_bytes })),
    ...[-1, 1.5, dead(), 'x', {}].map((response_buffer) => ({ response_buffer })),
    ...[1, {}, null, ''].map((response_file) => ({ response_file })),
    ...[1, 'x', {}].map((on_progress) => ({ on_progress })),
    ...[1, 0, 'x', {}].map((resume) => ({ resume })),
    ...[1, 0, 'x', {}].map((any_method) => ({ retry: { count: 1, any_method } })),
    ...[5n, Symbol('x')].map((response_buffer) => ({ response_buffer })),
    { response_file: 'x', response_buffer: 0 },
  ];
  for (const bad of options) {
    add('http_get', url, bad);
    add('http_post_string', url, 'x', bad);
    add('http_request', url, 'PUT', {}, 'x', bad);
    const dest = (bad as { response_file?: unknown })?.response_file;
    if (
      dest === undefined ||
      (bad as { response_buffer?: unknown }).response_buffer !== undefined
    ) {
      add('http_get_file', url, 'x', bad);
    }
  }
  for (const bad of no_number) {
    add('http_abort', bad);
    add('http_set_connect_timeout', bad);
    add('http_set_max_per_host', bad);
  }
  for (const bad of no_whole) {
    if (bad !== 2 ** 53) add('http_abort', bad);
    add('http_set_connect_timeout', bad);
    add('http_set_max_per_host', bad);
  }
  for (const bad of ['', 'Anonymous', 'toString', '__proto__'])
    add('http_set_request_crossorigin', bad);
  return list;
}

describe('bad arguments', () => {
  it('are refused by name, begin nothing, and take no id', async () => {
    const buffers = live_buffers();
    const first = bw.http_get(`${server.url}/first`);
    const list = calls();
    expect(list.length).toBeGreaterThan(250);
    for (const [name, call] of list) {
      let thrown: unknown;
      try {
        call();
      } catch (error) {
        thrown = error;
      }
      expect(thrown instanceof TypeError || thrown instanceof RangeError, name).toBe(true);
      expect((thrown as Error).message.length, name).toBeGreaterThan(3);
    }
    const last = bw.http_get(`${server.url}/last`);
    expect(last).toBe(first + 1);
    for (const id of [first, last]) expect(await log.end(id)).toMatchObject({ status: 0 });
    expect(server.seen.length).toBe(2);
    expect(live_buffers()).toBe(buffers);
    expect(bw.http_get_connect_timeout()).toBe(60_000);
    expect(bw.http_get_max_per_host()).toBe(1024);
    expect(bw.http_get_request_crossorigin()).toBe('anonymous');
  });

  it('that are only odd work, or end with an event', async () => {
    const odd: [string, string][] = [
      [`${server.url}/${'x'.repeat(10_000)}`, ''],
      [`${server.url}/\ud800 \0\r\nX: y`, ''],
      [`  ${server.url}/  `, ''],
      [`${server.url.toUpperCase()}/`, ''],
      ['http://999.999.999.999/', 'bad_url'],
      ['http://x:-1/', 'bad_url'],
      ['http:///', 'bad_url'],
      ['\0', 'bad_url'],
    ];
    for (const [url, error] of odd) {
      const end = await log.end(bw.http_get(url));
      expect([end.error ?? '', end.url], url.slice(0, 50)).toEqual([error, url]);
    }
    expect(bw.http_abort(-1)).toBe(false);
    expect(bw.http_abort(2 ** 40)).toBe(false);
    const headers = { 'x-control': 'a\x01b', 'x-far': '日', 'x-good': ' y\t' };
    await log.end(bw.http_request(`${server.url}/`, 'get', headers, null));
    const sent = server.seen.at(-1)?.headers ?? {};
    expect([sent['x-control'], sent['x-far'], sent['x-good']]).toEqual([undefined, undefined, 'y']);
  });

  it('names of headers: one of Object is like others, one that is none is left out', async () => {
    const headers = new Map([
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['x-\u212a', 'c'],
    ]);
    await log.end(bw.http_request(`${server.url}/`, 'GET', headers));
    const raw = raw_headers.at(-1) ?? [];
    const sent = raw.flatMap((name, i) => (i % 2 ? [] : [[name, raw[i + 1]]]));
    expect(sent).toContainEqual(['__proto__', 'a']);
    expect(sent).toContainEqual(['constructor', 'b']);
    expect(sent.map(([name]) => name)).not.toContain('x-k');
  });
});

describe('options', () => {
  it('that are inherited count in every function', async () => {
    const heard: number[] = [];
    class Mine {
      get max_response_bytes() {
        return 1;
      }
    }
    const url = `${server.url}/`;
    const b = bw.buffer_create(0, bw.buffer_grow, 1);
    bw.store_set_backend('memory');
    try {
      for (const id of [
        bw.http_get(url, new Mine()),
        bw.http_get_file(url, 'x', new Mine()),
        bw.http_post_string(url, '', new Mine()),
        bw.http_request(url, 'GET', {}, b, new Mine()),
      ]) {
        heard.push(id);
        expect(await log.end(id)).toMatchObject({ status: -1, error: 'too_large' });
      }
      expect(new Set(heard).size).toBe(4);
    } finally {
      bw.store_set_backend('default');
      bw.buffer_delete(b);
    }
  });

  it('are read once, and a getter that makes a request has an id of its own', async () => {
    const url = `${server.url}/`;
    let inner = -1;
    let reads = 0;
    const options = {
      get timeout() {
        reads++;
        inner = bw.http_get(url);
        return 0;
      },
      retry: {
        get count() {
          bw.http_get(url);
          return 0;
        },
      },
    };
    const id = bw.http_get(url, options);
    expect(reads).toBe(1);
    expect(id).toBe(inner + 2);
    await log.end(id);
    await log.end(inner);
    await log.end(inner + 1);
    expect(log.of(id).filter(({ status }) => status !== 1).length).toBe(1);
  });
});
