// Servers and clients on real sockets, against peers written by hand from the standard.
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { heap_use, live_buffers } from '../../bindings/buffer-table.js';
import * as bw from '../../bindings/index.js';
import { Log } from './log.js';
import { CLIENT_REPLY, HELLO, Peer, packet, SERVER_REPLY, serve_by_hand } from './peer.js';

const top = fileURLToPath(new URL('../..', import.meta.url));
const { network_type_connect, network_type_data, network_type_disconnect } = bw;
const { network_type_non_blocking_connect: network_type_result } = bw;

let log: Log;
let opened: number[];
let before: unknown;

beforeEach(() => {
  before = [live_buffers(), heap_use().blocks];
  log = new Log();
  opened = [];
});

afterEach(async () => {
  for (const id of opened) bw.network_destroy(id);
  log.stop();
  // What was on its way is delivered to nobody, and freed.
  await new Promise((done) => setTimeout(done, 20));
  expect([live_buffers(), heap_use().blocks]).toEqual(before);
});

const keep = (id: number) => {
  expect(id).toBeGreaterThanOrEqual(0);
  opened.push(id);
  return id;
};
const port_of = (server: number) => bw.network_get_stats(server)?.port ?? 0;
const start = (max_client?: number, options?: bw.ServerOptions) =>
  keep(bw.network_create_server(bw.network_socket_tcp, 0, max_client, options));
const socket = (type: number = bw.network_socket_tcp) => keep(bw.network_create_socket(type));

function send(to: number, text: string): number {
  const b = bw.buffer_create(0, bw.buffer_grow, 1);
  bw.buffer_write(b, bw.buffer_text, text);
  const sent = bw.network_send_packet(to, b, text.length);
  bw.buffer_delete(b);
  return sent;
}

async function joined(server: number): Promise<{ client: number; at_server: number }> {
  const client = socket();
  bw.network_connect(client, '127.0.0.1', port_of(server));
  const [{ socket: at_server }] = await Promise.all([
    log.next({ type: network_type_connect, id: server }),
    log.next({ type: network_type_result, id: client, succeeded: 1 }),
  ]);
  return { client, at_server };
}

