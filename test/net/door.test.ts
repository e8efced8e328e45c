// Callers that do not say what they want: the handshake timeout covers the whole way from the connection to the first packet.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as tls_connect } from 'node:tls';
import { expect, it, vi } from 'vitest';
import * as c from '../../bindings/constants.js';
import { network_destroy, network_set_config } from '../../bindings/network.js';
import { bare_client, GREETING, HELLO, packet } from './bare-peer.js';
import { FakeClock } from './fake-clock.js';
import { afterwards, Log, server, stats } from './harness.js';
import { CERT, KEY } from './tls-pair.js';

const LATE = { handshake_timeout: 1 };

async function tcp(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  afterwards(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Also after an error: who is sent away may get a reset. */
const closed_of = (socket: Duplex) =>
  new Promise<void>((done) => socket.once('close', () => done()));

const upgrade = (path: string) =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';

it.each([
  ['nothing at all', ''],
  ['half a line', 'GET / HT'],
  ['a head without an end', 'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nX-A: 1\r\n'],
])('a caller that sends %s is cut at the handshake timeout, and counted', async (_, bytes) => {
  const time = new FakeClock();
  const { id, port } = server();
  network_set_config(c.network_config_handshake_timeout, 3000, id);
  const slow = await tcp(port);
  slow.resume();
  const closed = closed_of(slow);
  slow.write(bytes);
  // Somebody who comes later and does what it should shows that the server has seen the first one.
  const peer = await bare_client(port);
  expect((await peer.next()).equals(GREETING)).toBe(true);
  time.advance(2999);
  expect(stats(id).drops).toEqual({});
  expect(slow.destroyed).toBe(false);
  time.advance(1);
  expect(stats(id).drops.handshake_timeout).toBe(2);
  await closed;
  await peer.closed;
});

it('the head counts against the time for the rest of the handshake', async () => {
  const time = new FakeClock();
  const log = new Log();
  const { id, port } = server();
  const slow = await tcp(port);
  const whole = upgrade('/');
  slow.write(whole.slice(0, 40));
  const other = await bare_client(port);
  await other.next();
  other.ws.send(HELLO);
  await log.take(c.network_type_connect);
  time.advance(6000);
  slow.write(whole.slice(40));
  expect(String((await once(slow, 'data'))[0])).toMatch(/^HTTP\/1.1 101/);
  const closed = closed_of(slow);
  slow.resume();
  await vi.waitFor(() => expect(stats(id).clients).toBe(2), { interval: 1 });
  time.advance(3999);
  expect(stats(id).drops).toEqual({});
  time.advance(1);
  expect(stats(id).drops).toEqual(LATE);
  slow.end();
  await closed;
});

it('TLS that never gets anywhere is cut as well, and keeps no server from its end', async () => {
  const time = new FakeClock();
  const { id, port } = server(8, { key: KEY, cert: CERT });
  const seen = tls_connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  afterwards(() => seen.destroy());
  seen.on('error', () => {});
  const slow = await tcp(port);
  const closed = closed_of(slow);
  slow.resume();
  slow.write(Buffer.from('160301', 'hex'));
  await once(seen, 'secureConnect');
  time.advance(10_000);
  expect(stats(id).drops).toEqual({ handshake_timeout: 2 });
  await closed;
  const last = await tcp(port);
  const gone = closed_of(last);
  last.resume();
  const after = await tcp(port);
  after.resume();
  const gone_too = closed_of(after);
  const lively = tls_connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  lively.on('error', () => {});
  await once(lively, 'secureConnect');
  network_destroy(id);
  await Promise.all([gone, gone_too, closed_of(lively)]);
});

it('on a shared http server only those are refused who come late for us', async () => {
  const time = new FakeClock();
  const web = createServer((_, response) => response.end('page')).listen(0, '127.0.0.1');
  await once(web, 'listening');
  afterwards(() => {
    web.close();
    web.closeAllConnections();
  });
  // Another's endpoint on the same server.
  web.on('upgrade', ({ url }: IncomingMessage, stream: Duplex) => {
    if (url === '/chat') stream.end('HTTP/1.1 101 Switching Protocols\r\n\r\n');
  });
  const { id } = server(8, { server: web, path: '/play' });
  const { port } = web.address() as AddressInfo;
  const answer = async (socket: Socket, rest: string) => {
    socket.write(rest);
    return String((await once(socket, 'data'))[0]).split('\r\n', 1)[0];
  };
  const callers = await Promise.all([tcp(port), tcp(port), tcp(port)]);
  const [late, chat, page] = callers;
  late.write(upgrade('/play').slice(0, 30));
  chat.write(upgrade('/chat').slice(0, 30));
  page.write('GET / HT');
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('page');
  time.advance(10_000);
  expect(callers.map(({ destroyed }) => destroyed)).toEqual([false, false, false]);
  expect(await answer(late, upgrade('/play').slice(30))).toBe('HTTP/1.1 408 Request Timeout');
  expect(await answer(chat, upgrade('/chat').slice(30))).toBe('HTTP/1.1 101 Switching Protocols');
  expect(await answer(page, 'TP/1.1\r\nHost: x\r\n\r\n')).toBe('HTTP/1.1 200 OK');
  // A connection that has served a page may still become ours, whenever it likes.
  time.advance(60_000);
  expect(await answer(page, upgrade('/play'))).toBe('HTTP/1.1 101 Switching Protocols');
  expect(stats(id).drops).toEqual(LATE);
});

it.runIf(process.platform === 'linux')(
  'tells callers of one address and port apart who came by different addresses of ours',
  async () => {
    const time = new FakeClock();
    const log = new Log();
    const { id, port } = server();
    const from = (host: string, local_port?: number) => {
      const socket = connect({ host, port, localAddress: '127.0.0.1', localPort: local_port });
      socket.on('error', () => {});
      return socket;
    };
    const one = from('127.0.0.1');
    await once(one, 'connect');
    const other = from('127.0.0.2', one.localPort);
    await once(other, 'connect');
    expect(other.localPort).toBe(one.localPort);
    for (const socket of [other, one]) {
      socket.write(upgrade('/'));
      await once(socket, 'data');
      socket.write(Buffer.concat([Buffer.from('829000000000', 'hex'), HELLO]));
    }
    await log.take(c.network_type_connect);
    await log.take(c.network_type_connect);
    time.advance(11_000);
    // What is sent now arrives, or the one who was cut is missed.
    for (const socket of [other, one]) {
      socket.write(Buffer.concat([Buffer.from('828d00000000', 'hex'), packet('x')]));
    }
    await log.take(c.network_type_data);
    await log.take(c.network_type_data);
    expect(stats(id)).toMatchObject({ clients: 2, drops: {} });
    one.destroy();
    other.destroy();
  },
);
