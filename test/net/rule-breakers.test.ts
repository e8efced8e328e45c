// Peers that break the rules: each is dropped and counted, and a client that plays beside them notices nothing.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import * as c from '../../bindings/constants.js';
import { async_on, async_pump, async_set_mode } from '../../bindings/events.js';
import {
  network_create_server_raw,
  network_destroy,
  network_get_state,
  network_get_stats,
  network_set_config,
} from '../../bindings/network.js';
import {
  BarePeer,
  bare_client,
  GREETING,
  HELLO,
  joined_client,
  packet,
  tcp_upgrade,
  WELCOME,
} from './bare-peer.js';
import { afterwards, client, joined, Log, send, server, stats } from './harness.js';

/** A server with one good client that plays throughout: `still_plays` shows that both directions work. */
async function playground(max_client = 64) {
  const log = new Log();
  const { id, port } = server(max_client);
  const good = await joined(log, port);
  let round = 0;
  const still_plays = async () => {
    const up = `up ${round}`;
    const down = `down ${round++}`;
    expect(send(good.id, up)).toBe(up.length);
    expect((await log.take(c.network_type_data, (e) => e.id === good.peer)).text).toBe(up);
    expect(send(good.peer, down)).toBe(down.length);
    expect((await log.take(c.network_type_data, (e) => e.id === good.id)).text).toBe(down);
    expect(network_get_state(good.peer)).toBe(c.network_state_open);
  };
  await still_plays();
  return { log, id, port, good, still_plays };
}

/** Waits until the server has counted that, and nothing else. */
async function counted(id: number, drops: Record<string, number>) {
  await vi.waitFor(() => expect(stats(id).drops).toEqual(drops));
}

describe('a client that breaks the protocol', () => {
  it.each([
    ['garbage in place of the handshake', Buffer.from('hello there, server')],
    ['a handshake with one wrong byte', Buffer.from(HELLO).fill(0xff, 11, 12)],
    ['a packet before the handshake', packet('early')],
  ])('is dropped for %s', async (_, bytes) => {
    const { log, id, port, still_plays } = await playground();
    const bad = await bare_client(port);
    bad.ws.send(bytes);
    expect((await bad.closed).code).toBe(1002);
    await counted(id, { bad_handshake: 1 });
    await still_plays();
    expect(log.seen).toEqual([]);
    expect(stats(id).clients).toBe(1);
  });

  it.each([
    ['a wrong magic number', Buffer.from('dec0addf0c00000000000000', 'hex'), 'bad_header', 1002],
    ['a wrong header length', Buffer.from('dec0adde0d00000000000000', 'hex'), 'bad_header', 1002],
    ['the first byte of a wrong header', Buffer.from('df', 'hex'), 'bad_header', 1002],
    [
      'a length one above the limit',
      Buffer.from('dec0adde0c00000001004000', 'hex'),
      'too_large',
      1009,
    ],
    ['a length of 4 GiB - 1', Buffer.from('dec0adde0c000000ffffffff', 'hex'), 'too_large', 1009],
  ])(
    'is dropped after the handshake for %s, with a disconnect event',
    async (_, bytes, why, code) => {
      const { log, id, port, still_plays } = await playground();
      const bad = await joined_client(port);
      const { socket } = await log.take(c.network_type_connect);
      bad.ws.send(Buffer.concat([packet('before'), bytes]));
      expect((await log.take(c.network_type_data, (e) => e.id === socket)).text).toBe('before');
      expect(await log.take(c.network_type_disconnect)).toMatchObject({ id, socket });
      expect((await bad.closed).code).toBe(code);
      await counted(id, { [why]: 1 });
      expect(network_get_state(socket as number)).toBe(c.network_state_closed);
      expect(network_get_stats(socket as number)).toBeUndefined();
      await still_plays();
    },
  );

  it('is dropped for a text message on a framed connection, before and after the handshake', async () => {
    const { log, id, port, still_plays } = await playground();
    const early = await bare_client(port);
    early.ws.send('text');
    await early.closed;
    const late = await joined_client(port);
    late.ws.send('text');
    await late.closed;
    await log.take(c.network_type_disconnect);
    await counted(id, { text_on_framed: 2 });
    await still_plays();
  });

  it('is dropped when it never finishes the handshake', async () => {
    const { log, id, port, still_plays } = await playground();
    network_set_config(c.network_config_handshake_timeout, 2000);
    const slow = await bare_client(port);
    expect((await slow.next()).equals(GREETING)).toBe(true);
    slow.ws.send(HELLO.subarray(0, 7));
    await slow.closed;
    await counted(id, { handshake_timeout: 1 });
    await still_plays();
    expect(log.seen).toEqual([]);
  });

  it('is dropped for a WebSocket message above the limit, or a malformed frame', async () => {
    const { log, id, port, still_plays } = await playground();
    const big = await joined_client(port);
    big.ws.send(Buffer.alloc(4 * 1024 * 1024 + 13));
    await big.closed;
    const bad = await joined_client(port);
    // Reserved bits set.
    (bad.ws as unknown as { _socket: Socket })._socket.write(Buffer.from('f2800000000000', 'hex'));
    await bad.closed;
    await log.take(c.network_type_disconnect);
    await log.take(c.network_type_disconnect);
    await counted(id, { too_large: 1, malformed: 1 });
    await still_plays();
  });

  it('is dropped with what it was sending when it resets its connection', async () => {
    const { log, id, port, still_plays } = await playground();
    const rude = await joined_client(port);
    const half = packet('x'.repeat(100_000)).subarray(0, 60_000);
    rude.ws.send(half);
    rude.ws.send(packet(''), () =>
      (rude.ws as unknown as { _socket: Socket })._socket.resetAndDestroy(),
    );
    await log.take(c.network_type_disconnect);
    await still_plays();
    expect(stats(id).clients).toBe(1);
  });
});