describe('a server', () => {
  it('speaks the standard with a peer that knows nothing else', async () => {
    const server = start();
    const peer = await Peer.join(port_of(server));
    const { socket: client, ip, port } = await log.next({ type: network_type_connect, id: server });
    expect(ip).toMatch(/127\.0\.0\.1$/);
    expect(port).toBeGreaterThan(0);
    peer.send(packet('hello'));
    const data = await log.next({ type: network_type_data });
    expect(data).toMatchObject({
      id: client,
      server,
      size: 5,
      payload: 'hello',
      message_type: bw.network_send_binary,
    });
    expect(send(client, 'welcome')).toBe(7);
    expect((await peer.packet()).toString()).toBe('welcome');
    peer.socket.close();
    expect(await log.next({ type: network_type_disconnect })).toMatchObject({
      id: server,
      socket: client,
    });
    expect(bw.network_get_state(client)).toBe(bw.network_state_closed);
  });

  it('takes several packets in a message and one packet over several messages', async () => {
    const server = start();
    const peer = await Peer.join(port_of(server));
    peer.send(Buffer.concat([packet('a'), packet(''), packet('bc')]));
    const split = packet('0123456789');
    peer.send(split.subarray(0, 5));
    peer.send(split.subarray(5, 13));
    peer.send(Buffer.concat([split.subarray(13), packet('end')]));
    const got = [];
    for (let i = 0; i < 5; i++) got.push((await log.next({ type: network_type_data })).payload);
    expect(got).toEqual(['a', '', 'bc', '0123456789', 'end']);
  });

  it('takes a packet that is glued to the handshake', async () => {
    const server = start();
    const peer = await Peer.open(port_of(server));
    expect(await peer.inbox.take(18)).toEqual(HELLO);
    peer.send(Buffer.concat([CLIENT_REPLY, packet('early')]));
    expect(await peer.inbox.take(12)).toEqual(SERVER_REPLY);
    await log.next({ type: network_type_connect });
    expect((await log.next({ type: network_type_data })).payload).toBe('early');
  });

  it('refuses clients beyond max_client, and takes one again when one has left', async () => {
    const server = start(1);
    const first = await Peer.join(port_of(server));
    await expect(Peer.open(port_of(server))).rejects.toThrow(/503/);
    expect(bw.network_get_stats(server)?.drops).toEqual({ server_full: 1 });
    first.socket.close();
    await log.next({ type: network_type_disconnect });
    await Peer.join(port_of(server));
    expect(bw.network_get_stats(server)?.clients).toBe(1);
  });

  it('says at once that a port is taken, and that a page or type cannot', () => {
    const server = start();
    expect(bw.network_create_server(bw.network_socket_tcp, port_of(server))).toBe(
      bw.network_error_address,
    );
    expect(bw.network_create_server(bw.network_socket_wss, 0)).toBe(bw.network_error_unsupported);
    expect(() => bw.network_create_server(9, 0)).toThrow(RangeError);
    expect(() => bw.network_create_server(0, 70_000)).toThrow(RangeError);
    expect(() => bw.network_create_server(0, true as never)).toThrow(TypeError);
    expect(() => bw.network_create_server(0, 0, 0)).toThrow(RangeError);
    expect(() => bw.network_create_server(0, 0, 1, { path: 'x' })).toThrow(RangeError);
  });

  it('shares an http server and leaves requests and other paths to it', async () => {
    const http = createServer((_, response) => response.end('page')).listen(0, '127.0.0.1');
    await new Promise((done) => http.once('listening', done));
    const { port } = http.address() as AddressInfo;
    try {
      const server = start(8, { server: http, path: '/play' });
      expect(port_of(server)).toBe(port);
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('page');
      const peer = await Peer.join(port, '/play');
      await expect(Peer.open(port, '/other')).rejects.toThrow(/404/);
      peer.send(packet('x'));
      await log.next({ type: network_type_data });
      bw.network_destroy(server);
      expect(await peer.closed()).toBe(1001);
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('page');
    } finally {
      http.closeAllConnections();
      http.close();
    }
  });

  it('answers plain HTTP on a port of its own with 426', async () => {
    const server = start();
    expect((await fetch(`http://127.0.0.1:${port_of(server)}/`)).status).toBe(426);
  });

  it('is gone at once when destroyed: clients are told, its port is free, its ids are dead', async () => {
    const server = start();
    const port = port_of(server);
    const { client, at_server } = await joined(server);
    bw.network_destroy(server);
    expect([bw.network_get_state(server), bw.network_get_state(at_server)]).toEqual([-1, -1]);
    expect(send(at_server, 'x')).toBe(bw.network_error_not_open);
    expect(await log.next({ type: network_type_disconnect })).toMatchObject({
      id: client,
      socket: client,
    });
    const again = keep(bw.network_create_server(bw.network_socket_tcp, port));
    expect(again).not.toBe(server);
    expect(bw.network_get_stats(server)).toBeUndefined();
  });

  it('takes events that still wait with it, also of clients that had left before', async () => {
    bw.async_set_mode('manual');
    try {
      const server = bw.network_create_server(bw.network_socket_tcp, 0);
      const peer = await Peer.join(port_of(server));
      peer.send(Buffer.concat([packet('a'), packet('b')]));
      peer.socket.close();
      await peer.closed();
      while (bw.network_get_stats(server)?.clients !== 0)
        await new Promise((done) => setTimeout(done, 2));
      bw.network_destroy(server);
      bw.async_pump();
      expect(log.events).toEqual([]);
    } finally {
      bw.async_set_mode('auto');
    }
  });

  it('ends one client when that is destroyed, without an event here', async () => {
    const server = start();
    const peer = await Peer.join(port_of(server));
    const other = await Peer.join(port_of(server));
    const { socket: client } = await log.next({ type: network_type_connect });
    bw.network_destroy(client);
    expect(await peer.closed()).toBe(1000);
    other.send(packet('still here'));
    expect((await log.next({ type: network_type_data })).payload).toBe('still here');
    expect(log.events.filter(({ type }) => type === network_type_disconnect)).toEqual([]);
  });
});

