// Why a connection failed, as a word to act on and a sentence to read; and with which code one that stood has ended.
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import * as c from '../../bindings/constants.js';
import {
  network_connect,
  network_create_server,
  network_create_server_raw,
  network_create_socket,
  network_destroy,
  network_set_config,
} from '../../bindings/network.js';
import { WebSocketClient } from '../../bindings/websocket-client.js';
import { joined_client } from './bare-peer.js';
import { Cable } from './cable.js';
import { afterwards, client, joined, Log, send, server, stats } from './harness.js';

/** What the event of a failed attempt says. */
async function failure(url: string, port: number): Promise<[error?: string, reason?: string]> {
  const log = new Log();
  const id = network_create_socket(c.network_socket_tcp);
  afterwards(() => network_destroy(id));
  network_connect(id, url, port);
  const { succeeded, error, reason } = await log.take(
    c.network_type_non_blocking_connect,
    (event) => event.id === id,
  );
  expect(succeeded).toBe(0);
  return [error, reason];
}

async function web(answer: RequestListener): Promise<number> {
  const http = createServer(answer).listen(0, '127.0.0.1');
  await once(http, 'listening');
  afterwards(() => {
    http.closeAllConnections();
    http.close();
  });
  return (http.address() as AddressInfo).port;
}

describe('a client is told why it is not let in', () => {
  it('the server is full: before the WebSocket, and behind it', async () => {
    const log = new Log();
    const { id, port } = server(1);
    const first = await joined_client(port);
    await log.take(c.network_type_connect);
    expect(await failure('127.0.0.1', port)).toEqual([
      'full',
      'the server answers 503 Service Unavailable: the server is full',
    ]);
    expect(stats(id).drops).toEqual({ server_full: 1 });
    first.ws.terminate();
    // Handshakes hold no places: the second of two at a time is sent away when it has done its own.
    const crowd = server(1);
    const all = new Log();
    const ids = [client(crowd.port), client(crowd.port)];
    const events = [
      await all.take(c.network_type_non_blocking_connect, (event) => event.id === ids[0]),
      await all.take(c.network_type_non_blocking_connect, (event) => event.id === ids[1]),
    ];
    const away = events.filter(({ succeeded }) => succeeded === 0);
    expect(away).toMatchObject([{ error: 'full' }]);
  });

  it('its origin is not wanted', async () => {
    const { port } = server(8, { origin: ['https://game.example'] });
    expect(await failure('127.0.0.1', port)).toEqual([
      'refused',
      'the server answers 403 Forbidden: not from this origin',
    ]);
  });

  it('too many come from its address', async () => {
    const { port } = server(8, { connections_per_address: 1 });
    await joined_client(port);
    expect((await failure('127.0.0.1', port))[0]).toBe('too_many');
  });

  it('the path is wrong', async () => {
    const { port } = server(8, { path: '/play' });
    expect(await failure('ws://127.0.0.1/plya', port)).toEqual([
      'not_found',
      'the server answers 404 Not Found: no WebSocket at this path',
    ]);
  });

  it('it asks for a sub-protocol that the server has not', async () => {
    const { port } = server(8, { protocols: ['game.2'] });
    network_set_config(c.network_config_websocket_protocol, 'game.1');
    const [error, reason] = await failure('127.0.0.1', port);
    expect(error).toBe('protocol');
    expect(reason).toContain('sub-protocol');
  });

  it.each([
    ['it is too slow for the HTTP head', 408, 'timeout'],
    ['a proxy wants a login', 401, 'refused'],
    ['it is a web server', 200, 'failed'],
    ['it has moved', 301, 'failed'],
    ['a proxy does not reach the server', 502, 'failed'],
  ])('%s', async (_, status, word) => {
    const port = await web((_request, response) => response.writeHead(status).end('<html>'));
    const [error, reason] = await failure('127.0.0.1', port);
    expect(error).toBe(word);
    expect(reason).toContain(`answers ${status}`);
  });

  it('nobody is there, nobody answers in time, or the server breaks the handshake', async () => {
    const gone = server();
    network_destroy(gone.id);
    expect((await failure('127.0.0.1', gone.port))[0]).toBe('failed');
    const silent = await web(() => {});
    network_set_config(c.network_config_connect_timeout, 50);
    expect((await failure('127.0.0.1', silent))[0]).toBe('timeout');
    // A raw server never greets.
    network_set_config(c.network_config_connect_timeout, 10_000);
    network_set_config(c.network_config_handshake_timeout, 50);
    const mute = network_create_server_raw(c.network_socket_tcp, 0);
    afterwards(() => network_destroy(mute));
    expect(await failure('127.0.0.1', stats(mute).port)).toEqual([
      'timeout',
      'the handshake took too long',
    ]);
    network_set_config(c.network_config_handshake_timeout, 10_000);
    const wss = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    afterwards(() => wss.close());
    wss.on('connection', (ws) => ws.send(Buffer.from('no GameMaker')));
    await once(wss, 'listening');
    expect((await failure('127.0.0.1', (wss.address() as AddressInfo).port))[0]).toBe('protocol');
  });

  it.each([
    ['it does not want us', 1008, 'refused'],
    ['it cannot take what we say', 1003, 'protocol'],
  ])('another make of server closes in the handshake: %s', async (_, code, word) => {
    const wss = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    afterwards(() => wss.close());
    wss.on('connection', (ws) => ws.close(code));
    await once(wss, 'listening');
    expect((await failure('127.0.0.1', (wss.address() as AddressInfo).port))[0]).toBe(word);
  });

  it.each(['of its own', 'none'])('it answers with another sub-protocol: %s', async (kind) => {
    const wss = new WebSocketServer({
      host: '127.0.0.1',
      port: 0,
      handleProtocols: () => (kind === 'none' ? false : 'theirs'),
    });
    afterwards(() => wss.close());
    await once(wss, 'listening');
    network_set_config(c.network_config_websocket_protocol, 'game.1');
    const { port } = wss.address() as AddressInfo;
    expect((await failure('127.0.0.1', port))[0]).toBe('protocol');
  });

  it('it sends a frame that WebSocket does not have', async () => {
    const wss = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    afterwards(() => wss.close());
    wss.on('connection', (_, request) => request.socket.write(Buffer.from([0x8b, 0])));
    await once(wss, 'listening');
    expect((await failure('127.0.0.1', (wss.address() as AddressInfo).port))[0]).toBe('protocol');
  });

  it('it has no TLS: in one line', async () => {
    const { port } = server();
    const [error, reason] = await failure('wss://127.0.0.1', port);
    expect(error).toBe('failed');
    expect(reason).toMatch(/^cannot agree on TLS with the server.*$/);
    expect(reason).not.toContain('\n');
  });

  it('WebSocketClient says it in its error, and may connect again', async () => {
    const { port } = server(8, { path: '/play' });
    const one = new WebSocketClient();
    await expect(one.connect(`ws://127.0.0.1:${port}/`)).rejects.toMatchObject({
      code: 'connect_failed',
      message: 'the server answers 404 Not Found: no WebSocket at this path',
    });
    await one.connect(`ws://127.0.0.1:${port}/play`);
    one.close();
  });
});

