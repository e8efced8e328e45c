// http_*: what is sent, and what comes back as text and in buffers of every kind, against a real server.
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { heap_use, live_buffers } from '../../bindings/buffer-table.js';
import * as bw from '../../bindings/index.js';
import { HttpLog } from './log.js';
import { body_of, pattern, type Route, serve, type TestServer } from './server.js';

let server: TestServer;
let log: HttpLog;
let made: number[];
let before: unknown;

const echo: Route = async (request, response) => {
  const body = await body_of(request);
  response.setHeader('content-type', 'application/json');
  response.end(
    JSON.stringify({
      method: request.method,
      headers: request.headers,
      body: body.toString('latin1'),
    }),
  );
};
const answers: Record<string, Route> = {
  '/hello': (_, response) => response.end('héllo wörld 🎮'),
  '/echo': echo,
  '/mirror': async (request, response) => response.end(await body_of(request)),
  '/count': async (request, response) => response.end(String((await body_of(request)).length)),
  '/binary': (_, response) => response.end(pattern(1000)),
  '/chunked': (_, response) => {
    response.write(pattern(1000).subarray(0, 300));
    setTimeout(() => response.end(pattern(1000).subarray(300)), 5);
  },
  '/headers': (_, response) => {
    response.setHeader('set-cookie', ['a=1', 'b=2']);
    response.setHeader('x-colon', 'key: value: more');
    response.setHeader('x-twice', ['one', 'two']);
    response.end('x');
  },
  '/204': (_, response) => response.writeHead(204).end(),
  '/304': (_, response) => response.writeHead(304, { etag: '"x"' }).end(),
  '/404': (_, response) => response.writeHead(404).end('not here'),
  '/500': (_, response) => response.writeHead(500).end('broken'),
  '/empty': (_, response) => response.end(),
  '/gzip': (_, response) => {
    response.setHeader('content-encoding', 'gzip');
    response.end(gzipSync(Buffer.from('squeezed '.repeat(1000))));
  },
  '/bad-utf8': (_, response) => response.end(Buffer.from([0x61, 0xff, 0xf0, 0x9f, 0x8e, 0x62])),
};

beforeEach(async () => {
  before = [live_buffers(), heap_use().blocks];
  made = [];
  log = new HttpLog();
  server = await serve(answers);
});
afterEach(async () => {
  for (const b of made) if (bw.buffer_exists(b)) bw.buffer_delete(b);
  log.stop();
  await server.stop();
  expect([live_buffers(), heap_use().blocks]).toEqual(before);
});

const keep = (b: number) => {
  made.push(b);
  return b;
};
const url = (path: string) => server.url + path;
const from = (...values: number[]) => keep(bw.buffer_from(new Uint8Array(values)));
const bytes = (b: number) => Buffer.from(bw.buffer_to_bytes(b));

describe('http_get', () => {
  it('gives an id at once and the text in an event', async () => {
    const id = bw.http_get(url('/hello'));
    expect(log.events).toEqual([]);
    const event = await log.end(id);
    expect(event).toMatchObject({
      id,
      status: 0,
      url: url('/hello'),
      result: 'héllo wörld 🎮',
      http_status: 200,
    });
    expect(event.sizeDownloaded).toBe(Buffer.byteLength('héllo wörld 🎮'));
    expect('error' in event).toBe(false);
  });

  it('ids count up and are never given again', async () => {
    const ids = [1, 2, 3].map(() => bw.http_get(url('/empty')));
    expect(ids[1]).toBe(ids[0] + 1);
    await Promise.all(ids.map((id) => log.end(id)));
    const next = bw.http_get(url('/empty'));
    expect(next).toBe(ids[2] + 1);
    await log.end(next);
    expect(log.events.filter(({ status }) => status !== 1).length).toBe(4);
  });

  it('tells 2xx, also empty ones, from all others, with body and headers of each', async () => {
    const expected = {
      '/204': [0, 204, ''],
      '/empty': [0, 200, ''],
      '/304': [-1, 304, ''],
      '/404': [-1, 404, 'not here'],
      '/500': [-1, 500, 'broken'],
    };
    for (const [path, [status, http_status, result]] of Object.entries(expected)) {
      const event = await log.end(bw.http_get(url(path)));
      expect(event).toMatchObject({ status, http_status, result });
      expect(event.error).toBe(status === 0 ? undefined : 'http_status');
      expect(event.response_headers?.get('date')).toBeTruthy();
    }
  });

  it('shows all response headers', async () => {
    const { response_headers } = await log.end(bw.http_get(url('/headers')));
    expect(response_headers?.get('X-Colon')).toBe('key: value: more');
    expect(response_headers?.get('x-twice')).toBe('one, two');
    expect(response_headers?.getSetCookie()).toEqual(['a=1', 'b=2']);
  });

  it('reads compressed answers, whose length nobody knows, and malformed UTF-8', async () => {
    expect(await log.end(bw.http_get(url('/gzip')))).toMatchObject({
      status: 0,
      result: 'squeezed '.repeat(1000),
      contentLength: -1,
      sizeDownloaded: 9000,
    });
    expect((await log.end(bw.http_get(url('/bad-utf8')))).result).toBe('a\ufffd\ufffdb');
  });

  it('takes anything as URL and ends with an event; in Node there are only http and https', async () => {
    for (const bad of [
      '',
      'nonsense',
      '/relative',
      'http://',
      'http://u:p@127.0.0.1/',
      'http://127.0.0.1:1/',
      'http://[::1',
    ]) {
      expect(await log.end(bw.http_get(bad)), bad).toMatchObject({
        url: bad,
        status: -1,
        http_status: 0,
        result: '',
        error: 'bad_url',
      });
    }
    for (const bad of [
      'file:///etc/passwd',
      'data:text/plain,x',
      'blob:x',
      'ftp://127.0.0.1/',
      'javascript:1',
    ]) {
      expect(await log.end(bw.http_get(bad)), bad).toMatchObject({ status: -1, error: 'scheme' });
    }
  });
});

