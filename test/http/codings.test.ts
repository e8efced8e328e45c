// Compressed answers in Node: every coding, in any cut, damaged, cut off, one in the other, and much too long.
import * as zlib from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { live_buffers } from '../../bindings/buffer-table.js';
import { accepted, decoder } from '../../bindings/host/node-decode.js';
import * as bw from '../../bindings/index.js';
import { HttpLog } from './log.js';
import { pattern, serve_raw, type TestServer } from './server.js';

interface Answer {
  coding: string;
  body: Uint8Array;
  /** Bytes of it that come before the connection ends. Default: all. */
  cut?: number;
  /** How many bytes at a time. Default: all at once. */
  step?: number;
  head?: string[];
}

let log: HttpLog;
let server: TestServer;
let answer: Answer;
let uncaught: unknown[];
const note = (error: unknown) => uncaught.push(error);
let buffers: number;

beforeEach(async () => {
  buffers = live_buffers();
  log = new HttpLog();
  uncaught = [];
  process.on('uncaughtExceptionMonitor', note);
  server = await serve_raw({
    '/': (socket) => {
      const { coding, body, cut = body.length, step = body.length, head = [] } = answer;
      socket.setNoDelay(true);
      const lines = ['HTTP/1.1 200 OK', `Content-Encoding: ${coding}`, ...head, '', ''];
      socket.write(lines.join('\r\n'));
      const more = (at: number) => {
        const end = Math.min(cut, at + step);
        if (at >= cut) socket.end();
        else socket.write(body.subarray(at, end), () => setImmediate(more, end));
      };
      more(0);
    },
  });
});
afterEach(async () => {
  log.stop();
  await server.stop();
  process.off('uncaughtExceptionMonitor', note);
  expect(uncaught).toEqual([]);
  await vi.waitFor(() => expect(live_buffers()).toBe(buffers));
});

const get = (next: Answer, options?: bw.HttpOptions) => {
  answer = next;
  return log.end(bw.http_get(`${server.url}/`, options));
};

const { gzipSync: gzip, deflateSync: deflate, brotliCompressSync: brotli } = zlib;
// Node has it before it can read it: see `accepted`.
const zstd = accepted().includes('zstd')
  ? (zlib as { zstdCompressSync?: typeof gzip }).zstdCompressSync
  : undefined;
const TEXT = Array.from({ length: 6000 }, (_, i) => `line ${i * i} of a text. `).join('');

const codings: [string, Uint8Array][] = [
  ['gzip', gzip(TEXT)],
  ['x-gzip', gzip(TEXT)],
  ['GZIP', gzip(TEXT)],
  ['deflate', deflate(TEXT)],
  ['deflate', zlib.deflateRawSync(TEXT)],
  ['br', brotli(TEXT)],
  ['gzip, br', brotli(gzip(TEXT))],
  ['br, gzip', gzip(brotli(TEXT))],
  ['identity, deflate, gzip', gzip(deflate(TEXT))],
  ...(zstd ? [['zstd', zstd(TEXT)] as [string, Uint8Array]] : []),
];