describe('a server', () => {
  it('refuses clients above max_client, and takes one again when one has left', async () => {
    const { log, id, port, still_plays } = await playground(2);
    const second = await joined_client(port);
    await log.take(c.network_type_connect);
    const flood = await Promise.all(Array.from({ length: 50 }, () => tcp_upgrade(port)));
    const answers = await Promise.all(flood.map(async (s) => String((await once(s, 'data'))[0])));
    expect(answers.every((answer) => answer.startsWith('HTTP/1.1 503'))).toBe(true);
    for (const socket of flood) socket.destroy();
    await counted(id, { server_full: 50 });
    await still_plays();
    second.ws.close();
    await log.take(c.network_type_disconnect);
    (await joined_client(port)).ws.terminate();
    await still_plays();
  });

  it('keeps its places free of callers that never finish the handshake', async () => {
    const log = new Log();
    const { id, port } = server(2);
    const idle = await Promise.all(Array.from({ length: 60 }, () => tcp_upgrade(port)));
    await Promise.all(idle.map((socket) => once(socket, 'data')));
    const first = await joined_client(port);
    const second = await joined_client(port);
    for (let i = 0; i < 2; i++) await log.take(c.network_type_connect);
    const third = await tcp_upgrade(port);
    expect(String((await once(third, 'data'))[0])).toMatch(/^HTTP\/1.1 503/);
    await counted(id, { server_full: 1 });
    for (const socket of [...idle, third]) socket.destroy();
    first.ws.terminate();
    second.ws.terminate();
  });

  it('answers who does not speak HTTP or WebSocket, counts them, and outlives their reset', async () => {
    const log = new Log();
    const { id, port } = server(8, { path: '/play' });
    const uncaught = vi.fn();
    process.on('uncaughtException', uncaught);
    afterwards(() => process.off('uncaughtException', uncaught));

    const noise = connect({ port, host: '127.0.0.1' });
    noise.on('error', () => {});
    noise.write('\x16\x03\x01garbage\r\n\r\n');
    expect(String((await once(noise, 'data'))[0])).toMatch(/^HTTP\/1.1 400/);
    const keyless = await tcp_upgrade(port, '/play', 'short');
    expect(String((await once(keyless, 'data'))[0])).toMatch(/^HTTP\/1.1 400/);
    const lost = await tcp_upgrade(port, '/elsewhere');
    expect(String((await once(lost, 'data'))[0])).toMatch(/^HTTP\/1.1 404/);
    for (const socket of [noise, keyless, lost]) socket.resetAndDestroy();
    await counted(id, { bad_request: 2, wrong_path: 1 });

    // Resets in every state of a refusal: while it is asked, answered and over.
    for (let i = 0; i < 30; i++) {
      const socket = await tcp_upgrade(port, '/elsewhere');
      if (i % 3 === 1) await once(socket, 'data');
      if (i % 3 === 2) await once(socket.resume(), 'end');
      socket.resetAndDestroy();
    }
    const fine = await bare_client(port, '/play');
    expect((await fine.next()).equals(GREETING)).toBe(true);
    fine.ws.terminate();
    expect(uncaught).not.toHaveBeenCalled();
    expect(log.seen).toEqual([]);
  });

  it('cuts who pings and does not read the answers, and counts it', async () => {
    const log = new Log();
    const { id, port } = server();
    const bad = await tcp_upgrade(port);
    bad.pause();
    // Frames with a mask of zeros.
    bad.write(Buffer.concat([Buffer.from('829000000000', 'hex'), HELLO]));
    await log.take(c.network_type_connect);
    const ping = Buffer.concat([Buffer.from('89fd00000000', 'hex'), Buffer.alloc(125)]);
    const pings = Buffer.concat(Array.from({ length: 20_000 }, () => ping));
    while (!log.seen.some(({ type }) => type === c.network_type_disconnect)) {
      bad.write(pings);
      await new Promise((done) => setTimeout(done, 5));
    }
    expect(stats(id)).toMatchObject({ clients: 0, drops: { ping_flood: 1 } });
    bad.destroy();
  });

  it('lets go of a refused connection even when the peer does not', async () => {
    const web = createServer().listen(0);
    afterwards(() => web.close());
    const { port } = server(8, { server: web, path: '/play' });
    const stubborn = await tcp_upgrade(port, '/elsewhere');
    afterwards(() => stubborn.destroy());
    await once(stubborn, 'data');
    await vi.waitFor(async () => {
      const open = await new Promise((resolve) => web.getConnections((_, n) => resolve(n)));
      expect(open).toBe(0);
    });
  });

  it('closes a client whose data finds no room because nobody pumps, and counts it', async () => {
    const { log, id, port } = await playground();
    const flood = await joined_client(port);
    const { socket } = await log.take(c.network_type_connect);
    async_set_mode('manual');
    // 70,000 empty packets, then the start of one that must not stay in memory.
    const many = Buffer.concat(Array.from({ length: 70_000 }, () => packet('')));
    flood.ws.send(Buffer.concat([many, packet('x'.repeat(1000)).subarray(0, 500)]));
    await flood.closed;
    expect(stats(id).drops).toEqual({ event_queue_full: 1 });
    expect(async_pump()).toBe(65_537);
    expect(await log.take(c.network_type_disconnect)).toMatchObject({ socket });
  });

  it('delivers any number of packets of one message when it delivers by itself', async () => {
    const { log, id, port } = await playground();
    const eager = await joined_client(port);
    const { socket } = await log.take(c.network_type_connect);
    let got = 0;
    afterwards(
      async_on('networking', (event) => {
        if (event.type === c.network_type_data && event.id === socket) got++;
      }),
    );
    eager.ws.send(Buffer.concat(Array.from({ length: 70_000 }, () => packet(''))));
    await vi.waitFor(() => expect(got).toBe(70_000));
    expect(stats(id).drops).toEqual({});
    eager.ws.terminate();
  });

  it('checks the size of raw messages', async () => {
    const log = new Log();
    const { id, port } = server(8, {}, network_create_server_raw);
    network_set_config(c.network_config_message_size_limit, 10, id);
    const peer = await bare_client(port);
    await log.take(c.network_type_connect);
    peer.ws.send(Buffer.alloc(10));
    expect((await log.take(c.network_type_data)).size).toBe(10);
    peer.ws.send('eleven byte');
    expect((await peer.closed).code).toBe(1009);
    expect(stats(id).drops).toEqual({ too_large: 1 });
    await log.take(c.network_type_disconnect);
  });
});