describe('http_post_string', () => {
  it('posts a text as a form, an empty one too', async () => {
    for (const text of ['a=1&b=ü', '']) {
      const { result } = await log.end(bw.http_post_string(url('/echo'), text));
      const seen = JSON.parse(String(result));
      expect(seen).toMatchObject({ method: 'POST', body: Buffer.from(text).toString('latin1') });
      expect(seen.headers).toMatchObject({
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': String(Buffer.byteLength(text)),
      });
    }
  });
});

describe('http_request', () => {
  const seen = async (headers: bw.HttpHeaderMap, method = 'POST', body: bw.HttpBody = '') =>
    JSON.parse(
      String((await log.end(bw.http_request(url('/echo'), method, headers, body))).result),
    );

  it('takes headers as Map, plain object, Headers or none, and adds no Content-Type', async () => {
    const maps = [
      new Map([
        ['X-One', '1'],
        ['x-two', '2'],
      ]),
      { 'X-One': 1, 'x-two': '2' },
      new Headers({ 'X-One': '1', 'x-two': '2' }),
      Object.assign(Object.create(null), { 'x-one': '1', 'x-two': '2' }),
    ];
    for (const map of maps) {
      const { headers } = await seen(map, 'POST', 'text');
      expect(headers).toMatchObject({ 'x-one': '1', 'x-two': '2' });
      expect(headers['content-type']).toBeUndefined();
    }
    for (const none of [-1, null, undefined]) expect((await seen(none)).method).toBe('POST');
    for (const wrong of [3, 'x', [], new Date(), true]) {
      expect(() => bw.http_request(url('/echo'), 'POST', wrong as never, '')).toThrow(TypeError);
    }
  });

  it('leaves out headers that may not be sent, one by one', async () => {
    const { headers } = await seen(
      {
        'content-length': '999',
        'Transfer-Encoding': 'chunked',
        connection: 'close',
        Host: 'evil',
        expect: '100-continue',
        'bad name': 'x',
        '': 'x',
        'x-split': 'a\r\nx-injected: 1',
        'x-nul': 'a\0b',
        'x-none': undefined as never,
        'x-far': '日本',
        'x-good': 'still here',
        cookie: 'a=1',
      },
      'POST',
      'four',
    );
    expect(headers).toMatchObject({ 'x-good': 'still here', 'content-length': '4', cookie: 'a=1' });
    expect(headers.host).toBe(`127.0.0.1:${server.port}`);
    for (const name of [
      'transfer-encoding',
      'expect',
      'x-split',
      'x-injected',
      'x-nul',
      'x-none',
      'x-far',
    ]) {
      expect(headers[name], name).toBeUndefined();
    }
  });

  it('refuses a value that is no text', () => {
    for (const value of [{}, [], () => {}, Symbol('x')]) {
      const headers = { 'x-a': value } as never;
      expect(() => bw.http_request(`${server.url}/echo`, 'POST', headers, 'x')).toThrow(TypeError);
    }
  });

  it('takes any method, and bodies as text, bytes or buffer', async () => {
    expect((await seen({}, 'put', 'x')).method).toBe('PUT');
    expect((await seen({}, 'patch', 'x')).method).toBe('PATCH');
    expect((await seen({}, 'DELETE')).method).toBe('DELETE');
    const raw = new Uint8Array([0, 255, 128, 7]);
    for (const body of [raw, raw.buffer, new Uint8Array([9, ...raw, 9]).subarray(1, 5)]) {
      expect(Buffer.from((await seen({}, 'POST', body)).body, 'latin1')).toEqual(Buffer.from(raw));
    }
    expect(await log.end(bw.http_request(url('/hello'), 'HEAD', {}, ''))).toMatchObject({
      status: 0,
      result: '',
    });
    for (const wrong of [{}, [], true, 5n]) {
      expect(() => bw.http_request(url('/echo'), 'POST', {}, wrong as never)).toThrow(TypeError);
    }
    for (const wrong of ['', 'a b', 'CONNECT', 'trace']) {
      expect(() => bw.http_request(url('/echo'), wrong, {}, '')).toThrow(RangeError);
    }
    expect(() => bw.http_request(url('/echo'), 'GET', {}, 'x')).toThrow(/GET request has no body/);
    expect(() => bw.http_request(url('/echo'), 'POST', {}, 123456)).toThrow(RangeError);
  });

  it('sends a buffer that is past position 0, up to its used size, as it is at the call', async () => {
    const b = keep(bw.buffer_create(64, bw.buffer_fixed, 1));
    for (const value of [1, 2, 3, 4]) bw.buffer_write(b, bw.buffer_u8, value);
    bw.buffer_seek(b, bw.buffer_seek_start, 2);
    const id = bw.http_request(url('/echo'), 'POST', {}, b);
    bw.buffer_poke(b, 0, bw.buffer_u8, 99);
    bw.buffer_delete(b);
    expect(JSON.parse(String((await log.end(id)).result)).body).toBe('\x01\x02\x03\x04');
  });

  it('writes the answer into a buffer that is at position 0, and sends nothing', async () => {
    const b = keep(bw.buffer_create(1, bw.buffer_grow, 1));
    const event = await log.end(bw.http_request(url('/binary'), 'GET', {}, b));
    expect(event).toMatchObject({
      status: 0,
      result: 1000,
      http_status: 200,
      contentLength: 1000,
      sizeDownloaded: 1000,
    });
    expect(bytes(b)).toEqual(pattern(1000));
    expect([bw.buffer_tell(b), bw.buffer_get_used_size(b), bw.buffer_get_size(b)]).toEqual([
      0, 1000, 1000,
    ]);
    const post = keep(bw.buffer_create(0, bw.buffer_grow, 1));
    bw.buffer_write(post, bw.buffer_u8, 7);
    bw.buffer_seek(post, bw.buffer_seek_start, 0);
    await log.end(bw.http_request(url('/echo'), 'POST', {}, post));
    expect(JSON.parse(String(bytes(post))).body).toBe('');
  });

  it('sends and receives binary together', async () => {
    const out = from(1, 2, 250, 0);
    const into = from(9, 9, 9);
    bw.buffer_seek(into, bw.buffer_seek_start, 2);
    const event = await log.end(
      bw.http_request(url('/mirror'), 'POST', {}, out, { response_buffer: into }),
    );
    expect(event).toMatchObject({ status: 0, result: 4 });
    expect([...bytes(into)]).toEqual([9, 9, 1, 2, 250, 0]);
    expect(bw.buffer_tell(into)).toBe(2);
  });
});