describe('a client', () => {
  it('and a server exchange packets of 0 bytes to 4 MiB', async () => {
    const server = start();
    const { client, at_server } = await joined(server);
    for (const size of [0, 1, 125, 126, 65_535, 65_536, 1_000_000, 4 * 1024 * 1024]) {
      const b = bw.buffer_create(size, bw.buffer_fixed, 1);
      bw.buffer_fill(b, 0, bw.buffer_u32, 0xc0ffee, size);
      expect(bw.network_send_packet(client, b, size)).toBe(size);
      const up = await log.next({ type: network_type_data, id: at_server });
      expect(bw.network_send_packet(at_server, b, size)).toBe(size);
      const down = await log.next({ type: network_type_data, id: client });
      const expected = Buffer.from(bw.buffer_to_bytes(b)).toString('latin1');
      expect([up.size, down.size]).toEqual([size, size]);
      expect(up.payload === expected && down.payload === expected).toBe(true);
      bw.buffer_delete(b);
    }
    expect(bw.network_get_stats(client)).toMatchObject({
      packets_in: 8,
      packets_out: 8,
      drops: {},
    });
    expect(bw.network_get_stats(server)).toMatchObject({
      packets_in: 8,
      packets_out: 8,
      clients: 1,
    });
  });

  it('speaks the standard with a server that knows nothing else', async () => {
    const said: Buffer[] = [];
    let other: WebSocket | undefined;
    const by_hand = await serve_by_hand((ws) => {
      other = ws;
      ws.send(HELLO.subarray(0, 7));
      ws.send(HELLO.subarray(7));
      ws.once('message', (reply: Buffer) => {
        said.push(reply);
        ws.send(Buffer.concat([SERVER_REPLY, packet('first')]));
        ws.on('message', (data: Buffer) => said.push(data));
      });
    });
    try {
      const client = socket(bw.network_socket_ws);
      expect(bw.network_connect(client, `ws://127.0.0.1:${by_hand.port}/x`, 0)).toBe(client);
      expect(bw.network_get_state(client)).toBe(bw.network_state_connecting);
      expect(send(client, 'too early')).toBe(bw.network_error_not_open);
      const result = await log.next({ type: network_type_result });
      expect(result).toMatchObject({
        id: client,
        succeeded: 1,
        port: by_hand.port,
        ip: `ws://127.0.0.1:${by_hand.port}/x`,
      });
      expect((await log.next({ type: network_type_data })).payload).toBe('first');
      send(client, 'ab');
      while (said.length < 2) await new Promise((done) => setTimeout(done, 2));
      // The last four bytes are the game id, which servers of other makes ignore.
      expect(said[0].length).toBe(16);
      expect(said[0].subarray(0, 12)).toEqual(CLIENT_REPLY.subarray(0, 12));
      expect(said[1]).toEqual(packet('ab'));
      other?.close();
      expect(await log.next({ type: network_type_disconnect })).toMatchObject({
        id: client,
        socket: client,
      });
      expect(send(client, 'x')).toBe(bw.network_error_not_open);
    } finally {
      await by_hand.stop();
    }
  });

  it('connects raw: bytes and text as they are, both ways', async () => {
    const by_hand = await serve_by_hand((ws) => {
      ws.on('message', (data: Buffer, binary: boolean) => {
        ws.send(Buffer.concat([Buffer.from(binary ? 'b:' : 't:'), data]), { binary });
      });
    });
    try {
      const client = socket();
      bw.network_connect_raw(client, '127.0.0.1', by_hand.port);
      await log.next({ type: network_type_result, succeeded: 1 });
      const b = bw.buffer_from(new TextEncoder().encode('é!'));
      expect(bw.network_send_raw(client, b, 3)).toBe(3);
      expect((await log.next({ type: network_type_data })).message_type).toBe(
        bw.network_send_binary,
      );
      expect(bw.network_send_raw(client, b, 3, bw.network_send_text)).toBe(3);
      const text = await log.next({ type: network_type_data });
      expect(text.message_type).toBe(bw.network_send_text);
      expect(Buffer.from(text.payload, 'latin1').toString()).toBe('t:é!');
      bw.buffer_delete(b);
    } finally {
      await by_hand.stop();
    }
  });

  it('meets a raw server of ours', async () => {
    const server = keep(bw.network_create_server_raw(bw.network_socket_tcp, 0));
    const peer = await Peer.open(port_of(server));
    const { socket: client } = await log.next({ type: network_type_connect });
    peer.send('text');
    expect(await log.next({ type: network_type_data })).toMatchObject({
      payload: 'text',
      message_type: bw.network_send_text,
    });
    peer.send(Buffer.alloc(0));
    expect(await log.next({ type: network_type_data })).toMatchObject({
      size: 0,
      message_type: bw.network_send_binary,
    });
    expect(send(client, 'raw')).toBe(3);
    expect((await peer.inbox.take(3)).toString()).toBe('raw');
  });

  it.each([
    ['nobody listens', async () => ({ port: 1, stop: async () => {} })],
    ['it is no WebSocket server', async () => plain_http()],
    ['the greeting is wrong', () => serve_by_hand((ws) => ws.send('nonsense'))],
    [
      'the greeting is other bytes',
      () => serve_by_hand((ws) => ws.send(Buffer.from('HTTP/1.1 200'))),
    ],
    ['it hangs up at once', () => serve_by_hand((ws) => ws.close(1000, 'no'))],
    [
      'step 3 is wrong',
      () =>
        serve_by_hand((ws) => {
          ws.send(HELLO);
          ws.once('message', () => ws.send(CLIENT_REPLY));
        }),
    ],
  ])('fails with one event and a reason when %s, and may try again', async (_, make) => {
    const other = await make();
    try {
      const client = socket();
      bw.network_connect(client, '127.0.0.1', other.port);
      const failed = await log.next({ type: network_type_result });
      expect(failed).toMatchObject({ id: client, succeeded: 0 });
      expect(failed.reason).not.toBe('');
      expect(bw.network_get_state(client)).toBe(bw.network_state_closed);
      const server = start();
      expect(bw.network_connect(client, '127.0.0.1', port_of(server))).toBe(client);
      await log.next({ type: network_type_result, succeeded: 1 });
      expect(log.events.filter(({ type }) => type !== network_type_connect)).toEqual([]);
    } finally {
      await other.stop();
    }
  });

  it('gives up after the connect timeout, and after the handshake timeout', async () => {
    const silent = await serve_by_hand(() => {});
    const deaf = await silent_tcp();
    try {
      bw.network_set_config(bw.network_config_connect_timeout, 50);
      bw.network_set_config(bw.network_config_handshake_timeout, 50);
      const client = socket();
      bw.network_connect(client, '127.0.0.1', deaf.port);
      expect((await log.next({ type: network_type_result })).reason).toMatch(/no answer/);
      bw.network_connect(client, '127.0.0.1', silent.port);
      expect((await log.next({ type: network_type_result })).reason).toBe(
        'the handshake took too long',
      );
    } finally {
      bw.network_set_config(bw.network_config_connect_timeout, 10_000);
      bw.network_set_config(bw.network_config_handshake_timeout, 10_000);
      await silent.stop();
      await deaf.stop();
    }
  });

  it('refuses nonsense and leaves everything as it was', async () => {
    const server = start();
    const { client } = await joined(server);
    const b = bw.buffer_create(4, bw.buffer_fixed, 1);
    expect(bw.network_send_packet(client, b, 5)).toBe(bw.network_error_too_large);
    expect(() => bw.network_send_packet(client, b, -1)).toThrow(RangeError);
    expect(() => bw.network_send_packet(client, b, 1.5)).toThrow(RangeError);
    expect(() => bw.network_send_packet('1' as never, b, 1)).toThrow(TypeError);
    expect(() => bw.network_send_packet(client, 999_999, 1)).toThrow(RangeError);
    expect(() => bw.network_send_raw(client, b, 1, 3)).toThrow(RangeError);
    expect(bw.network_send_packet(999_999, b, 1)).toBe(bw.network_error_not_open);
    expect(bw.network_connect(client, 'localhost', 1)).toBe(bw.network_error_busy);
    expect(bw.network_connect(999_999, 'localhost', 1)).toBe(bw.network_error_not_open);
    expect(() => bw.network_connect(client, 'http://x', 1)).toThrow(RangeError);
    expect(() => bw.network_create_socket(17)).toThrow(RangeError);
    bw.network_destroy(999_999);
    expect(() => bw.network_destroy(undefined as never)).toThrow(TypeError);
    expect(send(client, 'fine')).toBe(4);
    expect((await log.next({ type: network_type_data })).payload).toBe('fine');
    bw.buffer_delete(b);
  });

  it('is told when the queue is full, and the limits are those that were set', async () => {
    const server = start();
    const { client, at_server } = await joined(server);
    const b = bw.buffer_create(1000, bw.buffer_fixed, 1);
    bw.network_set_config(bw.network_config_queue_limit, 100);
    // One that is larger than the queue is taken when nothing else waits; the next one is not.
    expect(bw.network_send_packet(client, b, 101)).toBe(101);
    expect(bw.network_send_packet(client, b, 1)).toBe(bw.network_error_queue_full);
    await log.next({ type: network_type_data, size: 101 });
    bw.network_set_config(bw.network_config_queue_limit, 16 * 1024 * 1024);
    bw.network_set_config(bw.network_config_message_size_limit, 500, client);
    expect(bw.network_send_packet(client, b, 501)).toBe(bw.network_error_too_large);
    expect(bw.network_send_packet(client, b, 500)).toBe(500);
    await log.next({ type: network_type_data, size: 500 });
    expect(bw.network_get_stats(client)?.drops).toEqual({ queue_full: 1, send_too_large: 1 });
    bw.network_set_config(bw.network_config_message_size_limit, 400, server);
    expect(bw.network_send_packet(client, b, 401)).toBe(401);
    expect(await log.next({ type: network_type_disconnect, id: server })).toMatchObject({
      socket: at_server,
      reason: 'too_large',
    });
    await log.next({ type: network_type_disconnect, id: client });
    expect(() => bw.network_set_config(77, 1)).toThrow(RangeError);
    expect(() => bw.network_set_config(bw.network_config_websocket_protocol, 'a b')).toThrow(
      RangeError,
    );
    expect(bw.network_set_config(bw.network_config_enable_reliable_udp, 1)).toBe(
      bw.network_error_unsupported,
    );
    bw.buffer_delete(b);
  });

  it('may be destroyed at any moment: idle, connecting, in the handshake, open, inside its own event', async () => {
    const server = start();
    const port = port_of(server);
    bw.network_destroy(socket());
    const connecting = socket();
    bw.network_connect(connecting, '127.0.0.1', port);
    bw.network_destroy(connecting);
    const { client, at_server } = await joined(server);
    const off = bw.async_on('networking', ({ type, id }) => {
      if (type === network_type_data && id === client) bw.network_destroy(client);
    });
    send(at_server, 'bye');
    expect(await log.next({ type: network_type_disconnect, id: server })).toMatchObject({
      socket: at_server,
    });
    off();
    expect(bw.network_get_state(client)).toBe(bw.network_state_closed);
    expect(log.events.filter(({ id }) => id === connecting)).toEqual([]);
  });

  it('sends what the buffer held at the time of the call, although it is written again and memory grows', async () => {
    const server = start();
    const peer = await Peer.join(port_of(server));
    const { socket: at_server } = await log.next({ type: network_type_connect });
    peer.socket.pause();
    const size = 64 * 1024;
    const b = bw.buffer_create(size, bw.buffer_fixed, 1);
    const big: number[] = [];
    for (let i = 0; i < 200; i++) {
      bw.buffer_fill(b, 0, bw.buffer_u8, i, size);
      expect(bw.network_send_packet(at_server, b, size)).toBe(size);
      if (i % 50 === 0) big.push(bw.buffer_create(heap_use().heap_bytes >> 2, bw.buffer_fixed, 1));
    }
    bw.buffer_fill(b, 0, bw.buffer_u8, 0xee, size);
    peer.socket.resume();
    for (let i = 0; i < 200; i++) {
      const payload = await peer.packet();
      expect(payload.length).toBe(size);
      expect(payload.every((byte) => byte === i)).toBe(true);
    }
    for (const id of [b, ...big]) bw.buffer_delete(id);
  });

  it('resolves names, and says which do not exist', async () => {
    expect(await bw.network_resolve('localhost')).toMatch(/^(127\.0\.0\.1|::1)$/);
    expect(await bw.network_resolve('127.0.0.1')).toBe('127.0.0.1');
    await expect(bw.network_resolve(5 as never)).rejects.toBeInstanceOf(TypeError);
  });
});