/** A bare server whose connections `talk` handles. */
async function bare_server(talk: (peer: BarePeer) => void): Promise<number> {
  const wss = new WebSocketServer({ port: 0, perMessageDeflate: false });
  afterwards(() => {
    for (const ws of wss.clients) ws.terminate();
    wss.close();
  });
  wss.on('connection', (ws) => talk(new BarePeer(ws)));
  await once(wss, 'listening');
  return (wss.address() as AddressInfo).port;
}

describe('a server that breaks the protocol', () => {
  it.each([
    ['greets wrongly', (peer: BarePeer) => peer.ws.send('not GameMaker')],
    ['sends garbage', (peer: BarePeer) => peer.ws.send(Buffer.from('not GameMaker'))],
    ['welcomes wrongly', (peer: BarePeer) => peer.ws.send(Buffer.concat([GREETING, HELLO]))],
    ['leaves in the middle', (peer: BarePeer) => peer.ws.send(GREETING, () => peer.ws.close())],
    ['cuts the line', (peer: BarePeer) => peer.ws.terminate()],
  ])('fails the attempt of a client when it %s', async (_, talk) => {
    const log = new Log();
    const id = client(await bare_server(talk));
    const event = await log.take(c.network_type_non_blocking_connect);
    expect(event).toMatchObject({ id, succeeded: 0 });
    expect(event.reason).not.toBe('');
    expect(log.seen).toEqual([]);
  });

  it('fails the attempt in the connect timeout when it never greets', async () => {
    network_set_config(c.network_config_handshake_timeout, 0x7fffffff);
    const log = new Log();
    // So short only now that the WebSocket stands.
    const soon = () => network_set_config(c.network_config_connect_timeout, 50);
    const id = client(await bare_server(soon));
    const event = await log.take(c.network_type_non_blocking_connect);
    expect(event).toMatchObject({ id, succeeded: 0, reason: 'the handshake took too long' });
  });

  it('disconnects a client that it sends a wrong header', async () => {
    const log = new Log();
    const port = await bare_server((peer) => {
      peer.ws.send(GREETING);
      peer.ws.once('message', () =>
        peer.ws.send(Buffer.concat([WELCOME, packet('one'), GREETING])),
      );
    });
    const id = client(port);
    expect(await log.take(c.network_type_non_blocking_connect)).toMatchObject({ id, succeeded: 1 });
    expect(await log.take(c.network_type_data)).toMatchObject({ id, text: 'one' });
    expect(await log.take(c.network_type_disconnect)).toMatchObject({ id, socket: id });
    expect(stats(id).drops).toEqual({ bad_header: 1 });
    network_destroy(id);
  });
});