describe('a compressed answer', () => {
  it.each(codings)('%s comes out, whole and in small pieces', async (coding, body) => {
    for (const step of [body.length, 1000, 333]) {
      const event = await get({ coding, body, step });
      expect(event, String(step)).toMatchObject({ status: 0, result: TEXT, contentLength: -1 });
    }
    // An empty body is empty, in any coding.
    expect(await get({ coding, body: new Uint8Array(0) })).toMatchObject({ status: 0, result: '' });
    const length = [`Content-Length: ${body.length}`];
    expect(await get({ coding, body, head: length })).toMatchObject({
      status: 0,
      sizeDownloaded: TEXT.length,
    });
  });

  it('byte by byte', async () => {
    const short = 'a few words, again a few words, and again a few words';
    for (const [coding, body] of [
      ['gzip', gzip(short)],
      ['deflate', deflate(short)],
      ['br', brotli(short)],
    ] as [string, Uint8Array][]) {
      expect((await get({ coding, body, step: 1 })).result, coding).toBe(short);
    }
  });

  it.each(codings)(
    '%s that is cut off is truncated, with and without a length',
    async (coding, body) => {
      for (const cut of [1, 5, body.length >> 1, body.length - 1]) {
        for (const head of [[], [`Content-Length: ${body.length}`]]) {
          const event = await get({ coding, body, cut, head });
          expect(event, `${cut} ${head}`).toMatchObject({
            status: -1,
            http_status: 200,
            error: 'truncated',
            result: '',
          });
        }
      }
    },
  );

  it.each(codings)('%s that is damaged is told as such', async (coding, body) => {
    const bad = Uint8Array.from(body);
    bad.fill(0xff, body.length >> 1, (body.length >> 1) + 40);
    const { status, error } = await get({ coding, body: bad });
    // Damage may look like an early end. Raw DEFLATE has no checksum, but these bytes are none.
    expect([status, ['decode', 'truncated'].includes(String(error))]).toEqual([-1, true]);
    expect(await get({ coding, body: Buffer.from('this is not compressed at all') })).toMatchObject(
      {
        status: -1,
        error: expect.stringMatching(/^(?:decode|truncated)$/),
      },
    );
  });

  it('zstd is read only where all of it comes out: every frame, and what is cut is truncated', async () => {
    const frame = (letter: string) =>
      Buffer.from([40, 181, 47, 253, 32, 1, 9, 0, 0, letter.charCodeAt(0)]);
    const two = Buffer.concat([frame('a'), frame('b')]);
    const end = await get({ coding: 'zstd', body: two });
    if (accepted().includes('zstd')) {
      expect(end).toMatchObject({ status: 0, result: 'ab' });
      for (const cut of [5, 9, 15, 19]) {
        expect(await get({ coding: 'zstd', body: two, cut }), String(cut)).toMatchObject({
          status: -1,
          error: 'truncated',
        });
      }
    } else {
      expect(end).toMatchObject({ status: 0, result: new TextDecoder().decode(two) });
    }
  });

  it('goes into a buffer while it arrives, and into linear memory that grows', async () => {
    const body = pattern(5_000_000);
    const b = bw.buffer_create(1, bw.buffer_grow, 1);
    answer = { coding: 'gzip', body: gzip(body, { level: 1 }) };
    const id = bw.http_request(`${server.url}/`, 'GET', {}, b);
    expect(await log.end(id)).toMatchObject({ status: 0, result: body.length });
    expect(Buffer.from(bw.buffer_to_bytes(b)).equals(body)).toBe(true);
    bw.buffer_delete(b);
  });

  it('of several gzip members is all of them; what follows the end is nothing', async () => {
    const body = Buffer.concat([gzip('one '), gzip('two'), Buffer.from('rubbish')]);
    expect((await get({ coding: 'gzip', body })).result).toBe('one two');
  });

  it('in a coding that nobody knows comes as it is', async () => {
    const body = Buffer.from('abc');
    expect(await get({ coding: 'rot13', body })).toMatchObject({ status: 0, result: 'abc' });
    expect(await get({ coding: 'gzip, rot13', body })).toMatchObject({ result: 'abc' });
    expect(await get({ coding: '', body })).toMatchObject({ status: 0, result: 'abc' });
  });

  it.each([
    ['br', zlib.brotliCompressSync('slow')],
    ['gzip, br', zlib.brotliCompressSync(zlib.gzipSync('slow'))],
  ])('%s: nobody still takes a piece of it when it has been ended', async (coding, body) => {
    let began = () => {};
    let goes_on = () => {};
    const taking = new Promise<void>((done) => {
      began = done;
    });
    let taken = false;
    const take = async () => {
      began();
      await new Promise<void>((done) => {
        goes_on = done;
      });
      taken = true;
    };
    const stage = decoder(coding, take, 1000);
    stage.write(body).catch(() => {});
    await taking;
    const freed = Promise.resolve(stage.free()).then(() => expect(taken).toBe(true));
    setImmediate(() => goes_on());
    await freed;
  });

  it('leaves what a program asks about its own calls', async () => {
    const bad = bw.buffer_from(new Uint8Array([1, 2, 3]));
    expect(bw.buffer_decompress(bad)).toBe(-1);
    const before = bw.buffer_last_error();
    const consumed = bw.buffer_last_consumed();
    await get({ coding: 'gzip', body: Buffer.from('also not gzip, and not at all') });
    await get({ coding: 'gzip', body: gzip('x') });
    expect(bw.buffer_last_error()).toBe(before);
    expect(bw.buffer_last_consumed()).toBe(consumed);
    bw.buffer_delete(bad);
  });
});

describe('a bomb', () => {
  const zeros = Buffer.alloc(16 << 20);
  const layers: [string, Uint8Array][] = [
    ['gzip', gzip(zeros)],
    ['deflate', deflate(zeros)],
    ['br', brotli(zeros)],
    ['gzip, gzip', gzip(gzip(zeros))],
    ['br, gzip', gzip(brotli(zeros))],
    ...(zstd ? [['zstd', zstd(zeros)] as [string, Uint8Array]] : []),
  ];

  it.each(layers)('%s ends at the limit of decoded bytes', async (coding, body) => {
    const event = await get({ coding, body }, { max_response_bytes: 1_000_000 });
    expect(event).toMatchObject({ status: -1, http_status: 200, error: 'too_large', result: '' });
    expect(event.sizeDownloaded).toBeLessThanOrEqual(1_000_000);
    const exact = await get({ coding, body }, { max_response_bytes: zeros.length });
    expect(exact).toMatchObject({ status: 0, sizeDownloaded: zeros.length });
  });

  it('whose layers make nothing in the end has a limit for each, and can be aborted', async () => {
    // Stored blocks without a byte: an inner stream that costs time and gives nothing.
    const empty = Buffer.alloc(60_000_000, Buffer.from([0, 0, 0, 0xff, 0xff]));
    const body = gzip(empty, { level: 9 });
    expect(
      await get({ coding: 'deflate, gzip', body }, { max_response_bytes: 1000 }),
    ).toMatchObject({ status: -1, error: 'too_large', sizeDownloaded: 0 });
    answer = { coding: 'deflate, gzip', body };
    const id = bw.http_get(`${server.url}/`);
    setTimeout(() => bw.http_abort(id), 30);
    expect(['aborted', 'truncated']).toContain((await log.end(id)).error);
  });

  it('of many codings is not begun', async () => {
    const six = Array(6).fill('gzip').join(', ');
    for (const cut of [0, 1]) {
      expect(await get({ coding: six, body: Buffer.from('x'), cut })).toMatchObject({
        status: -1,
        http_status: 200,
        error: 'decode',
        message: expect.stringContaining('6 times'),
      });
    }
  });
});