describe('WebSocketClient', () => {
  it('connects, sends bytes and text, gets ArrayBuffers and strings, and tells of the end', async () => {
    const by_hand = await serve_by_hand((ws) => {
      ws.on('message', (data: Buffer, binary: boolean) => ws.send(data, { binary }));
    });
    try {
      const client = new bw.WebSocketClient();
      expect(() => client.send('x')).toThrow(/not connected/);
      await client.connect(`ws://127.0.0.1:${by_hand.port}`);
      expect(client.open).toBe(true);
      const got: unknown[] = [];
      const both = new Promise<void>((done) => {
        client.onmessage = (data) => {
          got.push(data instanceof ArrayBuffer ? [...new Uint8Array(data)] : data);
          if (got.length === 2) done();
        };
      });
      client.send(new Uint8Array([1, 2, 3]));
      client.send('four');
      await both;
      expect(got).toEqual([[1, 2, 3], 'four']);
      const end = new Promise<string>((done) => {
        client.onclose = done;
      });
      for (const ws of by_hand.server.clients) ws.close(4000, 'enough');
      expect(await end).toBe('enough');
      expect(client.open).toBe(false);
      await client.connect(`ws://127.0.0.1:${by_hand.port}`);
      for (const [code, why] of [
        [5, ''],
        [2999, ''],
        [1000, 'x'.repeat(124)],
      ] as const) {
        expect(() => client.close(code, why)).toThrow();
        expect(client.open).toBe(true);
      }
      const still = new Promise((done) => {
        client.onmessage = done;
      });
      client.send('still here');
      expect(await still).toBe('still here');
      client.close();
      client.close();
    } finally {
      await by_hand.stop();
    }
  });

  it('rejects when it cannot connect, and when it is closed meanwhile', async () => {
    const client = new bw.WebSocketClient();
    await expect(client.connect('ws://127.0.0.1:1')).rejects.toMatchObject({
      name: 'NetError',
      code: 'connect_failed',
    });
    const deaf = await silent_tcp();
    try {
      await expect(
        client.connect(`ws://127.0.0.1:${deaf.port}`, { timeout_ms: 30 }),
      ).rejects.toMatchObject({ code: 'connect_timeout' });
      const attempt = client.connect(`ws://127.0.0.1:${deaf.port}`);
      await expect(client.connect(`ws://127.0.0.1:${deaf.port}`)).rejects.toMatchObject({
        code: 'connect_failed',
      });
      client.close();
      await expect(attempt).rejects.toMatchObject({ code: 'connect_failed' });
    } finally {
      await deaf.stop();
    }
    await expect(client.connect('nonsense')).rejects.toThrow();
    await expect(client.connect(5 as never)).rejects.toBeInstanceOf(TypeError);
    for (const [options, shown] of [
      [null, 'null'],
      [['game'], 'Array'],
      ['game', '"game"'],
    ]) {
      await expect(client.connect('ws://127.0.0.1:1', options as never)).rejects.toThrow(
        new TypeError(`connect: options must be an object of options, got ${shown}`),
      );
    }
    for (const [options, kind, message] of [
      [{ protocol: ['x'] }, RangeError, 'connect: options: there is no "protocol"'],
      [{ protocols: 'chat' }, TypeError, 'connect: protocols must be a list of names, got "chat"'],
      [{ protocols: [7] }, TypeError, 'connect: a protocol must be a string, got 7'],
      [{ timeout_ms: 0 }, RangeError, 'connect: timeout_ms'],
      [{ timeout_ms: '9' }, TypeError, 'connect: timeout_ms'],
      [{ max_message_bytes: 0 }, RangeError, 'connect: max_message_bytes'],
      [{ max_message_bytes: 2 ** 31 }, RangeError, 'connect: max_message_bytes'],
    ] as const) {
      const error = await client.connect('ws://127.0.0.1:1', options as never).catch((e) => e);
      expect(error).toBeInstanceOf(kind);
      expect(error.message).toContain(message);
    }
  });
});

describe('a process', () => {
  it('ends by itself once everything is destroyed', () => {
    const script = `
      import * as bw from 'bytewire';
      const server = bw.network_create_server(0, 0);
      const client = bw.network_create_socket(0);
      bw.network_connect(client, '127.0.0.1', bw.network_get_stats(server).port);
      bw.async_on('networking', ({ type }) => {
        if (type !== 1) return;
        bw.network_destroy(client);
        bw.network_destroy(server);
        console.log('done');
      });`;
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: top,
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect(out.trim()).toBe('done');
  });
});

async function plain_http() {
  const http = createServer((_, response) => response.end('no')).listen(0, '127.0.0.1');
  await new Promise((done) => http.once('listening', done));
  return {
    port: (http.address() as AddressInfo).port,
    stop: async () => {
      http.closeAllConnections();
      http.close();
    },
  };
}

/** Takes connections and never says a word. */
async function silent_tcp() {
  const { createServer: create } = await import('node:net');
  const sockets = new Set<import('node:net').Socket>();
  const server = create((s) => {
    sockets.add(s);
    s.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      for (const s of sockets) s.destroy();
      server.close();
    },
  };
}
