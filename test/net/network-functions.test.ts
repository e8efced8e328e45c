// The network functions over real sockets on this machine, against each other and against a bare peer.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as tcp_server } from 'node:net';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { buffer_create, buffer_delete, buffer_resize, buffer_seek } from '../../bindings/buffer.js';
import { buffer_fill } from '../../bindings/buffer-bulk.js';
import * as c from '../../bindings/constants.js';
import { async_on, async_pump, async_set_mode } from '../../bindings/events.js';
import * as n from '../../bindings/network.js';
import { WebSocketClient } from '../../bindings/websocket-client.js';
import { bare_client, HELLO, joined_client, packet, tcp_upgrade } from './bare-peer.js';
import { afterwards, client, joined, Log, send, server, stats } from './harness.js';

describe('a server', () => {
  it("speaks GameMaker's handshake and header to a bare client", async () => {
    const log = new Log();
    const { id, port } = server();
    const peer = await joined_client(port);
    const connect = await log.take(c.network_type_connect);
    expect(connect).toMatchObject({ id, ip: expect.stringContaining('127.0.0.1') });
    peer.ws.send(Buffer.from('dec0adde0c00000004000000' + '01250001', 'hex'));
    expect(await log.take(c.network_type_data)).toMatchObject({
      id: connect.socket,
      server: id,
      size: 4,
      text: '\x01\x25\x00\x01',
      message_type: c.network_send_binary,
    });
    expect(send(connect.socket as number, 'pong')).toBe(4);
    expect(await peer.next()).toEqual(packet('pong'));
    peer.ws.close();
    expect(await log.take(c.network_type_disconnect)).toMatchObject({ id, socket: connect.socket });
  });

  it('takes a handshake in pieces with packets glued behind it, several in one message, one over several', async () => {
    const log = new Log();
    const { port } = server();
    const peer = await bare_client(port);
    peer.ws.send(HELLO.subarray(0, 1));
    peer.ws.send(HELLO.subarray(1, 15));
    const big = 'b'.repeat(300_000);
    const stream = Buffer.concat([
      HELLO.subarray(15),
      packet('one'),
      packet(''),
      packet(big),
      packet('end'),
    ]);
    for (let at = 0; at < stream.length; at += 70_001)
      peer.ws.send(stream.subarray(at, at + 70_001));
    await log.take(c.network_type_connect);
    for (const text of ['one', '', big, 'end']) {
      expect((await log.take(c.network_type_data)).text === text).toBe(true);
    }
    peer.ws.terminate();
    await log.take(c.network_type_disconnect);
  });

  it('refuses a port that is taken, and gives it back when it is destroyed', () => {
    const { id, port } = server();
    expect(n.network_create_server(c.network_socket_tcp, port)).toBe(c.network_error_address);
    n.network_destroy(id);
    const again = n.network_create_server(c.network_socket_tcp, port);
    expect(again).toBeGreaterThanOrEqual(0);
    n.network_destroy(again);
  });

  it('binds to one address when told so, and reports later that it could not', async () => {
    const log = new Log();
    const { id } = server(8, { host: '127.0.0.1' });
    await vi.waitFor(() => expect(stats(id).port).toBeGreaterThan(0));
    const { port } = stats(id);
    (await bare_client(port)).ws.terminate();
    const late = n.network_create_server(c.network_socket_tcp, port, 8, { host: '127.0.0.1' });
    expect(await log.take(c.network_type_disconnect)).toMatchObject({ id: late, socket: late });
    expect(n.network_get_state(late)).toBe(c.network_state_closed);
  });

  it('shares an http server by path, and leaves the rest of it alone', async () => {
    const log = new Log();
    const web = createServer((_, response) => response.end('page')).listen(0);
    afterwards(() => web.close());
    const a = server(8, { server: web, path: '/a' });
    const b = server(8, { server: web, path: '/b' });
    const same = { server: web, path: '/a' };
    expect(n.network_create_server(c.network_socket_tcp, 0, 8, same)).toBe(c.network_error_address);
    expect(a.port).toBe((web.address() as AddressInfo).port);
    for (const [path, { id }] of [
      ['/a', a],
      ['/b?x=1', b],
    ] as const) {
      const peer = await bare_client(a.port, path);
      peer.ws.send(HELLO);
      expect((await log.take(c.network_type_connect)).id).toBe(id);
      peer.ws.terminate();
      await log.take(c.network_type_disconnect);
    }
    const lost = await tcp_upgrade(a.port, '/c');
    expect(String((await once(lost, 'data'))[0])).toMatch(/^HTTP\/1.1 404/);
    lost.destroy();
    n.network_destroy(a.id);
    n.network_destroy(b.id);
    const page = await fetch(`http://127.0.0.1:${a.port}/`, { headers: { connection: 'close' } });
    expect(await page.text()).toBe('page');
  });

  it('closes its clients when it is destroyed, without events of its own', async () => {
    const log = new Log();
    const { id, port } = server();
    const ours = await joined(log, port);
    const bare = await joined_client(port);
    await log.take(c.network_type_connect);
    n.network_destroy(id);
    expect((await bare.closed).code).toBe(1001);
    expect(await log.take(c.network_type_disconnect)).toMatchObject({
      id: ours.id,
      socket: ours.id,
    });
    expect(n.network_get_state(ours.peer)).toBe(c.network_state_closed);
    expect(log.seen).toEqual([]);
    n.network_destroy(id);
  });

  it('takes larger messages from clients that join after its limit was raised', async () => {
    const log = new Log();
    const { id, port } = server(8, {}, n.network_create_server_raw);
    expect(n.network_set_config(c.network_config_message_size_limit, 8_000_000, id)).toBe(0);
    const peer = await bare_client(port);
    const { socket } = await log.take(c.network_type_connect);
    peer.ws.send(Buffer.alloc(8_000_000));
    expect((await log.take(c.network_type_data)).size).toBe(8_000_000);
    const more = n.network_set_config(c.network_config_message_size_limit, 9_000_000, socket);
    expect(more).toBe(c.network_error_unsupported);
    peer.ws.terminate();
    await log.take(c.network_type_disconnect);
  });
});

