// UDP-like sockets of real pages under traffic: Chromium and a Node server, page and page, and Firefox where it is installed.
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, type TestContext, vi } from 'vitest';
import * as bytewire from '../../bindings/index.js';
import { open_chromium } from './chromium.js';
import { firefox } from './firefox.js';
import { ready, serve_dist } from './serve-dist.js';
import { make_traffic, type Traffic } from './traffic.js';

declare global {
  var traffic: Traffic;
}

// With all of it under way at once a busy machine takes its time.
vi.setConfig({ testTimeout: 600_000 });

const UDP = bytewire.network_socket_udp;
const TOTAL = 10_000;
/** So many connections share the packets at 60 a second: one alone would take three minutes. */
const PARALLEL = 20;
const BEAT_MS = 300;
/** Long enough for a machine that is busy with all of this at once. */
const DEAD_MS = 8000;
const CONNECT_MS = 60_000;

const { code } = transformSync(
  readFileSync(fileURLToPath(new URL('./traffic.ts', import.meta.url)), 'utf8'),
  { loader: 'ts', format: 'iife', globalName: 'made', target: 'es2022' },
);
const script = `${code}; globalThis.traffic = made.make_traffic(bw);
  bw.network_set_config(bw.network_config_heartbeat_interval, ${BEAT_MS});
  bw.network_set_config(bw.network_config_heartbeat_timeout, ${DEAD_MS});
  bw.network_set_config(bw.network_config_connect_timeout, ${CONNECT_MS});
  bw.network_set_config(bw.network_config_resume_window, 1000);`;

let browser: Browser | undefined;
let no_browser = '';
let site: Awaited<ReturnType<typeof serve_dist>>;
let here: Traffic;
let signaling: string;
const undo: (() => void)[] = [];

beforeAll(async () => {
  const opened = await open_chromium();
  if ('browser' in opened) browser = opened.browser;
  else no_browser = opened.reason;
  site = await serve_dist();
  here = make_traffic(bytewire);
  bytewire.network_set_config(bytewire.network_config_heartbeat_interval, BEAT_MS);
  bytewire.network_set_config(bytewire.network_config_heartbeat_timeout, DEAD_MS);
  bytewire.network_set_config(bytewire.network_config_resume_window, 1000);
  signaling = `ws://127.0.0.1:${serve({ rooms: true }).port}`;
});

/** A UDP server of this process. */
function serve(options: bytewire.ServerOptions = {}): { id: number; port: number } {
  const id = bytewire.network_create_server(UDP, 0, 256, options);
  undo.push(() => bytewire.network_destroy(id));
  return { id, port: bytewire.network_get_stats(id)?.port ?? 0 };
}

afterAll(async () => {
  for (const what of undo) what();
  await browser?.close();
  site?.server.close();
});

async function page(context: TestContext): Promise<Page> {
  if (browser === undefined) context.skip(no_browser);
  const made = await (await (browser as Browser).newContext()).newPage();
  await made.goto(site.url);
  await ready(made);
  await made.addScriptTag({ content: script });
  return made;
}

/** In a page: `n` sockets that are connected. */
function connect(from: Page, n: number, url: string, to = 0): Promise<number[]> {
  return from.evaluate(
    ([n, url, port]) =>
      Promise.all(
        Array.from({ length: n as number }, () =>
          traffic.connect(bw.network_socket_udp, url as string, port as number),
        ),
      ),
    [n, url, to] as const,
  );
}

/** An end of some connections: this process or a page. */
interface End {
  send(each: number, rate: number): Promise<number>;
  received(): Promise<number>;
}

const page_end = (of: Page, ids: number[]): End => ({
  send: (each, rate) =>
    of.evaluate(([ids, each, rate]) => traffic.send(ids, each, rate), [ids, each, rate] as const),
  received: () => of.evaluate((ids) => traffic.received(ids), ids),
});
const own_end = (ids: number[]): End => ({
  send: (each, rate) => here.send(ids, each, rate),
  received: async () => here.received(ids),
});

