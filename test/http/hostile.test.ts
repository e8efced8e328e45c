// Servers that mean harm: heads and bodies against the rules, floods, lies about lengths, redirects to where nobody should go.
import { readFileSync } from 'node:fs';
import { createServer as create_tcp, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { live_buffers } from '../../bindings/buffer-table.js';
import { clock } from '../../bindings/http-clock.js';
import * as bw from '../../bindings/index.js';
import { scratch_root } from '../store/scratch.js';
import { HttpLog } from './log.js';
import { serve, serve_raw, type TestServer } from './server.js';

let log: HttpLog;
let servers: TestServer[];
let uncaught: unknown[];
const note = (error: unknown) => uncaught.push(error);
let buffers: number;

beforeEach(() => {
  buffers = live_buffers();
  log = new HttpLog();
  servers = [];
  uncaught = [];
  process.on('uncaughtExceptionMonitor', note);
});
afterEach(async () => {
  vi.restoreAllMocks();
  bw.http_set_connect_timeout(60_000);
  log.stop();
  for (const server of servers) await server.stop();
  process.off('uncaughtExceptionMonitor', note);
  expect(uncaught).toEqual([]);
  await vi.waitFor(() => expect(live_buffers()).toBe(buffers));
});

const keep = async (server: Promise<TestServer>) => {
  servers.push(await server);
  return servers.at(-1)!;
};
/** A server that says these bytes, then hangs up. */
const says = async (text: string) => (await keep(serve_raw({ '/': (s) => s.end(text) }))).url;
const get = async (text: string, options?: bw.HttpOptions) =>
  log.end(bw.http_get(`${await says(text)}/`, options));
const head = (...lines: string[]) => `HTTP/1.1 200 OK\r\n${lines.join('\r\n')}\r\n\r\n`;
const more = (socket: Socket, text: string) => {
  const on = () => {
    while (!socket.destroyed && socket.write(text));
    socket.once('drain', on);
  };
  on();
};

describe('a head against the rules', () => {
  it.each([
    [
      'a length and chunks',
      `${head('Content-Length: 3', 'Transfer-Encoding: chunked')}3\r\nabc\r\n0\r\n\r\n`,
    ],
    [
      'chunks and a length',
      `${head('Transfer-Encoding: chunked', 'Content-Length: 3')}3\r\nabc\r\n0\r\n\r\n`,
    ],
    ['two lengths', `${head('Content-Length: 3', 'Content-Length: 4')}abcd`],
    ['a list of lengths', `${head('Content-Length: 3, 3')}abc`],
    ['a negative length', `${head('Content-Length: -3')}abc`],
    ['a length in hexadecimal', `${head('Content-Length: 0x3')}abc`],
    ['a length beyond 64 bits', `${head('Content-Length: 99999999999999999999999')}abc`],
    ['a name with a space', `${head('Content-Length : 3')}abc`],
    ['a name that is none', `${head('b(d: 1', 'Content-Length: 3')}abc`],
    ['a NUL in a value', `${head('X: a\0b', 'Content-Length: 3')}abc`],
    ['a line of its own CR', `${head('X: a\rSet-Cookie: b', 'Content-Length: 3')}abc`],
    ['a folded line', `${head('X: a\r\n\tb: c', 'Content-Length : 3')}abc`],
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
    [
      'HTTP/2 from nowhere',
      '\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80\0\x04\0\x01\0\0\0\x05\0\xff\xff\xff',
    ],
    ['no status', 'HTTP/1.1 \r\n\r\n'],
    ['a status of letters', 'HTTP/1.1 abc OK\r\n\r\n'],
  ])('%s: not HTTP', async (_, text) => {
    const end = await get(text);
    expect(end).toMatchObject({ status: -1, http_status: 0, result: '', error: 'protocol' });
    expect(end.response_headers).toBeUndefined();
  });

  it('that does not end, as one line, as many, or in answers before the answer', async () => {
    const raw = await keep(
      serve_raw({
        '/line': (socket) => {
          socket.write('HTTP/1.1 200 OK\r\nX: ');
          more(socket, 'x'.repeat(65_536));
        },
        '/lines': (socket) => {
          socket.write('HTTP/1.1 200 OK\r\n');
          more(socket, 'a: b\r\n'.repeat(10_000));
        },
        '/trailers': (socket) => {
          socket.write(`${head('Transfer-Encoding: chunked')}0\r\n`);
          more(socket, 'a: b\r\n'.repeat(10_000));
        },
        '/extensions': (socket) => {
          socket.write(`${head('Transfer-Encoding: chunked')}1;`);
          more(socket, 'x'.repeat(65_536));
        },
      }),
    );
    for (const path of ['/line', '/lines', '/trailers', '/extensions']) {
      expect(await log.end(bw.http_get(raw.url + path)), path).toMatchObject({
        status: -1,
        error: 'protocol',
      });
    }
  });

  it('after answers that are none yet (1xx): a few are skipped, endless ones end with the connect timeout', async () => {
    const early = 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n';
    const good = `${early.repeat(50)}HTTP/1.1 100 Continue\r\n\r\n${head('Content-Length: 2')}ok`;
    expect(await get(good)).toMatchObject({ status: 0, http_status: 200, result: 'ok' });
    let sent = 0;
    const raw = await keep(
      serve_raw({
        '/': (socket) => {
          const on = () => {
            if (socket.destroyed) return;
            sent++;
            socket.write(early, () => setImmediate(on));
          };
          on();
        },
      }),
    );
    bw.http_set_connect_timeout(100);
    expect(await log.end(bw.http_get(`${raw.url}/`))).toMatchObject({
      status: -1,
      http_status: 0,
      error: 'timeout',
    });
    expect(sent).toBeGreaterThan(0);
  });

  it('with very many headers is shown whole', async () => {
    const lines = Array.from({ length: 2500 }, (_, i) => `${i.toString(36)}:`);
    const { response_headers, status } = await get(`${head(...lines, 'Content-Length: 1')}x`);
    expect(status).toBe(0);
    expect([...response_headers!].length).toBe(2501);
  });
});

describe('a body that is not what its head says', () => {
  it('HEAD, 204 and 304 have none, whatever follows; it is no answer to the next request', async () => {
    const none = (status: string) =>
      `HTTP/1.1 ${status}\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nHTTP/1.1 200 EVIL\r\nContent-Length: 4\r\n\r\nevil`;
    for (const status of ['204 No Content', '304 Not Modified']) {
      const url = await says(none(status));
      for (let i = 0; i < 3; i++) {
        const end = await log.end(bw.http_get(`${url}/`));
        expect(end).toMatchObject({ http_status: Number(status.slice(0, 3)), result: '' });
      }
    }
    const url = await says(`${head('Content-Length: 100')}a body`);
    expect(await log.end(bw.http_request(`${url}/`, 'HEAD', {}, ''))).toMatchObject({
      status: 0,
      result: '',
      contentLength: 100,
      sizeDownloaded: 0,
    });
  });

  it('bytes behind an answer never become the answer to the next request', async () => {
    // Both in one piece, and the second one when the connection is idle.
    const evil = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil';
    for (const late of [0, 20]) {
      let connections = 0;
      const tcp = create_tcp((socket) => {
        connections++;
        socket.on('error', () => {});
        socket.on('data', () => {
          socket.write(`${head('Content-Length: 4')}good${late ? '' : evil}`);
          if (late) setTimeout(() => socket.write(evil), late);
        });
      });
      await new Promise<void>((done) => tcp.listen(0, '127.0.0.1', done));
      const { port } = tcp.address() as { port: number };
      for (let i = 0; i < 3; i++) {
        const end = await log.end(bw.http_get(`http://127.0.0.1:${port}/`));
        expect(end).toMatchObject({ status: 0, result: 'good' });
        await new Promise((done) => setTimeout(done, 2 * late));
      }
      expect(connections).toBe(3);
      await new Promise((done) => tcp.close(done));
    }
  });

  it.each([
    ['no digits', 'ZZ\r\nabc\r\n0\r\n\r\n'],
    ['a sign', '-3\r\nabc\r\n0\r\n\r\n'],
    ['more than 64 bits', 'ffffffffffffffffff\r\nabc\r\n'],
    ['no line end behind it', '3\r\nabcdef\r\n0\r\n\r\n'],
  ])('chunk sizes: %s', async (_, chunks) => {
    expect(await get(head('Transfer-Encoding: chunked') + chunks)).toMatchObject({
      status: -1,
      http_status: 200,
      error: 'protocol',
      result: '',
    });
  });

  it('chunks of one byte each, to a file and into a buffer', async () => {
    const scratch = scratch_root();
    const size = 100_000;
    const text = `${head('Transfer-Encoding: chunked')}${'1\r\nx\r\n'.repeat(size)}0\r\n\r\n`;
    const url = `${await says(text)}/`;
    expect(await log.end(bw.http_get_file(url, 'x'))).toMatchObject({
      status: 0,
      sizeDownloaded: size,
    });
    expect(readFileSync(join(scratch.root, 'x'), 'utf8')).toBe('x'.repeat(size));
    expect(await log.end(bw.http_get(url))).toMatchObject({ result: 'x'.repeat(size) });
    scratch.remove();
  });

  it('chunks that are promised and do not come', async () => {
    const promise = `${head('Transfer-Encoding: chunked')}7fffffff\r\nabc`;
    const b = bw.buffer_create(0, bw.buffer_grow, 1);
    const id = bw.http_request(`${await says(promise)}/`, 'GET', {}, b);
    expect(await log.end(id)).toMatchObject({ status: -1, error: 'truncated', result: 3 });
    expect(bw.buffer_get_size(b)).toBeLessThan(100);
    bw.buffer_delete(b);
  });

  it('byte by byte for ever: the whole timeout, an abort, and the size limit end it', async () => {
    const raw = await keep(
      serve_raw({
        '/': (socket) => {
          socket.write(head('X: y'));
          const timer = setInterval(() => socket.write('x'), 1);
          socket.on('close', () => clearInterval(timer));
        },
      }),
    );
    expect(await log.end(bw.http_get(`${raw.url}/`, { timeout: 100 }))).toMatchObject({
      http_status: 200,
      error: 'timeout',
    });
    expect(await log.end(bw.http_get(`${raw.url}/`, { max_response_bytes: 20 }))).toMatchObject({
      http_status: 200,
      error: 'too_large',
    });
    const id = bw.http_get(`${raw.url}/`);
    await log.when(id, ({ status }) => status === 1);
    bw.http_abort(id);
    expect(await log.end(id)).toMatchObject({ error: 'aborted' });
  });

  it('an error page without end does not become the file, nor fill memory', async () => {
    const scratch = scratch_root();
    const raw = await keep(
      serve_raw({
        '/': (socket) => {
          socket.write('HTTP/1.1 500 No\r\n\r\n');
          more(socket, 'no '.repeat(20_000));
        },
      }),
    );
    const end = await log.end(bw.http_get_file(`${raw.url}/`, 'x'));
    expect(end).toMatchObject({ status: -1, http_status: 500, error: 'http_status' });
    expect(String(end.result).length).toBe(1 << 20);
    scratch.remove();
  });

  it('the answer comes before the upload is over, and nothing is read of it: that is an answer', async () => {
    const raw = await keep(
      serve_raw({
        '/': (socket) => {
          socket.pause();
          socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig');
        },
      }),
    );
    const id = bw.http_request(`${raw.url}/`, 'POST', {}, new Uint8Array(32 << 20));
    expect(await log.end(id)).toMatchObject({ status: -1, http_status: 413, result: 'big' });
  });
});

describe('redirects', () => {
  it.each([
    ['file:///etc/passwd', 'scheme'],
    ['FILE:///etc/passwd', 'scheme'],
    ['data:text/plain,x', 'scheme'],
    ['javascript:alert(1)', 'scheme'],
    ['ftp://127.0.0.1/', 'scheme'],
    ['unix:/run/docker.sock', 'scheme'],
    ['http+unix://x/', 'scheme'],
    ['ws://127.0.0.1/', 'scheme'],
    ['http://127.0.0.1:25/', 'bad_url'],
    ['//user:secret@127.0.0.1/', 'bad_url'],
    ['http://[::1', 'bad_url'],
    ['http://', 'bad_url'],
    ['http://a b/', 'bad_url'],
    ['http://127.0.0.1:99999/', 'bad_url'],
  ])('to %s: %s', async (location, error) => {
    const end = await get(
      `HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`,
    );
    expect(end).toMatchObject({ status: -1, http_status: 0, result: '', error });
  });

  it('to a place as long as the head may be, in UTF-8, and with a line break in it', async () => {
    const far = await keep(serve({ '*': (request, response) => response.end(request.url) }));
    const long = `${far.url}/${'x'.repeat(12_000)}`;
    const to = (bytes: string) =>
      Buffer.from(`HTTP/1.1 302 Found\r\nLocation: ${bytes}\r\nContent-Length: 0\r\n\r\n`);
    const raw = await keep(
      serve_raw({
        '/long': (socket) => socket.end(to(long)),
        '/utf8': (socket) => socket.end(to(`${far.url}/pfäd`)),
        '/tab': (socket) => socket.end(to(`${far.url}/a\tb`)),
        '/endless': (socket) => {
          socket.write('HTTP/1.1 302 Found\r\nLocation: /');
          more(socket, 'x'.repeat(65_536));
        },
      }),
    );
    const result = async (path: string) => (await log.end(bw.http_get(raw.url + path))).result;
    expect(await result('/long')).toBe(`/${'x'.repeat(12_000)}`);
    expect(await result('/utf8')).toBe('/pf%C3%A4d');
    expect(await result('/tab')).toBe('/ab');
    expect(await log.end(bw.http_get(`${raw.url}/endless`))).toMatchObject({ error: 'protocol' });
  });

  it('with an endless body are followed all the same', async () => {
    const far = await keep(serve({ '*': (_, response) => response.end('there') }));
    const raw = await keep(
      serve_raw({
        '/': (socket) => {
          socket.write(`HTTP/1.1 302 Found\r\nLocation: ${far.url}/\r\n\r\n`);
          more(socket, 'x'.repeat(65_536));
        },
      }),
    );
    expect(await log.end(bw.http_get(`${raw.url}/`))).toMatchObject({ result: 'there' });
  });

  it('carry no cookie that a server has set: none is kept', async () => {
    const seen: unknown[] = [];
    const server = await keep(
      serve({
        '/set': (_, response) =>
          response.writeHead(302, { location: '/next', 'set-cookie': 'a=1' }).end(),
        '/next': (request, response) => {
          seen.push(request.headers.cookie);
          response.end();
        },
      }),
    );
    await log.end(bw.http_get(`${server.url}/set`));
    await log.end(bw.http_get(`${server.url}/next`));
    expect(seen).toEqual([undefined, undefined]);
  });
});

it('Retry-After of any kind neither throws, nor waits longer than the caller allows', async () => {
  const pauses: number[] = [];
  vi.spyOn(clock, 'random').mockReturnValue(0);
  vi.spyOn(clock, 'after').mockImplementation((ms, run) => {
    if (ms < 60_000) {
      pauses.push(ms);
      queueMicrotask(run);
    }
    return () => {};
  });
  const values = [
    '99999999999999999999',
    '1e9',
    'Infinity',
    'NaN',
    '-5',
    '0x10',
    '5, 10',
    '5;q=1',
    'Thu, 01 Jan 1970 00:00:00 GMT',
    'Fri, 31 Dec 9999 23:59:59 GMT',
    'Mon, 99 Foo 99999 99:99:99 GMT',
    '',
    'x'.repeat(5000),
    '5',
  ];
  for (const value of values) {
    pauses.length = 0;
    const text = `HTTP/1.1 503 Busy\r\nRetry-After: ${value}\r\nContent-Length: 0\r\n\r\n`;
    const end = await get(text, { retry: { count: 1, first_ms: 0, max_retry_after_ms: 5000 } });
    expect(end, value).toMatchObject({ status: -1, http_status: 503 });
    expect(Math.max(0, ...pauses), value).toBe(value === '5' ? 5000 : 0);
  }
});