describe('a client', () => {
  it('is told nothing inside the call, and everything in order after it', async () => {
    const log = new Log();
    const { id, port } = server();
    const mine = client(port);
    expect(n.network_get_state(mine)).toBe(c.network_state_connecting);
    expect(send(mine, 'early')).toBe(c.network_error_not_open);
    expect(n.network_connect(mine, '127.0.0.1', port)).toBe(c.network_error_busy);
    expect(log.seen).toEqual([]);
    await log.take(c.network_type_non_blocking_connect);
    const { socket } = await log.take(c.network_type_connect);
    for (let i = 0; i < 500; i++) expect(send(mine, `${i}`)).toBe(`${i}`.length);
    for (let i = 0; i < 500; i++) expect((await log.take(c.network_type_data)).text).toBe(`${i}`);
    n.network_destroy(mine);
    expect(await log.take(c.network_type_disconnect)).toMatchObject({ id, socket });
    expect(send(mine, 'late')).toBe(c.network_error_not_open);
    expect(log.seen).toEqual([]);
  });

  it('gets an event for a refused connection, and may try again', async () => {
    const log = new Log();
    const { id, port } = server();
    n.network_destroy(id);
    const mine = client(port);
    const failed = await log.take(c.network_type_non_blocking_connect);
    expect(failed).toMatchObject({ id: mine, succeeded: 0, ip: '127.0.0.1', port });
    const second = server();
    expect(n.network_connect(mine, '127.0.0.1', second.port)).toBe(mine);
    expect((await log.take(c.network_type_non_blocking_connect)).succeeded).toBe(1);
  });

  it('is free to go while it connects', async () => {
    const { port } = server();
    for (let i = 0; i < 20; i++) n.network_destroy(client(port));
    const log = new Log();
    await joined(log, port);
  });

  it('gets refusals, not exceptions, from sends while the peer is closing', async () => {
    const log = new Log();
    // A WebSocket server that sends its close frame and keeps the line open.
    const half = tcp_server((line) => {
      line.on('error', () => {});
      line.once('data', (request) => {
        const key = /Sec-WebSocket-Key: (.*)\r\n/i.exec(String(request))?.[1];
        const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
        line.write(
          'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
            `Sec-WebSocket-Accept: ${accept.digest('base64')}\r\n\r\n`,
        );
        line.once('data', () => line.write(Buffer.from('880203e8', 'hex')));
      });
    }).listen(0);
    afterwards(() => half.close());
    const mine = client((half.address() as AddressInfo).port, n.network_connect_raw);
    await log.take(c.network_type_non_blocking_connect);
    const results = new Set<number>();
    while (log.seen.length === 0) {
      results.add(send(mine, 'x', n.network_send_raw));
      await new Promise((r) => setImmediate(r));
    }
    expect([...results].every((r) => r === 1 || r === c.network_error_not_open)).toBe(true);
    expect(send(mine, 'x', n.network_send_raw)).toBe(c.network_error_not_open);
  });

  it('asks for the sub-protocol that is configured', async () => {
    const wss = new WebSocketServer({ port: 0 });
    afterwards(() => wss.close());
    const asked = once(wss, 'connection').then(([ws]) => ws.protocol);
    n.network_set_config(c.network_config_websocket_protocol, 'arena.v1');
    client((wss.address() as AddressInfo).port, n.network_connect_raw);
    expect(await asked).toBe('arena.v1');
    for (const ws of wss.clients) ws.terminate();
  });
});