describe('a response in a buffer', () => {
  it.each(['/binary', '/chunked'])(
    '%s: grow grows, wrap wraps, the others stop when full',
    async (path) => {
      const whole = pattern(1000);
      const grow = keep(bw.buffer_create(2000, bw.buffer_grow, 1));
      expect(await log.end(bw.http_request(url(path), 'GET', {}, grow))).toMatchObject({
        status: 0,
        result: 1000,
      });
      expect([bw.buffer_get_size(grow), bw.buffer_get_used_size(grow)]).toEqual([2000, 1000]);

      const wrap = keep(bw.buffer_create(700, bw.buffer_wrap, 1));
      expect(await log.end(bw.http_request(url(path), 'GET', {}, wrap))).toMatchObject({
        status: 0,
        result: 1000,
      });
      expect(bytes(wrap)).toEqual(Buffer.concat([whole.subarray(700), whole.subarray(300, 700)]));

      for (const kind of [bw.buffer_fixed, bw.buffer_fast, bw.buffer_vbuffer]) {
        const exact = keep(bw.buffer_create(1000, kind, 1));
        expect(await log.end(bw.http_request(url(path), 'GET', {}, exact))).toMatchObject({
          status: 0,
          result: 1000,
        });
        expect(bytes(exact)).toEqual(whole);
        const short = keep(bw.buffer_create(999, kind, 1));
        expect(await log.end(bw.http_request(url(path), 'GET', {}, short))).toMatchObject({
          status: -1,
          error: 'buffer_full',
          result: 999,
          sizeDownloaded: 999,
          http_status: 200,
        });
        expect(bytes(short)).toEqual(whole.subarray(0, 999));
      }
    },
  );

  it('of an error status is there too', async () => {
    const b = keep(bw.buffer_create(0, bw.buffer_grow, 1));
    expect(await log.end(bw.http_request(url('/404'), 'GET', {}, b))).toMatchObject({
      status: -1,
      error: 'http_status',
      http_status: 404,
      result: 8,
    });
    expect(bytes(b).toString()).toBe('not here');
  });

  it('ends when the buffer is deleted, and touches no buffer that came after it', async () => {
    const b = keep(bw.buffer_create(0, bw.buffer_grow, 1));
    const id = bw.http_request(url('/chunked'), 'GET', {}, b);
    bw.buffer_delete(b);
    const next = from(5, 5, 5);
    expect(await log.end(id)).toMatchObject({
      status: -1,
      error: 'buffer_deleted',
      http_status: 200,
    });
    expect([...bytes(next)]).toEqual([5, 5, 5]);
    expect(() => bw.http_request(url('/binary'), 'GET', {}, b)).toThrow(RangeError);
  });

  it('survives that memory grows and the buffer moves meanwhile', async () => {
    const big = pattern(3 << 20);
    const slow = await serve({
      '*': (_, response) => {
        let at = 0;
        const timer = setInterval(() => {
          response.write(big.subarray(at, (at += 256 << 10)));
          if (at < big.length) return;
          clearInterval(timer);
          response.end();
        }, 2);
      },
    });
    const b = keep(bw.buffer_create(1, bw.buffer_grow, 1));
    const id = bw.http_request(`${slow.url}/`, 'GET', {}, b);
    const end = log.end(id);
    let over = false;
    end.then(() => {
      over = true;
    });
    while (!over) {
      keep(bw.buffer_create(1 << 20, bw.buffer_fixed, 1));
      await new Promise((done) => setTimeout(done, 1));
    }
    expect(await end).toMatchObject({ status: 0, result: big.length });
    expect(bytes(b).equals(big)).toBe(true);
    await slow.stop();
  });
});

