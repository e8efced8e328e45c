// What only pages can show of WebRTC: sending without connecting, the bare client, ICE servers, ICE restarts, and hosting at a hostile signaling server.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import * as bytewire from '../../bindings/index.js';
import { OFFERS } from '../hostile/offers.js';
import { use_pages } from './pages.js';

declare global {
  var configs: RTCConfiguration[];
  var restarts: number;
  var seen: number[];
  var guest: number;
  var falter: () => void;
  var recover: () => void;
}

const { afterwards, open } = use_pages();

function signaling(): string {
  const id = bytewire.network_create_server(bytewire.network_socket_tcp, 0, 8, { rooms: true });
  afterwards(() => bytewire.network_destroy(id));
  return `ws://127.0.0.1:${(bytewire.network_get_stats(id) as { port: number }).port}`;
}

/** In a page: opens a room and answers what comes with its length; the room's name. */
function host_room(at: Page, url: string): Promise<string> {
  return at.evaluate(
    (url) =>
      new Promise<string>((done) => {
        bw.network_set_config(bw.network_config_signaling_url, url);
        const answer = bw.buffer_from(new TextEncoder().encode('from the page'));
        globalThis.seen = [];
        bw.async_on('networking', (event) => {
          if (event.type === bw.network_type_listening) done(event.room);
          else if (event.type === bw.network_type_data)
            bw.network_send_packet(event.id, answer, 13);
          else seen.push(event.type);
          if (event.type === bw.network_type_disconnect) done(`failed: ${event.reason}`);
        });
        if (bw.network_create_server(bw.network_socket_udp, '', 4) < 0) done('failed');
      }),
    url,
  );
}

/** In a page: joins a room, and sends until something has come back. */
function join_room(at: Page, url: string, room: string): Promise<string> {
  return at.evaluate(
    ([url, room]) =>
      new Promise<string>((done) => {
        bw.network_set_config(bw.network_config_signaling_url, url);
        const id = bw.network_create_socket(bw.network_socket_udp);
        globalThis.guest = id;
        globalThis.seen = [];
        const packet = bw.buffer_from(new TextEncoder().encode('hello'));
        bw.async_on('networking', (event) => {
          if (event.id !== id) return;
          if (event.type !== bw.network_type_data) seen.push(event.type);
          if (event.type === bw.network_type_non_blocking_connect) {
            if (event.succeeded !== 1) done(`failed: ${event.reason}`);
            setInterval(() => bw.network_send_packet(id, packet, 5), 20);
          } else if (event.type === bw.network_type_data) {
            done(new TextDecoder().decode(bw.buffer_to_bytes(event.buffer, 0, event.size)));
          }
        });
        bw.network_connect(id, `room:${room}`, 0);
      }),
    [url, room] as const,
  );
}

it('a page sends without connecting, and is answered; a port of its own it cannot have', async () => {
  const here = bytewire.network_create_socket_ext(bytewire.network_socket_udp, 0);
  afterwards(() => bytewire.network_destroy(here));
  afterwards(
    bytewire.async_on('networking', ({ type, id, ip, port, buffer, size }) => {
      if (type !== bytewire.network_type_data || id !== here) return;
      bytewire.network_send_udp(here, ip, port, buffer as number, size as number);
    }),
  );
  const { port } = bytewire.network_get_stats(here) as { port: number };
  const at = await open();
  const said = await at.evaluate(
    (port) =>
      new Promise<[string, number, number]>((done) => {
        const refused = bw.network_create_socket_ext(bw.network_socket_udp, 6510);
        const id = bw.network_create_socket(bw.network_socket_udp);
        const packet = bw.buffer_from(new TextEncoder().encode('over there'));
        const timer = setInterval(() => bw.network_send_udp(id, '127.0.0.1', port, packet, 10), 20);
        bw.async_on('networking', (event) => {
          if (event.type !== bw.network_type_data || event.id !== id) return;
          clearInterval(timer);
          const text = new TextDecoder().decode(bw.buffer_to_bytes(event.buffer, 0, event.size));
          done([text, event.port, refused]);
        });
      }),
    port,
  );
  expect(said).toEqual(['over there', port, bytewire.network_error_unsupported]);
  // Refused as often as one likes, and nothing is left of it: the next socket has the room that was there.
  const numbers = await at.evaluate(() => {
    const results = new Set<number>();
    for (let i = 0; i < 1000; i++)
      results.add(bw.network_create_socket_ext(bw.network_socket_udp, 0));
    const one = bw.network_create_socket(bw.network_socket_udp);
    bw.network_destroy(one);
    return [...results];
  });
  expect(numbers).toEqual([bytewire.network_error_unsupported]);
});