describe('a disconnect event has the code of the end', () => {
  it('the one that the peer has given, on a raw connection any', async () => {
    const log = new Log();
    const hub = network_create_server_raw(c.network_socket_tcp, 0);
    afterwards(() => network_destroy(hub));
    const guest = new WebSocketClient();
    await guest.connect(`ws://127.0.0.1:${stats(hub).port}`);
    await log.take(c.network_type_connect);
    guest.close(4321, 'enough');
    expect(await log.take(c.network_type_disconnect)).toMatchObject({
      code: 4321,
      reason: 'enough',
    });
  });

  it('1000 of a socket that was destroyed, 1001 of a server, 1006 of a lost link', async () => {
    const log = new Log();
    const hub = server();
    const cable = await Cable.to(hub.port);
    const [leaver, cut, stays] = [
      await joined(log, hub.port),
      await joined(log, cable.port),
      await joined(log, hub.port),
    ];
    const end = (id: number) => log.take(c.network_type_disconnect, (event) => event.socket === id);
    network_destroy(leaver.id);
    expect((await end(leaver.peer)).code).toBe(1000);
    cable.cut();
    expect([(await end(cut.id)).code, (await end(cut.peer)).code]).toEqual([1006, 1006]);
    network_destroy(hub.id);
    expect((await end(stays.id)).code).toBe(1001);
  });

  it('the one that we have given to a peer that breaks the rules', async () => {
    const log = new Log();
    const { port } = server();
    const rogue = await joined_client(port);
    const { socket } = await log.take(c.network_type_connect);
    rogue.ws.send(Buffer.alloc(12));
    expect((await rogue.closed).code).toBe(1002);
    expect(await log.take(c.network_type_disconnect)).toMatchObject({ socket, code: 1002 });
  });

  it('over WebRTC the same', async () => {
    const log = new Log();
    const hub = network_create_server(c.network_socket_udp, 0, 8);
    afterwards(() => network_destroy(hub));
    const id = network_create_socket(c.network_socket_udp);
    afterwards(() => network_destroy(id));
    network_connect(id, '127.0.0.1', stats(hub).port);
    await log.take(c.network_type_connect);
    await log.take(c.network_type_non_blocking_connect);
    network_destroy(id);
    expect(await log.take(c.network_type_disconnect)).toMatchObject({ id: hub, code: 1000 });
  });
});

describe('an IPv6 server', () => {
  const has_ipv6 = Object.values(networkInterfaces()).some((found) =>
    found?.some(({ address }) => address === '::1'),
  );

  it.skipIf(!has_ipv6).each(['::1', '[::1]', 'ws://[::1]'])('is reached as %s', async (url) => {
    const log = new Log();
    const { id: server_id } = server(4, { host: '::1' });
    await vi.waitFor(() => expect(stats(server_id).port).toBeGreaterThan(0));
    const id = network_create_socket(c.network_socket_tcp);
    afterwards(() => network_destroy(id));
    network_connect(id, url, stats(server_id).port);
    const result = await log.take(c.network_type_non_blocking_connect, (event) => event.id === id);
    expect(result).toMatchObject({ succeeded: 1 });
    const arrived = await log.take(c.network_type_connect, (event) => event.id === server_id);
    expect(arrived.ip).toBe('::1');
    send(id, 'hello');
    const { id: sender, text } = await log.take(c.network_type_data);
    expect([sender, text]).toEqual([arrived.socket, 'hello']);
  });
});