it('settings are checked and kept', () => {
  expect(bw.http_get_request_crossorigin()).toBe('anonymous');
  bw.http_set_request_crossorigin('use-credentials');
  expect(bw.http_get_request_crossorigin()).toBe('use-credentials');
  bw.http_set_request_crossorigin('anonymous');
  expect(() => bw.http_set_request_crossorigin('toString')).toThrow(RangeError);
  expect(() => bw.http_set_request_crossorigin(1 as never)).toThrow(TypeError);
  expect(bw.http_get_connect_timeout()).toBe(60_000);
  bw.http_set_connect_timeout(-5);
  expect(bw.http_get_connect_timeout()).toBe(1);
  expect(() => bw.http_set_connect_timeout(2 ** 31)).toThrow(RangeError);
  expect(() => bw.http_set_connect_timeout('1' as never)).toThrow(TypeError);
  bw.http_set_connect_timeout(60_000);
  for (const options of [
    { timeout: -1 },
    { timeout: 1.5 },
    { retry: -1 },
    { retry: { count: 1, first_ms: -1 } },
    { max_response_bytes: -1 },
    { response_buffer: 999999 },
    { response_file: '../x' },
    { response_file: 'x', response_buffer: 1 },
  ]) {
    expect(() => bw.http_get('http://127.0.0.1/', options), JSON.stringify(options)).toThrow(
      RangeError,
    );
  }
  for (const options of [5, 'x', { on_progress: 1 }, { timeout: '1' }, { response_file: 1 }]) {
    expect(() => bw.http_get('http://127.0.0.1/', options as never)).toThrow(TypeError);
  }
  expect(() => bw.http_get(5 as never)).toThrow(TypeError);
  expect(bw.http_abort(1e9)).toBe(false);
  expect(() => bw.http_abort('1' as never)).toThrow(TypeError);
});