it('WebRTCClient in a page: connects, sends, receives, ends, and says why it cannot', async () => {
  const server = bytewire.network_create_server_raw(bytewire.network_socket_udp, 0, 4);
  afterwards(() => bytewire.network_destroy(server));
  afterwards(
    bytewire.async_on('networking', ({ type, id, server: of, buffer, size }) => {
      if (type !== bytewire.network_type_data || of !== server) return;
      bytewire.network_send_raw(id, buffer as number, size as number);
    }),
  );
  const { port } = bytewire.network_get_stats(server) as { port: number };
  const [text, again, why, large] = await (await open()).evaluate(async (port) => {
    const client = new bw.WebRTCClient();
    const came = new Promise<string>((done) => {
      client.onmessage = (data) => done(new TextDecoder().decode(data as ArrayBuffer));
    });
    await client.connect(`ws://127.0.0.1:${port}`);
    const timer = setInterval(() => client.send(new TextEncoder().encode('bare')), 20);
    const text = await came;
    clearInterval(timer);
    let large = '';
    for (const size of [65_536, 65_537]) {
      try {
        client.send(new Uint8Array(size));
      } catch (error) {
        large += String(error);
      }
    }
    client.close();
    let again = '';
    try {
      client.send(new Uint8Array(1));
    } catch (error) {
      again = (error as { code: string }).code;
    }
    const failed = await client.connect('ws://127.0.0.1:1').catch((error) => error.code);
    return [text, again, String(failed), large];
  }, port);
  expect([text, again, why]).toEqual(['bare', 'not_open', 'no_signaling']);
  expect(large).toBe('RangeError: send takes 65536 bytes, got 65537');
});

/** Notes what every RTCPeerConnection of a page is made with. */
const watch_configs = () => {
  const Real = RTCPeerConnection;
  globalThis.configs = [];
  globalThis.RTCPeerConnection = class extends Real {
    constructor(config: RTCConfiguration = {}) {
      super(config);
      configs.push(config);
    }
  };
};

it('ICE servers of a list and of a function reach the connections of a page, as client and as host', async () => {
  const url = signaling();
  const [host, guest] = [await open(), await open()];
  for (const at of [host, guest]) await at.evaluate(watch_configs);
  await host.evaluate(() =>
    bw.network_set_config(bw.network_config_ice_servers, [
      { urls: ['turn:127.0.0.1:9?transport=udp'], username: 'host', credential: 'listed' },
    ]),
  );
  await guest.evaluate(() =>
    bw.network_set_config(bw.network_config_ice_servers, async () => [
      { urls: 'turn:127.0.0.1:9', username: 'guest', credential: 'asked for' },
      { urls: 'stun:127.0.0.1:9' },
    ]),
  );
  const room = await host_room(host, url);
  expect(await join_room(guest, url, room)).toBe('from the page');
  expect((await host.evaluate(() => configs)).map(({ iceServers }) => iceServers)).toEqual([
    [{ urls: ['turn:127.0.0.1:9?transport=udp'], username: 'host', credential: 'listed' }],
  ]);
  const [mine] = (await guest.evaluate(() => configs)).map(({ iceServers }) => iceServers);
  expect(mine?.slice(0, 2)).toEqual([
    { urls: ['turn:127.0.0.1:9'], username: 'guest', credential: 'asked for' },
    { urls: ['stun:127.0.0.1:9'] },
  ]);
});

it('a page that is interrupted restarts ICE after a while, and its connection goes on', async () => {
  const url = signaling();
  const [host, at] = [await open(), await open()];
  await at.evaluate(() => {
    // A restart gets 3 s, which are for networks; what a busy machine takes is no failure.
    const { setTimeout: after } = window;
    Object.assign(window, {
      setTimeout: (run: () => void, ms?: number) => after(run, ms === 3000 ? 60_000 : ms),
    });
    // As if no check had been answered for a while: of the browser's own state only what it says is changed.
    const Real = RTCPeerConnection;
    globalThis.configs = [];
    globalThis.restarts = 0;
    let interrupted = false;
    const all: RTCPeerConnection[] = [];
    globalThis.RTCPeerConnection = class extends Real {
      constructor(config: RTCConfiguration = {}) {
        super(config);
        configs.push(config);
        all.push(this);
      }
      override get iceConnectionState() {
        return interrupted ? 'disconnected' : super.iceConnectionState;
      }
      // biome-ignore lint/suspicious/noExplicitAny: one of its overloads is from another age
      override createOffer(options?: any): any {
        if (options?.iceRestart) {
          globalThis.restarts++;
          interrupted = false;
        }
        return super.createOffer(options);
      }
    };
    globalThis.falter = () => {
      interrupted = true;
      for (const pc of all) pc.dispatchEvent(new Event('iceconnectionstatechange'));
    };
    globalThis.recover = () => {
      interrupted = false;
      for (const pc of all) pc.dispatchEvent(new Event('iceconnectionstatechange'));
    };
  });
  const room = await host_room(host, url);
  expect(await join_room(at, url, room)).toBe('from the page');
  // A moment is no interruption.
  await at.evaluate(async () => {
    falter();
    await new Promise((done) => setTimeout(done, 200));
    recover();
    await new Promise((done) => setTimeout(done, 2500));
  });
  expect(await at.evaluate(() => restarts)).toBe(0);
  await at.evaluate(() => falter());
  await at.waitForFunction(() => restarts === 1);
  // Packets go both ways behind it, over the one peer connection that there ever was.
  const before = await at.evaluate(() => bw.network_get_stats(guest)?.packets_in ?? 0);
  await at.waitForFunction(
    (before) => (bw.network_get_stats(guest)?.packets_in ?? 0) > before + 100,
    before,
  );
  expect(await at.evaluate(() => [restarts, configs.length])).toEqual([1, 1]);
  expect(await at.evaluate(() => seen)).toEqual([bytewire.network_type_non_blocking_connect]);
  expect(await host.evaluate(() => seen)).toEqual([bytewire.network_type_connect]);
});