/** All packets both ways; of what was sent 99 of 100 arrive. */
async function exchange(a: End, b: End, each: number, rate: number, all: number): Promise<void> {
  const sent = await Promise.all([a.send(each, rate), b.send(each, rate)]);
  expect(sent).toEqual([all, all]);
  await vi.waitFor(
    async () => {
      expect(await a.received()).toBeGreaterThanOrEqual(all * 0.99);
      expect(await b.received()).toBeGreaterThanOrEqual(all * 0.99);
    },
    { interval: 100 },
  );
}

/** The server's clients that have just come: ids at this end, in no order. */
async function accepted(by: number, n: number): Promise<number[]> {
  const clients: number[] = [];
  while (clients.length < n)
    clients.push((await here.event(bytewire.network_type_connect, by)).socket);
  return clients;
}

describe('Chromium', () => {
  it.concurrent('and Node: 10,000 packets each way at 60 and at 1000 a second, an orderly end from both sides, and again', async (context) => {
    const { id: server, port } = serve();
    const guest = await page(context);
    const slow = await connect(guest, PARALLEL, '127.0.0.1', port);
    const slow_here = await accepted(server, PARALLEL);
    const [fast] = await connect(guest, 1, '127.0.0.1', port);
    const [fast_here] = await accepted(server, 1);
    const each = TOTAL / PARALLEL;
    await Promise.all([
      exchange(page_end(guest, slow), own_end(slow_here), each, 60, TOTAL),
      exchange(page_end(guest, [fast]), own_end([fast_here]), TOTAL, 1000, TOTAL),
    ]);
    // The page ends one, the server another, and the first one comes again.
    await guest.evaluate((id) => bw.network_destroy(id), fast);
    expect((await here.event(bytewire.network_type_disconnect, fast_here)).reason).toBe(
      'destroyed',
    );
    for (const id of slow_here) bytewire.network_destroy(id);
    const ended = await guest.evaluate(
      (id) => traffic.event(bw.network_type_disconnect, id),
      slow[0],
    );
    expect(ended.reason).toBe('destroyed');
    await guest.evaluate(
      ([id, port]) => traffic.connect(bw.network_socket_udp, '127.0.0.1', port, id),
      [slow[0], port] as const,
    );
    const [again] = await accepted(server, 1);
    await exchange(page_end(guest, [slow[0]]), own_end([again]), 100, 1000, 100);
    await guest.context().close();
    // A page that is gone without a word.
    const { reason } = await here.event(bytewire.network_type_disconnect, again);
    expect(reason).toMatch(/./);
  });

  it.concurrent('page and page: the same, with the host in a page', async (context) => {
    const [host, guest] = await Promise.all([page(context), page(context)]);
    const { id: hosting, room } = await host.evaluate(
      (url) => traffic.host(bw.network_socket_udp, url),
      signaling,
    );
    await guest.evaluate(
      (url) => bw.network_set_config(bw.network_config_signaling_url, url),
      signaling,
    );
    const accepted_there = (n: number) =>
      host.evaluate(async (n) => {
        const clients: number[] = [];
        while (clients.length < n) {
          clients.push((await traffic.event(bw.network_type_connect)).socket);
        }
        return clients;
      }, n);
    const slow = await connect(guest, PARALLEL, `room:${room}`);
    const slow_there = await accepted_there(PARALLEL);
    const [fast] = await connect(guest, 1, `room:${room}`);
    const [fast_there] = await accepted_there(1);
    const each = TOTAL / PARALLEL;
    await Promise.all([
      exchange(page_end(guest, slow), page_end(host, slow_there), each, 60, TOTAL),
      exchange(page_end(guest, [fast]), page_end(host, [fast_there]), TOTAL, 1000, TOTAL),
    ]);
    await guest.evaluate((id) => bw.network_destroy(id), fast);
    await host.evaluate((id) => traffic.event(bw.network_type_disconnect, id), fast_there);
    // The host leaves: everybody hears of it, and the room is free for the next one.
    await host.evaluate((id) => bw.network_destroy(id), hosting);
    for (const id of slow) {
      const { reason } = await guest.evaluate(
        (id) => traffic.event(bw.network_type_disconnect, id),
        id,
      );
      expect(reason).toBe('server ends');
    }
    const next = await host.evaluate((room) => {
      bw.network_create_server(bw.network_socket_udp, room, 4);
      return traffic.event(bw.network_type_listening);
    }, room);
    expect(next.room).toBe(room);
    await guest.evaluate(([id, to]) => traffic.connect(bw.network_socket_udp, to, 0, id), [
      slow[0],
      `room:${room}`,
    ] as const);
    // The host's window is gone without a word.
    await host.context().close();
    await guest.evaluate((id) => traffic.event(bw.network_type_disconnect, id), slow[0]);
    await guest.context().close();
  });

  it.concurrent('hears of the death of a server process', async (context) => {
    const guest = await page(context);
    const child: ChildProcess = fork(
      fileURLToPath(new URL('../hostile/rtc-child.mjs', import.meta.url)),
    );
    undo.push(() => child.kill('SIGKILL'));
    child.send({ n: 1, call: 'serve', how: { type: UDP } });
    const [{ answer }] = (await once(child, 'message')) as [{ answer: { port: number } }];
    const [id] = await connect(guest, 1, '127.0.0.1', answer.port);
    child.kill('SIGKILL');
    const lost = await guest.evaluate((id) => traffic.event(bw.network_type_link_lost, id), id);
    expect(lost.reason).toMatch(/./);
    const end = await guest.evaluate((id) => traffic.event(bw.network_type_disconnect, id), id);
    expect(end.reason).toMatch(/no signaling/);
    await guest.context().close();
  });
});