describe('a send', () => {
  it('takes bytes from the start of the buffer, whatever its position, and never more than there are', async () => {
    const log = new Log();
    const { port } = server();
    const { id } = await joined(log, port);
    const b = buffer_create(8, c.buffer_fixed, 1);
    buffer_fill(b, 0, c.buffer_u8, 65, 8);
    buffer_seek(b, c.buffer_seek_start, 8);
    expect(n.network_send_packet(id, b, 3)).toBe(3);
    expect((await log.take(c.network_type_data)).text).toBe('AAA');
    expect(n.network_send_packet(id, b, 9)).toBe(c.network_error_too_large);
    expect(n.network_send_packet(id, b, 0)).toBe(0);
    expect((await log.take(c.network_type_data)).size).toBe(0);
    expect(() => n.network_send_packet(id, b, -1)).toThrow(RangeError);
    expect(() => n.network_send_packet(id, b, 1.5)).toThrow(RangeError);
    expect(() => n.network_send_packet(id, b, '1' as unknown as number)).toThrow(TypeError);
    expect(() => n.network_send_packet('0' as unknown as number, b, 1)).toThrow(TypeError);
    buffer_delete(b);
    expect(() => n.network_send_packet(id, b, 1)).toThrow(RangeError);
  });

  it('is not changed by writing, growing or freeing memory afterwards, however slow the reader', async () => {
    const log = new Log();
    const { port } = server();
    const peer = await joined_client(port);
    const { socket } = await log.take(c.network_type_connect);
    peer.ws.pause();
    const b = buffer_create(64 * 1024, c.buffer_grow, 1);
    for (let i = 0; i < 150; i++) {
      buffer_fill(b, 0, c.buffer_u8, i, 64 * 1024);
      expect(n.network_send_packet(socket as number, b, 64 * 1024)).toBe(64 * 1024);
    }
    buffer_resize(b, 64 * 1024 * 1024);
    buffer_delete(b);
    peer.ws.resume();
    for (let i = 0; i < 150; i++) {
      expect((await peer.next()).equals(packet(Buffer.alloc(64 * 1024, i)))).toBe(true);
    }
    peer.ws.terminate();
    await log.take(c.network_type_disconnect);
  });

  it('is refused while the queue of a slow reader is full, and taken again when it has read', async () => {
    const log = new Log();
    const { port } = server(8, {}, n.network_create_server_raw);
    const peer = await bare_client(port);
    const { socket } = await log.take(c.network_type_connect);
    peer.ws.pause();
    const b = buffer_create(1_000_000, c.buffer_fixed, 1);
    let accepted = 0;
    while (n.network_send_raw(socket as number, b, 1_000_000) === 1_000_000) accepted++;
    expect(n.network_send_raw(socket as number, b, 1_000_000)).toBe(c.network_error_queue_full);
    expect(stats(socket as number).drops).toEqual({ queue_full: 2 });
    expect(stats(socket as number).buffered_bytes).toBeGreaterThan(15 * 1024 * 1024);
    peer.ws.resume();
    for (let i = 0; i < accepted; i++) expect((await peer.next()).length).toBe(1_000_000);
    await vi.waitFor(() => expect(n.network_send_raw(socket as number, b, 1)).toBe(1));
    buffer_delete(b);
    peer.ws.terminate();
    await log.take(c.network_type_disconnect);
  });

  it('can be a text message on a raw connection, byte order mark included', async () => {
    const log = new Log();
    const { port } = server(8, {}, n.network_create_server_raw);
    const peer = await bare_client(port);
    const { socket } = await log.take(c.network_type_connect);
    peer.ws.send('grüße');
    const event = await log.take(c.network_type_data);
    expect(event).toMatchObject({ id: socket, message_type: c.network_send_text, size: 7 });
    const text = Buffer.from('\ufeffhé').toString('latin1');
    const as_text = (s: number, b: number, size: number) =>
      n.network_send_raw(s, b, size, c.network_send_text);
    expect(send(socket as number, text, as_text)).toBe(6);
    await vi.waitFor(() => expect(peer.texts).toEqual(['\ufeffhé']));
    peer.ws.terminate();
    await log.take(c.network_type_disconnect);
  });
});