/** A way to a signaling server that says to its callers what it likes besides. */
async function hostile_way(to: string): Promise<{ url: string; hosts: WebSocket[] }> {
  const wss = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(wss, 'listening');
  const hosts: WebSocket[] = [];
  wss.on('connection', (near, request) => {
    const far = new WebSocket(to, request.headers['sec-websocket-protocol']);
    const early: string[] = [];
    near.on('message', (data) => {
      if (far.readyState === 1) far.send(String(data));
      else early.push(String(data));
    });
    far.on('open', () => {
      for (const text of early) far.send(text);
    });
    far.on('message', (data) => near.send(String(data)));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ]) {
      one.on('error', () => {});
      one.on('close', () => other.terminate());
    }
    hosts.push(near);
  });
  afterwards(() => {
    for (const ws of wss.clients) ws.terminate();
    wss.close();
  });
  return { url: `ws://127.0.0.1:${(wss.address() as AddressInfo).port}`, hosts };
}

it('a page that hosts outlives a hostile signaling server, and lets guests in all the while', async () => {
  const honest = signaling();
  const { url, hosts } = await hostile_way(honest);
  const errors: string[] = [];
  const host = await open((at) => at.on('pageerror', (error) => errors.push(error.message)));
  const room = await host_room(host, url);
  const who = { ip: '127.0.0.1', port: 1, origin: '', token: '', resume: '', bound: 0 };
  const visit = (peer: number) => ({ t: 'visit', peer, ...who, channel: 'bytewire.udp' });
  const candidate = (peer: number) => ({
    t: 'candidate',
    peer,
    candidate: 'candidate:1',
    mid: '0',
  });
  const say = (...messages: (object | string)[]) => {
    for (const message of messages) {
      hosts.at(-1)?.send(typeof message === 'string' ? message : JSON.stringify(message));
    }
  };
  const attacks: [string, () => void][] = [
    [
      'offers that are none, in visits that nobody makes',
      () =>
        OFFERS.forEach(([, sdp], i) => {
          const peer = 1_000_000 + i;
          say(visit(peer), { t: 'offer', peer, sdp }, { t: 'offer', peer, sdp });
        }),
    ],
    [
      'numbers that do not exist, and answers that nobody asked for',
      () =>
        say(
          { t: 'offer', peer: 77, sdp: 'v=0' },
          { t: 'answer', peer: 77, sdp: 'v=0' },
          { t: 'answer', peer: 0, sdp: 'v=0' },
          candidate(77),
          { t: 'bye', peer: 77, reason: 'left', message: '' },
          { t: 'joined', peer: 77, resume: 'x', restart: true, ice: [] },
          { t: 'joined', peer: 0, resume: 'x', restart: true, ice: [] },
          { t: 'pong' },
        ),
    ],
    [
      'another room, and the same once more',
      () =>
        say(
          { t: 'hosted', room: 'OTHER', key: 'x'.repeat(16), ice: [] },
          { t: 'hosted', room, key: 'x'.repeat(16), ice: [{ urls: 'http://x' }] },
          { t: 'hosted', room, key: 'x'.repeat(16), ice: [] },
        ),
    ],
    [
      'names of prototypes',
      () =>
        say(
          '{"t":"__proto__"}',
          '{"t":"constructor","peer":0}',
          '{"t":"toString"}',
          '{"__proto__":{"t":"bye","peer":0,"reason":"left","message":""}}',
          `{"t":"visit","peer":5,"__proto__":${JSON.stringify(visit(5))}}`,
          JSON.stringify(visit(6)).replace('"token"', '"__proto__"'),
        ),
    ],
    [
      'what is no message',
      () => say('', '{', '[]', 'null', '7', '"x"', '\u0000'.repeat(1000), '['.repeat(16_000)),
    ],
    ['10,000 candidates in one visit', () => say(visit(9), ...Array(10_000).fill(candidate(9)))],
    ['huge messages', () => say('x'.repeat(8 << 20), `{"t":"ping","x":"${'y'.repeat(4 << 20)}"}`)],
    ['5000 visits', () => say(...Array.from({ length: 5000 }, (_, i) => visit(i + 100)))],
  ];
  for (const [title, attack] of attacks) {
    attack();
    // By the honest way; after a flood the host has given the connection up, and comes back with its key.
    await expect
      .poll(
        async () => {
          const guest = await open();
          const said = await join_room(guest, honest, room);
          await guest.close();
          return [title, said];
        },
        { timeout: 120_000 },
      )
      .toEqual([title, 'from the page']);
  }
  expect(errors).toEqual([]);
  expect(await host.evaluate(() => Object.keys(Object.prototype))).toEqual([]);
});
