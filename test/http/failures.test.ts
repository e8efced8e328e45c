// What can go wrong with a request, each told apart: refused, unknown, untrusted, silent, cut off, lying, too long, aborted.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer as create_https } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { clock } from '../../bindings/http-clock.js';
import { http_error } from '../../bindings/http-error.js';
import * as bw from '../../bindings/index.js';
import { HttpLog } from './log.js';
import { body_of, free_port, pattern, serve, serve_raw, type TestServer } from './server.js';

const top = fileURLToPath(new URL('../..', import.meta.url));
const fixture = (name: string) => join(top, 'test/fixtures', name);
let log: HttpLog;
let servers: TestServer[];

beforeEach(() => {
  log = new HttpLog();
  servers = [];
});
afterEach(async () => {
  vi.restoreAllMocks();
  bw.http_set_connect_timeout(60_000);
  log.stop();
  for (const server of servers) await server.stop();
});

const keep = async (server: Promise<TestServer>) => {
  servers.push(await server);
  return servers.at(-1)!;
};
const ended = (url: string, options?: bw.HttpOptions) => log.end(bw.http_get(url, options));
const nothing = { status: -1, http_status: 0, result: '' };

describe('no answer', () => {
  it('that is HTTP: a switch of protocols that nobody asked for, and a status that there is not', async () => {
    const raw = await keep(
      serve_raw({
        '/101': (socket) =>
          socket.write('HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
        '/101-alone': (socket) => socket.write('HTTP/1.1 101 X\r\n\r\n'),
        '/099': (socket) => socket.end('HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n'),
      }),
    );
    for (const path of ['/101', '/101-alone', '/099']) {
      expect(await ended(raw.url + path), path).toMatchObject({ ...nothing, error: 'protocol' });
    }
  });

  it('that ends: a body of which nothing more comes has broken off', async () => {
    const { after } = clock;
    const raw = await keep(
      serve_raw({
        '/': (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab'),
      }),
    );
    vi.spyOn(clock, 'after').mockImplementation((ms, run) => after(ms === 300_000 ? 0 : ms, run));
    expect(await ended(`${raw.url}/`)).toMatchObject({
      status: -1,
      http_status: 200,
      error: 'timeout',
    });
  });

  it('refused, no such host, closed, reset, not HTTP', async () => {
    expect(await ended(`http://127.0.0.1:${await free_port()}/`)).toMatchObject({
      ...nothing,
      error: 'refused',
    });
    for (const host of ['nobody.invalid', 'a'.repeat(300)]) {
      expect(await ended(`http://${host}/`)).toMatchObject({ ...nothing, error: 'dns' });
    }
    const raw = await keep(
      serve_raw({
        '/close': (socket) => socket.end(),
        '/reset': (socket) => socket.resetAndDestroy(),
        '/half': (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-'),
        '/garbage': (socket) => socket.end('I am not a web server\r\n\r\n'),
        '/two-lengths': (socket) =>
          socket.end('HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd'),
      }),
    );
    const expected = {
      '/close': 'closed',
      '/reset': 'closed',
      '/half': 'closed',
      '/garbage': 'protocol',
      '/two-lengths': 'protocol',
    };
    for (const [path, error] of Object.entries(expected)) {
      const event = await ended(raw.url + path);
      expect(event, path).toMatchObject({ ...nothing, error });
      expect(event.message).toBeTruthy();
      expect(event.response_headers).toBeUndefined();
    }
  });

  it('a server that never answers: connect timeout, whole timeout, abort', async () => {
    const silent = await keep(serve({ '*': () => {} }));
    bw.http_set_connect_timeout(30);
    expect(await ended(`${silent.url}/`)).toMatchObject({ ...nothing, error: 'timeout' });
    bw.http_set_connect_timeout(60_000);
    expect(await ended(`${silent.url}/`, { timeout: 30 })).toMatchObject({
      ...nothing,
      error: 'timeout',
    });
    const id = bw.http_get(`${silent.url}/`);
    expect(bw.http_abort(id)).toBe(true);
    expect(bw.http_abort(id)).toBe(false);
    expect(await log.end(id)).toMatchObject({ ...nothing, error: 'aborted' });
    expect(log.of(id).length).toBe(1);
  });

  it('the connect timeout starts anew with each part of a body, and is over with the first of the answer', async () => {
    const server = await keep(
      serve({
        '/late': async (request, response) => {
          await body_of(request);
          response.write('begin');
        },
        '/early': (request, response) => {
          response.write('begin');
          request.resume();
        },
      }),
    );
    let armed = 0;
    const live = new Set<number>();
    vi.spyOn(clock, 'after').mockImplementation((ms) => {
      // The time that a body may stand still is another matter.
      if (ms === 300_000) return () => {};
      const timer = ++armed;
      live.add(timer);
      return () => live.delete(timer);
    });
    for (const path of ['/late', '/early']) {
      armed = 0;
      const body = new Uint8Array(4 << 20);
      const id = bw.http_request(server.url + path, 'POST', {}, body, { max_response_bytes: 100 });
      // The answer has begun, and with it the timeout is over: no timer is left, while the request goes on.
      await vi.waitFor(() => {
        expect(armed).toBeGreaterThan(path === '/late' ? 20 : 0);
        expect(live.size).toBe(0);
      });
      bw.http_abort(id);
      await log.end(id);
      expect(live.size).toBe(0);
    }
  });

  it('an untrusted certificate, and TLS spoken to a server that has none', async () => {
    const options = {
      key: readFileSync(fixture('localhost.key.pem')),
      cert: readFileSync(fixture('localhost.cert.pem')),
    };
    const server = create_https(options, (_, response) => response.end('secret'));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    expect(await ended(`https://127.0.0.1:${port}/`)).toMatchObject({ ...nothing, error: 'tls' });
    const plain = await keep(serve({}));
    expect(await ended(`https://127.0.0.1:${plain.port}/`)).toMatchObject({
      ...nothing,
      error: 'tls',
    });
    // A process that trusts it.
    const code = `
      import { async_on, http_get } from ${JSON.stringify(join(top, 'dist/node/index.js'))};
      async_on('http', ({ status, result }) => console.log(status, result));
      http_get('https://127.0.0.1:${port}/');`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', code],
      {
        env: { ...process.env, NODE_EXTRA_CA_CERTS: fixture('localhost.cert.pem') },
      },
    );
    expect(stdout.trim()).toBe('0 secret');
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
});

describe('an answer that breaks off', () => {
  const head = (...lines: string[]) => `HTTP/1.1 200 OK\r\n${lines.join('\r\n')}\r\n\r\n`;
  const squeezed = gzipSync(pattern(100_000));

  it('is truncated, damaged or not HTTP, with the status that had come', async () => {
    const raw = await keep(
      serve_raw({
        '/short': (socket) => socket.end(`${head('Content-Length: 100')}abc`),
        '/chunk': (socket) => socket.end(`${head('Transfer-Encoding: chunked')}3\r\nabc\r\n`),
        '/bad-chunk': (socket) =>
          socket.end(`${head('Transfer-Encoding: chunked')}3\r\nabc\r\nZZ\r\n`),
        '/reset': (socket) => {
          socket.write(`${head('Content-Length: 100')}abc`);
          setTimeout(() => socket.resetAndDestroy(), 20);
        },
        '/gzip-short': (socket) => {
          socket.write(head('Content-Encoding: gzip', `Content-Length: ${squeezed.length}`));
          socket.end(squeezed.subarray(0, squeezed.length >> 1));
        },
        '/gzip-bad': (socket) =>
          socket.end(`${head('Content-Encoding: gzip', 'Content-Length: 3')}abc`),
        '/long': (socket) => socket.end(`${head('Content-Length: 3')}abcdefghi`),
        '/no-length': (socket) => socket.end(`${head('X: y')}abc`),
      }),
    );
    const expected = {
      '/short': 'truncated',
      '/chunk': 'truncated',
      '/reset': 'truncated',
      '/gzip-short': 'truncated',
      '/bad-chunk': 'protocol',
      '/gzip-bad': 'decode',
    };
    for (const [path, error] of Object.entries(expected)) {
      const event = await ended(raw.url + path);
      expect(event, path).toMatchObject({ status: -1, http_status: 200, result: '', error });
      expect(event.response_headers).toBeInstanceOf(Headers);
    }
    // What is beyond the promised length is not of this answer; without a length the end of the connection is the end.
    expect(await ended(`${raw.url}/long`)).toMatchObject({ status: 0, result: 'abc' });
    expect(await ended(`${raw.url}/no-length`)).toMatchObject({ status: 0, result: 'abc' });
  });

  it('leaves what has come in a buffer, and says how much', async () => {
    const raw = await keep(
      serve_raw({
        '/': (socket) => {
          socket.write(`${head('Content-Length: 100')}abc`);
          setTimeout(() => socket.end(), 50);
        },
      }),
    );
    const b = bw.buffer_create(0, bw.buffer_grow, 1);
    expect(await log.end(bw.http_request(`${raw.url}/`, 'GET', {}, b))).toMatchObject({
      status: -1,
      error: 'truncated',
      result: 3,
      contentLength: 100,
      sizeDownloaded: 3,
    });
    expect([bw.buffer_get_size(b), bw.buffer_get_used_size(b)]).toEqual([3, 3]);
    bw.buffer_delete(b);
  });

  it('by the caller, or by the clock, in the middle', async () => {
    const slow = await keep(serve({ '*': (_, response) => void response.write('begin') }));
    const id = bw.http_get(`${slow.url}/`);
    await log.when(id, ({ sizeDownloaded }) => sizeDownloaded === 5);
    bw.http_abort(id);
    expect(await log.end(id)).toMatchObject({
      status: -1,
      http_status: 200,
      error: 'aborted',
      sizeDownloaded: 5,
    });
    let strike = () => {};
    vi.spyOn(clock, 'after').mockImplementation((ms, run) => {
      if (ms === 12_345) strike = run;
      return () => {};
    });
    const late = bw.http_get(`${slow.url}/`, { timeout: 12_345 });
    await log.when(late, ({ sizeDownloaded }) => sizeDownloaded === 5);
    strike();
    expect(await log.end(late)).toMatchObject({ http_status: 200, error: 'timeout' });
  });
});

describe('limits', () => {
  it('a body that is too long ends at once when its length is told, else when it is passed', async () => {
    const server = await keep(
      serve({
        '/told': (_, response) => response.end('x'.repeat(100)),
        '/chunked': (_, response) => {
          response.write('x'.repeat(60));
          setTimeout(() => response.end('x'.repeat(40)), 10);
        },
      }),
    );
    for (const path of ['/told', '/chunked']) {
      expect(await ended(server.url + path, { max_response_bytes: 99 }), path).toMatchObject({
        status: -1,
        http_status: 200,
        error: 'too_large',
        result: '',
      });
      expect(await ended(server.url + path, { max_response_bytes: 100 })).toMatchObject({
        status: 0,
      });
    }
    expect(await ended(`${server.url}/none`, { max_response_bytes: 3 })).toMatchObject({
      http_status: 404,
      error: 'too_large',
    });
  });

  it('the message names the limit that was asked for, however much a few bytes make', async () => {
    const zeros = Buffer.alloc(40 << 20);
    const server = await keep(
      serve({
        '/gzip': (_, response) =>
          response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(zeros)),
        '/twice': (_, response) =>
          response
            .writeHead(200, { 'content-encoding': 'gzip, gzip' })
            .end(gzipSync(gzipSync(zeros))),
        '/br': (_, response) =>
          response
            .writeHead(200, { 'content-encoding': 'br' })
            .end(brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } })),
      }),
    );
    for (const path of ['/gzip', '/twice', '/br']) {
      expect(await ended(server.url + path, { max_response_bytes: 1000 }), path).toMatchObject({
        error: 'too_large',
        message: 'the body is longer than 1000 bytes',
      });
    }
  });

  it('a promised length is believed only as far as bytes come', async () => {
    const raw = await keep(
      serve_raw({
        '/': (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2000000000\r\n\r\nabc'),
      }),
    );
    const { heap_use } = await import('../../bindings/buffer-table.js');
    const b = bw.buffer_create(0, bw.buffer_grow, 1);
    const before = heap_use().heap_bytes;
    expect(await log.end(bw.http_request(`${raw.url}/`, 'GET', {}, b))).toMatchObject({
      error: 'truncated',
      result: 3,
    });
    expect(heap_use().heap_bytes - before).toBeLessThan(20 << 20);
    bw.buffer_delete(b);
  });
});

it('errors of hosts are sorted by code, wherever it stands in the chain of causes', () => {
  const cases: [object, boolean, string][] = [
    [{ cause: { code: 'CERT_HAS_EXPIRED' } }, false, 'tls'],
    [{ cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } }, false, 'tls'],
    [{ cause: { errors: [{ code: 'ECONNREFUSED' }, { code: 'ECONNREFUSED' }] } }, false, 'refused'],
    [{ cause: { code: 'EHOSTUNREACH' } }, false, 'unreachable'],
    [{ cause: { code: 'ETIMEDOUT' } }, false, 'timeout'],
    [{ cause: { code: 'ECONNRESET' } }, false, 'closed'],
    [{ cause: { code: 'ECONNRESET' } }, true, 'truncated'],
    [{ cause: { code: 'HPE_INVALID_CONSTANT' } }, true, 'protocol'],
    [{ cause: { code: 'EAI_AGAIN' } }, false, 'dns'],
    [{}, false, 'network'],
    [{}, true, 'truncated'],
  ];
  for (const [fields, in_body, code] of cases) {
    const { cause } = fields as { cause?: object };
    const error = new TypeError('fetch failed', {
      cause: cause && Object.assign(new Error('x'), cause),
    });
    expect(http_error(error, in_body).code).toBe(code);
  }
  expect(http_error('a string', false).code).toBe('network');
  expect(http_error(new bw.NetError('store_full', 'x'), true).code).toBe('store_full');
});
