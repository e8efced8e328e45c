// A thousand requests at once, the queue of each host, and repetitions with exact pauses under a clock of the test's own.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { clock } from '../../bindings/http-clock.js';
import { pause_ms, retry_after_ms, retry_policy } from '../../bindings/http-retry.js';
import * as bw from '../../bindings/index.js';
import { HttpLog } from './log.js';
import { free_port, type Route, serve, type TestServer } from './server.js';

let log: HttpLog;
let servers: TestServer[];
beforeEach(() => {
  log = new HttpLog();
  servers = [];
});
afterEach(async () => {
  vi.restoreAllMocks();
  bw.http_set_max_per_host(1024);
  log.stop();
  for (const server of servers) await server.stop();
});
const keep = async (routes: Record<string, Route>) => {
  servers.push(await serve(routes));
  return servers.at(-1)!;
};

describe('many requests', () => {
  it('1000 are in flight at the same time', async () => {
    const held: (() => void)[] = [];
    const server = await keep({
      '*': (request, response) => {
        held.push(() => response.end(request.url));
        // Nobody gets an answer before all have asked.
        if (held.length === 1000) for (const release of held) release();
      },
    });
    const ids = Array.from({ length: 1000 }, (_, i) => bw.http_get(`${server.url}/${i}`));
    const ends = await Promise.all(ids.map((id) => log.end(id)));
    expect(ends.map(({ result }) => result)).toEqual(ids.map((_, i) => `/${i}`));
    expect(new Set(ids).size).toBe(1000);
    expect(ends.every(({ status }) => status === 0)).toBe(true);
  });

  it('beyond the number per host they wait, in order, and other hosts do not', async () => {
    let running = 0;
    let most = 0;
    const order: string[] = [];
    const counting: Route = (request, response) => {
      most = Math.max(most, ++running);
      order.push(request.url ?? '');
      setTimeout(() => {
        running--;
        response.end();
      }, 2);
    };
    const server = await keep({ '*': counting });
    const silent = await keep({ '*': () => {} });
    bw.http_set_max_per_host(3);
    expect(bw.http_get_max_per_host()).toBe(3);
    const blocked = [1, 2, 3, 4].map(() => bw.http_get(`${silent.url}/`));
    const ids = Array.from({ length: 30 }, (_, i) => bw.http_get(`${server.url}/${i}`));
    await Promise.all(ids.map((id) => log.end(id)));
    expect(most).toBe(3);
    expect(order.length).toBe(30);
    // Three connections may overtake each other, the queue does not.
    order.forEach((path, i) => {
      expect(Math.abs(Number(path.slice(1)) - i)).toBeLessThanOrEqual(3);
    });
    expect(silent.seen.length).toBe(3);
    // One that waits can be aborted; one that runs makes room; a raised limit takes effect at once.
    expect(bw.http_abort(blocked[3])).toBe(true);
    expect(await log.end(blocked[3])).toMatchObject({ error: 'aborted', http_status: 0 });
    const next = bw.http_get(`${silent.url}/next`);
    bw.http_abort(blocked[0]);
    await vi.waitFor(() => expect(silent.seen.some(({ path }) => path === '/next')).toBe(true));
    const later = bw.http_get(`${silent.url}/later`);
    bw.http_set_max_per_host(4);
    await vi.waitFor(() => expect(silent.seen.some(({ path }) => path === '/later')).toBe(true));
    for (const id of [blocked[1], blocked[2], next, later]) {
      bw.http_abort(id);
      await log.end(id);
    }
    for (const wrong of [0, 1.5, 65_537])
      expect(() => bw.http_set_max_per_host(wrong)).toThrow(RangeError);
  });
});