describe('events of the network', () => {
  it('wait for async_pump in manual mode, and not for the one who destroyed their socket', async () => {
    const log = new Log();
    const { port } = server();
    const { id, peer } = await joined(log, port);
    async_set_mode('manual');
    send(id, 'one');
    send(id, 'two');
    await vi.waitFor(() => expect(stats(peer).packets_in).toBe(2));
    expect(log.seen).toEqual([]);
    const off = async_on('networking', () => n.network_destroy(peer));
    async_pump();
    off();
    expect(log.seen.map((e) => e.text)).toEqual(['one']);
    async_set_mode('auto');
    await log.take(c.network_type_disconnect, (e) => e.id === id);
  });
});

describe('WebSocketClient', () => {
  it('resolves when it is connected, carries bytes both ways, and rejects when nobody is there', async () => {
    const wss = new WebSocketServer({ port: 0 });
    afterwards(() => wss.close());
    wss.on('connection', (ws) => ws.on('message', (data, binary) => ws.send(data, { binary })));
    const url = `ws://127.0.0.1:${(wss.address() as AddressInfo).port}`;
    const one = new WebSocketClient();
    await one.connect(url);
    await expect(one.connect(url)).rejects.toMatchObject({ code: 'connect_failed' });
    const answer = new Promise((r) => {
      one.onmessage = r;
    });
    one.send(new Uint8Array([1, 2, 3]));
    const data = (await answer) as ArrayBuffer;
    expect(data).toBeInstanceOf(ArrayBuffer);
    expect([...new Uint8Array(data)]).toEqual([1, 2, 3]);
    one.close();
    expect(() => one.send(new Uint8Array(1))).toThrow(
      expect.objectContaining({ code: 'not_open' }),
    );
    wss.close();
    await once(wss, 'close');
    await expect(one.connect(url)).rejects.toMatchObject({ code: 'connect_failed' });
  });
});

describe('the process', () => {
  it('ends by itself when servers and sockets are destroyed, also with peers that keep their end open', async () => {
    const top = resolve(import.meta.dirname, '../..');
    const folder = mkdtempSync(join(top, '.exit-test-'));
    afterwards(() => rmSync(folder, { recursive: true, force: true }));
    const entry = `
      import { createConnection } from 'node:net';
      import { network_create_server, network_create_socket, network_connect, network_destroy, network_get_stats, async_on } from './bindings/index.ts';
      const server = network_create_server(0, 0, 1);
      const port = network_get_stats(server).port;
      const client = network_create_socket(0);
      async_on('networking', (event) => {
        if (event.type !== 1) return;
        network_destroy(server);
        network_destroy(client);
        console.log('destroyed');
      });
      network_connect(client, '127.0.0.1', port);
    `;
    const outfile = join(folder, 'run.mjs');
    await build({
      stdin: { contents: entry, resolveDir: top },
      absWorkingDir: top,
      bundle: true,
      format: 'esm',
      platform: 'node',
      external: ['ws'],
      outfile,
    });
    const result = spawnSync(process.execPath, [outfile], { encoding: 'utf8', timeout: 120_000 });
    expect(result).toMatchObject({ status: 0, signal: null, stdout: 'destroyed\n', stderr: '' });
  });
});
