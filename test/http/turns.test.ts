// A redirect leads into the queue of the next host, out of that of the first, and nobody waits for ever.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { host } from '../../bindings/host/node.js';
import { AnswerTime } from '../../bindings/http-answer-time.js';
import { clock } from '../../bindings/http-clock.js';
import * as bw from '../../bindings/index.js';
import { HttpLog } from './log.js';
import { type Route, serve, type TestServer } from './server.js';

let log: HttpLog;
let here: TestServer;
let there: TestServer;
let running: number;
let most: number;
let held: (() => void)[];

beforeEach(async () => {
  log = new HttpLog();
  running = most = 0;
  held = [];
  const to = (url: () => string): Route => {
    return (_, response) => response.writeHead(302, { location: url() }).end();
  };
  const counted: Route = (_, response) => {
    most = Math.max(most, ++running);
    setTimeout(() => {
      running--;
      response.end('there');
    }, 5);
  };
  const hold: Route = (_, response) => held.push(() => response.end('held'));
  here = await serve({
    '/go': to(() => `${there.url}/count`),
    '/held': to(() => `${there.url}/hold`),
    '/cross': to(() => `${there.url}/end`),
    '*': (_, response) => response.end('here'),
  });
  there = await serve({
    '/count': counted,
    '/hold': hold,
    '/cross': to(() => `${here.url}/end`),
    '/end': (_, response) => response.end('there'),
    '/fail': (_, response) => response.writeHead(503).end(),
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  bw.http_set_max_per_host(1024);
  log.stop();
  await here.stop();
  await there.stop();
});

it('requests that a redirect brings count to the host that they come to', async () => {
  bw.http_set_max_per_host(2);
  const urls = Array.from({ length: 10 }, (_, i) =>
    i % 2 ? `${here.url}/go` : `${there.url}/count`,
  );
  const ends = await Promise.all(urls.map((url) => log.end(bw.http_get(url))));
  expect(ends.every(({ status, result }) => status === 0 && result === 'there')).toBe(true);
  expect(most).toBe(2);
});

it('and no longer to the one that they come from', async () => {
  bw.http_set_max_per_host(1);
  const gone = bw.http_get(`${here.url}/held`);
  await vi.waitFor(() => expect(held.length).toBe(1));
  expect(await log.end(bw.http_get(`${here.url}/free`))).toMatchObject({ result: 'here' });
  held[0]();
  expect(await log.end(gone)).toMatchObject({ result: 'held' });
});

it('hosts that lead to each other wait for each other never', async () => {
  bw.http_set_max_per_host(1);
  const urls = Array.from({ length: 40 }, (_, i) => `${(i % 2 ? here : there).url}/cross`);
  const ends = await Promise.all(urls.map((url) => log.end(bw.http_get(url))));
  expect(ends.map(({ result }) => result)).toEqual(urls.map((_, i) => (i % 2 ? 'there' : 'here')));
});

it('one that waits at the second host can be aborted, has its timeout, and leaves its place to others', async () => {
  bw.http_set_max_per_host(1);
  const first = bw.http_get(`${there.url}/hold`);
  await vi.waitFor(() => expect(held.length).toBe(1));
  const aborted = bw.http_get(`${here.url}/go`);
  const late = bw.http_get(`${here.url}/go`, { timeout: 300 });
  const last = bw.http_get(`${here.url}/go`);
  await vi.waitFor(() => expect(here.seen.length).toBe(3));
  expect(bw.http_abort(aborted)).toBe(true);
  expect(await log.end(aborted)).toMatchObject({ error: 'aborted', http_status: 0 });
  expect(await log.end(late)).toMatchObject({ error: 'timeout', http_status: 0 });
  expect(log.of(last)).toEqual([]);
  held[0]();
  expect(await log.end(first)).toMatchObject({ result: 'held' });
  expect(await log.end(last)).toMatchObject({ result: 'there' });
  expect(there.seen.length).toBe(2);
});

it('the wait at the second host is no time of the connect timeout', async () => {
  const arms: { ms: number; over: boolean }[] = [];
  vi.spyOn(clock, 'after').mockImplementation((ms) => {
    const arm = { ms, over: false };
    arms.push(arm);
    return () => {
      arm.over = true;
    };
  });
  bw.http_set_max_per_host(1);
  const before = bw.http_get_connect_timeout();
  bw.http_set_connect_timeout(77_777);
  const first = bw.http_get(`${there.url}/hold`);
  bw.http_set_connect_timeout(12_345);
  const second = bw.http_get(`${here.url}/go`);
  bw.http_set_connect_timeout(before);
  await vi.waitFor(() => expect(held.length).toBe(1));
  await vi.waitFor(() => expect(here.seen.length).toBe(1));
  const own = () => arms.filter(({ ms }) => ms <= 12_345);
  await vi.waitFor(() => expect(own().every(({ over }) => over)).toBe(true));
  expect(own().length).toBe(1);
  held[0]();
  expect(await log.end(first)).toMatchObject({ status: 0 });
  expect(await log.end(second)).toMatchObject({ status: 0 });
  expect(own().length).toBe(2);
});

it('a repetition begins at the first host again', async () => {
  vi.spyOn(clock, 'random').mockReturnValue(0);
  bw.http_set_max_per_host(1);
  let fails = 2;
  const odd = await serve({
    '*': (_, response) =>
      response.writeHead(302, { location: `${there.url}/${fails-- > 0 ? 'fail' : 'end'}` }).end(),
  });
  const ids = [1, 2, 3].map(() => bw.http_get(odd.url, { retry: 3 }));
  for (const id of ids) expect(await log.end(id)).toMatchObject({ status: 0, result: 'there' });
  expect(odd.seen.length).toBe(5);
  await odd.stop();
});

it('a repetition has all of the connect timeout, whatever its way back into the queue takes', async () => {
  let now = 0;
  const armed: number[] = [];
  vi.spyOn(clock, 'now').mockImplementation(() => (now += 10));
  vi.spyOn(clock, 'after').mockImplementation((ms, run) => {
    if (ms < 1000) queueMicrotask(run);
    else armed.push(ms);
    return () => {};
  });
  const id = bw.http_get(`${there.url}/fail`, { retry: { count: 2, first_ms: 1 } });
  expect(await log.end(id)).toMatchObject({ http_status: 503 });
  expect(armed.filter((ms) => ms <= 60_000)).toEqual([60_000, 60_000, 60_000]);
});

it('the time for an answer begins anew with what goes out, also for the hosts that come after', async () => {
  let now = 0;
  const armed: number[] = [];
  vi.spyOn(clock, 'now').mockImplementation(() => now);
  vi.spyOn(clock, 'after').mockImplementation((ms) => {
    armed.push(ms);
    return () => {};
  });
  const time = new AnswerTime(1000, () => {});
  time.begin();
  now = 900;
  time.begin();
  now = 1800;
  let go = () => {};
  const turn = time.without(
    new Promise((done) => {
      go = done;
    }),
  );
  now = 9000;
  go();
  await turn;
  expect(armed).toEqual([1000, 1000, 100]);
  now = 9060;
  await time.without(Promise.resolve());
  expect(armed.at(-1)).toBe(40);
  // What goes out while it waits is no reason to run.
  const still = time.without(
    new Promise((done) => {
      go = done;
    }),
  );
  time.begin();
  expect(armed.length).toBe(4);
  go();
  await still;
  expect(armed.slice(4)).toEqual([1000]);
  time.end();
});

it('where a host lets only so many run, all lanes together have no more, and each has its turn', async () => {
  const http = host.http as { max_running: number };
  const before = http.max_running;
  http.max_running = 3;
  try {
    const order: string[] = [];
    const get = async (url: string, name: string) => {
      await log.end(bw.http_get(url));
      order.push(name);
    };
    const many = Array.from({ length: 30 }, () => get(`${there.url}/count`, 'many'));
    // Waits in a lane of its own, and leaves it again.
    const gone = bw.http_get(`${here.url}/x`);
    expect(bw.http_abort(gone)).toBe(true);
    const few = Array.from({ length: 2 }, () => get(`${here.url}/x`, 'few'));
    await Promise.all([...many, ...few]);
    expect(most).toBe(3);
    // Not behind all of the others, which came first.
    expect(order.lastIndexOf('few')).toBeLessThan(20);
    expect(await log.end(gone)).toMatchObject({ error: 'aborted' });
  } finally {
    http.max_running = before;
  }
});