describe('repetitions', () => {
  /** Time that passes only in pauses: each is noted and over at once. Deadlines of an hour never come. */
  function quick_clock(random = 0.5): number[] {
    const pauses: number[] = [];
    vi.spyOn(clock, 'random').mockReturnValue(random);
    vi.spyOn(clock, 'after').mockImplementation((ms, run) => {
      if (ms < 60_000) {
        pauses.push(ms);
        queueMicrotask(run);
      }
      return () => {};
    });
    return pauses;
  }
  const failing = (times: number, fail: Route): Route => {
    let left = times;
    return (request, response) => {
      if (left-- > 0) fail(request, response);
      else response.end('at last');
    };
  };
  const unavailable: Route = (_, response) => response.writeHead(503).end('busy');

  it('back off, twice as far each time, with the jitter of the given chance', async () => {
    const pauses = quick_clock();
    const server = await keep({ '/': failing(4, unavailable) });
    const id = bw.http_get(`${server.url}/`, { retry: { count: 5, first_ms: 100, max_ms: 500 } });
    expect(await log.end(id)).toMatchObject({ status: 0, result: 'at last' });
    expect(pauses).toEqual([50, 100, 200, 250]);
    expect(log.of(id).filter(({ status }) => status !== 1).length).toBe(1);
  });

  it('end with the last failure when there have been enough', async () => {
    const pauses = quick_clock();
    const server = await keep({
      '/': unavailable,
      '/cut': (request, response) => {
        response.writeHead(200, { 'content-length': 10 }).write('abc');
        setTimeout(() => request.socket.destroy(), 5);
      },
    });
    const end = await log.end(bw.http_get(`${server.url}/`, { retry: 2 }));
    expect(end).toMatchObject({
      status: -1,
      http_status: 503,
      result: 'busy',
      error: 'http_status',
    });
    expect([server.seen.length, pauses.length]).toEqual([3, 2]);
    const cut = await log.end(bw.http_get(`${server.url}/cut`, { retry: 2 }));
    expect(cut).toMatchObject({ error: 'truncated', http_status: 200, sizeDownloaded: 3 });
    const none = await log.end(bw.http_get(`http://127.0.0.1:${await free_port()}/`, { retry: 3 }));
    expect(none).toMatchObject({ error: 'refused' });
    expect(pauses.length).toBe(7);
  });

  it('are for answers and failures that may pass, and for methods that may be repeated', async () => {
    quick_clock();
    const routes = Object.fromEntries(
      [400, 404, 408, 425, 429, 500, 501, 502, 503, 504].map((status) => [
        `/${status}`,
        failing(1, (_, response) => response.writeHead(status).end()),
      ]),
    );
    const server = await keep(routes);
    for (const status of [400, 404, 501]) {
      expect(await log.end(bw.http_get(`${server.url}/${status}`, { retry: 1 }))).toMatchObject({
        http_status: status,
      });
    }
    for (const status of [408, 425, 429, 500, 502, 503, 504]) {
      expect(await log.end(bw.http_get(`${server.url}/${status}`, { retry: 1 }))).toMatchObject({
        http_status: 200,
      });
    }
    const posts = await keep({
      '/': failing(1, unavailable),
      '/any': failing(1, unavailable),
      '/put': failing(1, unavailable),
    });
    const options = { retry: 3 };
    expect(await log.end(bw.http_post_string(`${posts.url}/`, 'x', options))).toMatchObject({
      http_status: 503,
    });
    expect(
      await log.end(bw.http_request(`${posts.url}/put`, 'PUT', {}, 'x', options)),
    ).toMatchObject({ http_status: 200 });
    const any = { retry: { count: 1, any_method: true } };
    expect(await log.end(bw.http_post_string(`${posts.url}/any`, 'x', any))).toMatchObject({
      http_status: 200,
    });
  });

  it('do as Retry-After says, unless it asks for too much', async () => {
    const pauses = quick_clock(0);
    vi.spyOn(clock, 'now').mockReturnValue(Date.parse('Wed, 21 Oct 2015 07:28:00 GMT'));
    const asks = (value: string) =>
      failing(1, (_, response) => response.writeHead(429, { 'retry-after': value }).end());
    const server = await keep({
      '/seconds': asks('7'),
      '/date': asks('Wed, 21 Oct 2015 07:28:30 GMT'),
      '/past': asks('Wed, 21 Oct 2015 07:00:00 GMT'),
      '/nonsense': asks('-1'),
      '/long': asks('121'),
    });
    for (const path of ['/seconds', '/date', '/past', '/nonsense']) {
      expect(await log.end(bw.http_get(server.url + path, { retry: 1 }))).toMatchObject({
        status: 0,
      });
    }
    expect(pauses).toEqual([7000, 30_000, 0, 0]);
    expect(await log.end(bw.http_get(`${server.url}/long`, { retry: 1 }))).toMatchObject({
      http_status: 429,
    });
  });

  it('can be aborted in a pause, and end with the whole timeout', async () => {
    const server = await keep({ '/': unavailable });
    const after = vi.spyOn(clock, 'after');
    const retry = { count: 5, first_ms: 50_000_000, max_ms: 50_000_000 };
    vi.spyOn(clock, 'random').mockReturnValue(0.9);
    const id = bw.http_get(`${server.url}/`, { retry });
    await vi.waitFor(() => expect(after.mock.calls.some(([ms]) => ms === 45_000_000)).toBe(true));
    expect(log.of(id).filter(({ status }) => status !== 1)).toEqual([]);
    bw.http_abort(id);
    expect(await log.end(id)).toMatchObject({ status: -1, error: 'aborted' });
    expect(await log.end(bw.http_get(`${server.url}/`, { retry, timeout: 50 }))).toMatchObject({
      error: 'timeout',
    });
  });

  it('start a buffer and a text again from where they started', async () => {
    quick_clock();
    const cut: Route = (request, response) => {
      response.writeHead(200, { 'content-length': 10 }).write('WRONG');
      setTimeout(() => request.socket.destroy(), 5);
    };
    const server = await keep({ '/a': failing(2, cut), '/b': failing(2, cut) });
    expect(await log.end(bw.http_get(`${server.url}/a`, { retry: 2 }))).toMatchObject({
      result: 'at last',
      sizeDownloaded: 7,
    });
    const b = bw.buffer_create(0, bw.buffer_grow, 1);
    expect(
      await log.end(bw.http_request(`${server.url}/b`, 'GET', {}, b, { retry: 2 })),
    ).toMatchObject({ result: 7 });
    expect(Buffer.from(bw.buffer_to_bytes(b)).toString()).toBe('at last');
    bw.buffer_delete(b);
  });
});

describe('pauses', () => {
  it('never exceed the maximum, and are at least what the server asks for', () => {
    const policy = retry_policy({
      count: 100,
      first_ms: 1000,
      max_ms: 8000,
      max_retry_after_ms: 9000,
    });
    expect([1, 2, 3, 4, 5, 60].map((n) => pause_ms(policy, n, -1, () => 0.999_999))).toEqual([
      999, 1999, 3999, 7999, 7999, 7999,
    ]);
    expect(pause_ms(policy, 1, 9000, () => 0)).toBe(9000);
    expect(pause_ms(policy, 1, 9001, () => 0)).toBe(-1);
  });

  it('Retry-After is seconds or a date, nothing else', () => {
    const now = Date.parse('2030-01-01T00:00:00Z');
    expect(
      ['0', '120', ' 5 ', 'Tue, 01 Jan 2030 00:01:00 GMT'].map((v) => retry_after_ms(v, now)),
    ).toEqual([0, 120_000, 5000, 60_000]);
    for (const bad of [null, '', '-1', '1.5', '1e3', 'soon', '2030-01-01'])
      expect(retry_after_ms(bad, now)).toBe(-1);
  });
});