/** What Firefox does by itself and posts: `bw` and `traffic` are there. */
const ALONE = `
  const at = new URL(location.href).searchParams;
  async function both(near, far, n) {
    const sent = await Promise.all([traffic.send(near, n, 1000), traffic.send(far, n, 1000)]);
    const deadline = performance.now() + 60000;
    while (traffic.received(near) < 0.99 * n || traffic.received(far) < 0.99 * n) {
      if (performance.now() > deadline) throw Error('sent ' + sent + ', received ' + [traffic.received(near), traffic.received(far)]);
      await new Promise((done) => setTimeout(done, 50));
    }
  }
  async function alone() {
    const id = await traffic.connect(bw.network_socket_udp, '127.0.0.1', Number(at.get('port')));
    await traffic.send([id], ${TOTAL}, 1000);
    const { id: server, room } = await traffic.host(bw.network_socket_udp, 'ws://127.0.0.1:' + at.get('port'));
    const guest = await traffic.connect(bw.network_socket_udp, 'room:' + room, 0);
    const { socket } = await traffic.event(bw.network_type_connect, server);
    await both([guest], [socket], ${TOTAL});
    bw.network_destroy(server);
    await traffic.event(bw.network_type_disconnect, guest);
    const received = () => traffic.received([id]);
    while (received() < ${TOTAL} * 0.99) await new Promise((done) => setTimeout(done, 50));
    bw.network_destroy(id);
  }
  alone().then(() => 'ok', String).then((body) => fetch('/result', { method: 'POST', body }));`;

