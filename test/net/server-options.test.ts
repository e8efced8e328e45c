// Who may come in and how fast: TLS, origins, sub-protocols, addresses, rates; the simulator and name resolution on real links.
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as create_tls } from 'node:https';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { connect as tls_connect } from 'node:tls';
import { describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import * as c from '../../bindings/constants.js';
import { async_pump, async_set_mode, emit } from '../../bindings/events.js';
import {
  network_connect,
  network_create_server,
  network_create_server_raw,
  network_create_socket,
  network_destroy,
  network_get_state,
  network_resolve,
  network_set_config,
} from '../../bindings/network.js';
import type { Connection } from '../../bindings/network-link.js';
import { find_socket } from '../../bindings/sockets.js';
import { BarePeer, bare_client, joined_client, packet } from './bare-peer.js';
import { FakeClock } from './fake-clock.js';
import { afterwards, joined, Log, send, server, stats } from './harness.js';
import { CERT, KEY } from './tls-pair.js';

const wss = c.network_socket_wss;
/** The first step of a client that wants a session. */
const HELLO_WITH_SESSION = Buffer.from('bebafeca0bb0adde1000000042573181', 'hex');

it('has no address where the process may not listen, and one when it may', () => {
  // As Node 26 does without --allow-net, a permission that older ones do not know.
  const listen = vi.spyOn(NetServer.prototype, 'listen').mockImplementation(() => {
    throw Object.assign(new Error('restricted'), { code: 'ERR_ACCESS_DENIED' });
  });
  try {
    for (const type of [c.network_socket_tcp, c.network_socket_udp]) {
      expect(network_create_server(type, 0, 4)).toBe(c.network_error_address);
    }
    expect(listen).toHaveBeenCalledTimes(2);
  } finally {
    listen.mockRestore();
  }
  expect(server().port).toBeGreaterThan(0);
});

async function refused(
  url: string,
  options: object = {},
  protocols: string[] = [],
): Promise<string> {
  const ws = new WebSocket(url, protocols, options);
  const [error] = (await once(ws, 'error')) as [Error];
  return error.message;
}

async function welcome(url: string, options: object = {}, protocols: string[] = []) {
  const ws = new WebSocket(url, protocols, options);
  const peer = new BarePeer(ws);
  afterwards(() => ws.terminate());
  expect(String(await peer.next())).toBe('GM:Studio-Connect\0');
  return ws;
}

describe('TLS', () => {
  it('on a port of its own: a bare client and ours get in, plain ones do not', async () => {
    const log = new Log();
    const hub = network_create_server(wss, 0, 8, { key: KEY, cert: Buffer.from(CERT) });
    afterwards(() => network_destroy(hub));
    const { port } = stats(hub);
    await welcome(`wss://localhost:${port}`, { ca: CERT });
    expect(await refused(`ws://localhost:${port}`)).toMatch(/hang up|reset/i);
    await vi.waitFor(() => expect(stats(hub).drops).toEqual({ bad_tls: 1 }));

    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    afterwards(() => delete process.env.NODE_TLS_REJECT_UNAUTHORIZED);
    const id = network_create_socket(wss);
    afterwards(() => network_destroy(id));
    network_connect(id, `127.0.0.1`, port);
    expect(await log.take(c.network_type_non_blocking_connect)).toMatchObject({ id, succeeded: 1 });
    const { socket } = await log.take(c.network_type_connect);
    const big = 'x'.repeat(100_000);
    send(id, big);
    expect((await log.take(c.network_type_data)).text).toBe(big);
    send(socket as number, big);
    expect((await log.take(c.network_type_data)).text).toBe(big);
  });

  it('on an https server that is there already', async () => {
    const web = create_tls({ key: KEY, cert: CERT }, (_, response) => response.end('page')).listen(
      0,
    );
    afterwards(() => {
      web.closeAllConnections();
      web.close();
    });
    const { port } = web.address() as AddressInfo;
    const hub = network_create_server(wss, 0, 8, { server: web, path: '/play' });
    afterwards(() => network_destroy(hub));
    expect(stats(hub).port).toBe(port);
    await welcome(`wss://localhost:${port}/play`, { ca: CERT });
  });

  it('needs a key and a certificate that are a pair', () => {
    expect(network_create_server(wss, 0)).toBe(c.network_error_unsupported);
    expect(() => network_create_server(wss, 0, 1, { key: KEY })).toThrow(RangeError);
    expect(() => network_create_server(wss, 0, 1, { key: 'no', cert: 'no' })).toThrow(RangeError);
    expect(() => network_create_server(wss, 0, 1, { key: 5 as never, cert: CERT })).toThrow(
      TypeError,
    );
  });

  it('gets through bytes that are no TLS at all', async () => {
    const hub = network_create_server(wss, 0, 8, { key: KEY, cert: CERT });
    afterwards(() => network_destroy(hub));
    const half = tls_connect({ port: stats(hub).port, ca: CERT, servername: 'localhost' });
    half.on('error', () => {});
    await once(half, 'secureConnect');
    half.write(Buffer.alloc(5000, 0xee));
    await vi.waitFor(() => expect(stats(hub).drops.bad_request).toBe(1));
    half.destroy();
  });
});

describe('who may come in', () => {
  it('is asked for the origin of the page: by list or by function', async () => {
    const list = server(8, { origin: ['https://game.example'] });
    const url = `ws://127.0.0.1:${list.port}`;
    await welcome(url, { origin: 'https://game.example' });
    expect(await refused(url, { origin: 'https://evil.example' })).toContain('403');
    expect(await refused(url)).toContain('403');
    expect(stats(list.id).drops).toEqual({ origin: 2 });
    const asked = server(8, { origin: (origin: string | undefined) => origin === undefined });
    await welcome(`ws://127.0.0.1:${asked.port}`);
    expect(await refused(`ws://127.0.0.1:${asked.port}`, { origin: 'https://x' })).toContain('403');
    const broken = server(8, {
      origin: () => {
        throw new Error('mine');
      },
    });
    expect(await refused(`ws://127.0.0.1:${broken.port}`)).toContain('403');
  });

  it('agrees on a sub-protocol, the best that both know, and not with who asks for others only', async () => {
    const { id, port } = server(8, { protocols: ['game.2', 'game.1'] });
    const url = `ws://127.0.0.1:${port}`;
    expect((await welcome(url, {}, ['game.1', 'game.2'])).protocol).toBe('game.2');
    expect((await welcome(url, {}, ['x', 'game.1'])).protocol).toBe('game.1');
    expect((await welcome(url)).protocol).toBe('');
    expect(await refused(url, {}, ['game.3'])).toContain('400');
    expect(stats(id).drops).toEqual({ protocol: 1 });
    network_set_config(c.network_config_websocket_protocol, 'game.1');
    const log = new Log();
    const ours = await joined(log, port);
    expect([stats(ours.id).protocol, stats(ours.peer).protocol]).toEqual(['game.1', 'game.1']);
  });

  it('is counted by address, and lets go of the count', async () => {
    const log = new Log();
    const { id, port } = server(64, { connections_per_address: 2 });
    const url = `ws://127.0.0.1:${port}`;
    const first = await joined_client(port);
    await joined_client(port);
    expect(await refused(url)).toContain('429');
    expect(stats(id).drops).toEqual({ address_limit: 1 });
    first.ws.terminate();
    await log.take(c.network_type_disconnect);
    const third = await joined_client(port);
    expect(await refused(url)).toContain('429');
    third.ws.terminate();
  });

  it('is counted by address with those whose session waits: a new session is none that comes back', async () => {
    const log = new Log();
    const { id, port } = server(20, { connections_per_address: 5 });
    const reasons: string[] = [];
    for (let i = 0; i < 7; i++) {
      const peer = await bare_client(port);
      await peer.next();
      peer.ws.send(HELLO_WITH_SESSION);
      if (i < 5) {
        await peer.next();
        peer.ws.terminate();
        await log.take(c.network_type_link_lost);
      } else reasons.push((await peer.closed).reason);
    }
    expect(reasons).toEqual(['address_limit', 'address_limit']);
    expect(stats(id)).toMatchObject({ clients: 5, drops: { address_limit: 2 } });
  });

  it('is known by the IPv4 address that it has, on a server of both families', async () => {
    const log = new Log();
    const { port } = server();
    await joined_client(port);
    expect((await log.take(c.network_type_connect)).ip).toBe('127.0.0.1');
  });

  it('waits until the game has pumped the events of those who came before', async () => {
    const { id, port } = server();
    const early = await bare_client(port);
    await early.next();
    async_set_mode('manual');
    for (let i = 0; i < 65_536; i++) emit('networking', {}, { wanted: () => false });
    early.ws.send(HELLO_WITH_SESSION);
    expect((await early.closed).reason).toBe('event_queue_full');
    expect(await refused(`ws://127.0.0.1:${port}`)).toContain('503');
    expect(stats(id)).toMatchObject({ clients: 0, drops: { event_queue_full: 2 } });
    expect(async_pump()).toBe(65_536);
    await joined_client(port);
    expect(async_pump()).toBe(1);
  });

  it('ends with the http server that it shares, and its clients are told', async () => {
    const log = new Log();
    const web = createServer().listen(0);
    afterwards(() => web.close());
    const { port } = web.address() as AddressInfo;
    const { id } = server(8, { server: web });
    const { id: ours } = await joined(log, port);
    network_destroy(ours);
    await log.take(c.network_type_disconnect);
    web.close();
    expect(await log.take(c.network_type_disconnect)).toMatchObject({
      id,
      socket: id,
      reason: 'the http server was closed',
    });
    expect(network_get_state(id)).toBe(c.network_state_closed);
  });

  it('has origins, sub-protocols and ICE servers refused that could never be of use', () => {
    for (const options of [
      { protocols: ['a b'] },
      { protocols: [''] },
      { protocols: ['a', 'a'] },
      { origin: ['x'] },
      { origin: ['https://game.example/'] },
      { origin: ['https://Game.example'] },
      { ice_servers: [] },
      { ice_servers: [], rooms: false },
    ]) {
      expect(() => network_create_server(0, 0, 1, options), JSON.stringify(options)).toThrow(
        RangeError,
      );
    }
    for (const origin of ['null', 'https://game.example:8443', 'capacitor://localhost']) {
      server(1, { origin: [origin] });
    }
    server(1, { ice_servers: [], rooms: true });
    expect(() => network_create_server_raw(0, '')).toThrow(/^network_create_server_raw: /);
  });

  it('has nonsense options refused', () => {
    for (const options of [
      { protocols: 'x' },
      { protocols: [1] },
      { origin: 'x' },
      { messages_per_second: 'x' },
      { server: {} },
      { server: new EventEmitter() },
      { origin: [5] },
      new Date(),
      [],
      { rooms: { may_host: true } },
      { rooms: { origin: 'https://x' } },
      5,
    ]) {
      expect(() => network_create_server(0, 0, 1, options as never)).toThrow(TypeError);
    }
    expect(() => network_create_server(0, 0, 1, { messages_per_second: -1 })).toThrow(RangeError);
    expect(() => network_create_server(0, 0, 1, { connections_per_address: 0.5 })).toThrow(
      RangeError,
    );
  });
});

describe('options that would do nothing', () => {
  it.each([
    [{ password: 'sesame' }, /password, join and external_address are for WebRTC/],
    [{ join: () => false }, /password, join and external_address are for WebRTC/],
    [{ orgin: ['https://game.example'] }, /"orgin"/],
    [{ rooms: { max_room: 5 } }, /"max_room"/],
    [{ rooms: { max_rooms: -1 } }, /max_rooms/],
    [{ rooms: { connections_per_address: -1 } }, /connections_per_address/],
  ])('are refused by name: %o', (options, words) => {
    for (const create of [network_create_server, network_create_server_raw]) {
      const make = () => create(c.network_socket_tcp, 0, 1, options as never);
      expect(make).toThrow(RangeError);
      expect(make).toThrow(words);
    }
  });
});

describe('how fast a client may send', () => {
  it('is limited in messages and packets: a burst of a second, then the rate, then the door', async () => {
    const clock = new FakeClock();
    const log = new Log();
    const { id, port } = server(8, { messages_per_second: 20 });
    const good = await joined_client(port);
    const bad = await joined_client(port);
    await log.take(c.network_type_connect);
    await log.take(c.network_type_connect);
    for (let i = 0; i < 5; i++) {
      clock.now_ms += 1000;
      // Five packets in a message are one message and five packets.
      good.ws.send(Buffer.concat(Array.from({ length: 5 }, () => packet('x'))));
      for (let n = 0; n < 5; n++) await log.take(c.network_type_data);
    }
    bad.ws.send(Buffer.concat(Array.from({ length: 30 }, () => packet('y'))));
    expect(await bad.closed).toMatchObject({ code: 1008, reason: 'message_rate' });
    await log.take(c.network_type_disconnect);
    expect(stats(id)).toMatchObject({ clients: 1, drops: { message_rate: 1 } });
    expect(log.seen.filter(({ text }) => text === 'y').length).toBeLessThan(20);
    good.ws.terminate();
  });

  it('is not limited by heartbeats and acknowledgements, of ours and of WebSocket, however low the limit is', async () => {
    const clock = new FakeClock();
    network_set_config(c.network_config_reconnect, 1);
    const log = new Log();
    const hub = server(8, { messages_per_second: 2 });
    const { id, peer } = await joined(log, hub.port);
    const other = await joined_client(hub.port);
    await log.take(c.network_type_connect);
    network_set_config(c.network_config_heartbeat_interval, 250);
    afterwards(() => network_set_config(c.network_config_heartbeat_interval, 5000));
    for (let second = 0; second < 5; second++) {
      for (let i = 0; i < 4; i++) {
        send(peer, 'x');
        await log.take(c.network_type_data, (event) => event.id === id);
        other.ws.ping();
        const pong = once(other.ws, 'pong');
        clock.advance(250);
        await pong;
        await vi.waitFor(() => expect(stats(peer).unacknowledged_bytes).toBe(0));
      }
      send(id, 'y');
      await log.take(c.network_type_data, (event) => event.id === peer);
    }
    expect(stats(hub.id)).toMatchObject({ clients: 2, drops: {} });
    other.ws.terminate();
  });

  it('is limited in pings and pongs of WebSocket beyond that', async () => {
    new FakeClock();
    const log = new Log();
    const { id, port } = server(8, { messages_per_second: 20 });
    for (const kind of ['ping', 'pong'] as const) {
      const bad = await joined_client(port);
      await log.take(c.network_type_connect);
      for (let i = 0; i < 300 && bad.ws.readyState === bad.ws.OPEN; i++) {
        bad.ws[kind]();
        // ws itself cuts who has a hundred answers outstanding.
        if (kind === 'ping') await Promise.race([once(bad.ws, 'pong'), bad.closed]);
      }
      expect(await bad.closed).toMatchObject({ code: 1008, reason: 'message_rate' });
      await log.take(c.network_type_disconnect);
    }
    expect(stats(id).drops).toEqual({ message_rate: 2 });
  });

  it('is limited in bytes', async () => {
    new FakeClock();
    const log = new Log();
    const { id, port } = server(8, { bytes_per_second: 10_000 });
    const bad = await joined_client(port);
    await log.take(c.network_type_connect);
    bad.ws.send(packet('x'.repeat(5000)));
    await log.take(c.network_type_data);
    bad.ws.send(packet('x'.repeat(5000)));
    expect(await bad.closed).toMatchObject({ code: 1008, reason: 'byte_rate' });
    expect(stats(id).drops).toEqual({ byte_rate: 1 });
  });
});

describe('the simulator on a real link', () => {
  it('delays to the millisecond what goes out and what comes in, for one socket', async () => {
    const clock = new FakeClock();
    const log = new Log();
    const { port } = server();
    const { id, peer } = await joined(log, port);
    network_set_config(c.network_config_simulator, { latency_ms: 100 }, id);
    send(id, 'up');
    await Promise.resolve();
    clock.advance(99);
    await new Promise((done) => setTimeout(done, 30));
    expect(log.seen).toEqual([]);
    clock.advance(1);
    expect((await log.take(c.network_type_data)).id).toBe(peer);
    const arrived = vi.spyOn(find_socket(id, 'test')?.connection as Connection, 'received');
    send(peer, 'down');
    await vi.waitFor(() => expect(arrived).toHaveBeenCalled());
    clock.advance(100);
    expect((await log.take(c.network_type_data)).id).toBe(id);
  });

  it('loses nothing of an ordered stream, also when it is switched off in the middle, and works for all', async () => {
    const log = new Log();
    network_set_config(c.network_config_simulator, { jitter_ms: 20, loss: 0.05, seed: 3 });
    const { port } = server();
    const { id, peer } = await joined(log, port);
    for (let i = 0; i < 100; i++) {
      send(id, `${i}`);
      if (i % 10 === 0) await new Promise((done) => setTimeout(done, 2));
    }
    network_set_config(c.network_config_simulator, 0);
    send(id, 'end');
    await log.take(c.network_type_data, ({ text }) => text === 'end');
    const got = log.seen.filter((event) => event.id === peer).map(({ text }) => text);
    expect(got).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`));
  });

  it('has nonsense refused', () => {
    const set = (value: unknown) => network_set_config(c.network_config_simulator, value as never);
    for (const bad of [{ loss: 2 }, { latency_ms: -1 }, { what: 1 }]) {
      expect(() => set(bad)).toThrow(RangeError);
    }
    for (const bad of [5, 'x', null, { loss: 'x' }]) expect(() => set(bad)).toThrow(TypeError);
  });
});

describe('network_resolve', () => {
  it('gives an address back as it is, without the brackets of a URL', async () => {
    expect(await network_resolve('192.0.2.9')).toBe('192.0.2.9');
    expect(await network_resolve('::1')).toBe('::1');
    expect(await network_resolve('[::1]')).toBe('::1');
  });

  it('asks a DNS-over-HTTPS server where one is set, and only for names', async () => {
    const asked: string[] = [];
    const web = createServer((request, response) => {
      const query = Buffer.from(
        new URL(request.url ?? '', 'http://x').searchParams.get('dns') ?? '',
        'base64url',
      );
      asked.push(`${request.headers.accept} ${query.readUInt16BE(query.length - 4)}`);
      if (query.includes('broken')) return response.end('nonsense');
      if (query.includes('failing')) return response.writeHead(500).end();
      const head = Buffer.from(query);
      head[2] = 0x81;
      head[3] = query.includes('nobody') ? 0x83 : 0x80;
      const found = query.readUInt16BE(query.length - 4) === 1 && query.includes('game');
      head[7] = found ? 1 : 0;
      const answer = Buffer.from('c00c000100010000003c0004c0000207', 'hex');
      response.setHeader('content-type', 'application/dns-message');
      return response.end(found ? Buffer.concat([head, answer]) : head);
    }).listen(0, '127.0.0.1');
    afterwards(() => {
      web.closeAllConnections();
      web.close();
    });
    await once(web, 'listening');
    const { port } = web.address() as AddressInfo;
    network_set_config(c.network_config_resolver_url, `http://127.0.0.1:${port}/dns-query`);
    expect(await network_resolve('game.example')).toBe('192.0.2.7');
    expect(asked).toEqual(['application/dns-message 1']);
    expect(await network_resolve('localhost')).toBe('127.0.0.1');
    expect(await network_resolve('192.0.2.9')).toBe('192.0.2.9');
    expect(await network_resolve('[::1]')).toBe('::1');
    expect(asked.length).toBe(1);
    await expect(network_resolve('nobody.example')).rejects.toMatchObject({
      code: 'connect_failed',
    });
    await expect(network_resolve('bare.example')).rejects.toMatchObject({ code: 'connect_failed' });
    await expect(network_resolve('broken.example')).rejects.toMatchObject({
      code: 'connect_failed',
    });
    await expect(network_resolve('failing.example')).rejects.toThrow(/500/);
    await expect(network_resolve('no name')).rejects.toBeInstanceOf(RangeError);
    expect(() => network_set_config(c.network_config_resolver_url, 'ftp://x')).toThrow(RangeError);
  });

  it.each([200, 500])(
    'reads no more of an answer than there can be, with status %d',
    async (status) => {
      let left = () => {};
      const gone = new Promise<void>((done) => {
        left = done;
      });
      const web = createServer((_, response) => {
        response.statusCode = status;
        response.on('close', left);
        const more = () => {
          while (!response.destroyed && response.write(Buffer.alloc(65_536)));
        };
        response.on('drain', more);
        more();
      }).listen(0, '127.0.0.1');
      afterwards(() => {
        web.closeAllConnections();
        web.close();
      });
      await once(web, 'listening');
      const { port } = web.address() as AddressInfo;
      network_set_config(c.network_config_resolver_url, `http://127.0.0.1:${port}/dns-query`);
      await expect(network_resolve('game.example')).rejects.toThrow(
        status === 200 ? /too much/ : /500/,
      );
      await gone;
    },
  );
});