it('Firefox and Node, and a Firefox page and itself: 10,000 packets each way', async (context) => {
  const path = firefox();
  if (path === undefined) {
    context.skip('no firefox or firefox-esr on the PATH');
    return;
  }
  const dist = fileURLToPath(new URL('../../dist/browser/', import.meta.url));
  let done: (result: string) => void = () => {};
  const result = new Promise<string>((resolve) => {
    done = resolve;
  });
  const web = createServer((request, response) => {
    const [url] = (request.url ?? '/').split('?');
    if (url === '/result') {
      let body = '';
      request.setEncoding('utf8').on('data', (text) => {
        body += text;
      });
      request.on('end', () => done(body));
      response.end();
    } else if (/^\/[\w.-]+\.js$/.test(url)) {
      response.setHeader('content-type', 'text/javascript').end(readFileSync(join(dist, url)));
    } else {
      response
        .setHeader('content-type', 'text/html')
        .end(
          `<script type="module">globalThis.bw = await import('/index.js'); ${script} ${ALONE}</script>`,
        );
    }
  }).listen(0, '127.0.0.1');
  await once(web, 'listening');
  const { id: server, port } = serve({ rooms: true });
  const profile = mkdtempSync(join(tmpdir(), 'bytewire-firefox-'));
  writeFileSync(
    join(profile, 'user.js'),
    'user_pref("media.peerconnection.ice.obfuscate_host_addresses", false);\nuser_pref("media.peerconnection.ice.loopback", true);\n',
  );
  const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}/?port=${port}`;
  const child = spawn(path, ['--headless', '--no-remote', '--profile', profile, url], {
    stdio: 'ignore',
  });
  try {
    const [id] = await Promise.race([
      accepted(server, 1),
      result.then((said) => {
        throw new Error(said);
      }),
    ]);
    const sent = await here.send([id], TOTAL, 1000);
    expect(sent).toBe(TOTAL);
    expect(await result).toBe('ok');
    expect(here.received([id])).toBeGreaterThanOrEqual(TOTAL * 0.99);
  } finally {
    child.kill('SIGKILL');
    web.closeAllConnections();
    web.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
});

// Alone, so that nothing but the channel itself can hold it up.
describe('Chromium by itself', () => {
  it('floods a Node server 60 times with 64 B packets to 256 KiB, and the channel never stalls', async (context) => {
    const { id: server, port } = serve();
    // What the other tests count as dead is less than a channel may take to recover.
    bytewire.network_set_config(bytewire.network_config_heartbeat_timeout, 15_000, server);
    const guest = await page(context);
    await guest.evaluate(() => bw.network_set_config(bw.network_config_heartbeat_timeout, 15_000));
    const [id] = await connect(guest, 1, '127.0.0.1', port);
    await accepted(server, 1);
    const longest_ms = await guest.evaluate((id) => {
      bw.network_set_config(bw.network_config_udp_queue_limit, 262_144, id);
      return traffic.flood(id, 60);
    }, id);
    // What the channel promises: six times what the slowest of 60 takes. One that stalls for good is at Infinity.
    expect(longest_ms).toBeLessThan(3000);
    const stats = await guest.evaluate((id) => bw.network_get_stats(id), id);
    expect(stats?.drops.stalled).toBeUndefined();
    // It was full 60 times, and what did not fit was refused, not kept.
    expect(stats?.packets_out).toBeGreaterThan(60 * 1000);
    expect(stats?.drops.queue_full).toBe(60);
    await guest.context().close();
  });

  it('floods it 60 times through a WebRTCClient, whose connection never ends', async (context) => {
    const { port } = serve();
    const guest = await page(context);
    const ended = await guest.evaluate(async (url) => {
      const client = new bw.WebRTCClient();
      let ended = '';
      client.onclose = (reason) => {
        ended = reason;
      };
      await client.connect(url);
      const message = new Uint8Array(64);
      for (let round = 0; round < 60 && ended === ''; round++) {
        const { dropped } = client;
        while (client.dropped === dropped) client.send(message);
        while (ended === '' && (!client.open || client.buffered > 4096)) {
          await new Promise((done) => setTimeout(done, 4));
        }
      }
      client.close();
      return ended;
    }, `ws://127.0.0.1:${port}`);
    expect(ended).toBe('');
    await guest.context().close();
  });
});
