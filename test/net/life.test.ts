import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import * as c from '../../bindings/constants.js';
import {
  network_connect,
  network_create_server,
  network_create_socket,
  network_destroy,
  network_get_state,
  network_get_stats,
  network_set_config,
} from '../../bindings/network.js';
import { find_socket } from '../../bindings/sockets.js';
import { seeded } from '../../bindings/transport/simulator.js';
import { BarePeer, joined_client } from './bare-peer.js';
import { Cable } from './cable.js';
import { FakeClock } from './fake-clock.js';
import { afterwards, client, joined, Log, send, server, stats } from './harness.js';

const lost = c.network_type_link_lost;
const resumed = c.network_type_resumed;

describe('the heartbeat', () => {
  it('measures the round trip and the clock of a bytewire peer, on both sides', async () => {
    const clock = new FakeClock();
    const log = new Log();
    const { id, peer } = await joined(log, server().port);
    clock.advance(250);
    await vi.waitFor(() => {
      expect(stats(id).round_trip_ms).toBe(0);
      expect(stats(peer).round_trip_ms).toBe(0);
    });
    expect(stats(id).clock_offset_ms).toBe(0);
    expect(stats(peer).clock_offset_ms).toBe(0);
  });

  it('finds a peer behind a pulled cable within 15 s, not before 14.5, and tells both games', async () => {
    const clock = new FakeClock();
    const log = new Log();
    const { id: hub, port } = server();
    const cable = await Cable.to(port);
    const { id, peer } = await joined(log, cable.port);
    cable.pull();
    clock.advance(14_500);
    expect([network_get_state(id), network_get_state(peer)]).toEqual([3, 3]);
    clock.advance(500);
    const ends = [
      await log.take(c.network_type_disconnect),
      await log.take(c.network_type_disconnect),
    ];
    expect(ends.map((event) => event.socket).sort()).toEqual([id, peer].sort());
    expect(ends[0].reason).toMatch(/no sign of life/);
    expect(stats(id).drops).toEqual({ dead_peer: 1 });
    expect(stats(hub).drops).toEqual({ dead_peer: 1 });
  });

  it('keeps a peer that knows nothing of it by WebSocket pings, and ends one that does not answer them', async () => {
    const clock = new FakeClock();
    const log = new Log();
    const { id: hub, port } = server();
    const lively = await joined_client(port);
    const deaf = new BarePeer(new WebSocket(`ws://127.0.0.1:${port}`, { autoPong: false }));
    await deaf.next();
    deaf.ws.send(Buffer.from('bebafeca0bb0adde1000000000000000', 'hex'));
    await deaf.next();
    const { socket } = await log.take(c.network_type_connect);
    await log.take(c.network_type_connect);
    let pings = 0;
    lively.ws.on('ping', () => pings++);
    for (let i = 0; i < 5; i++) {
      clock.advance(5000);
      await vi.waitFor(() => expect(pings).toBeGreaterThan(i));
      await vi.waitFor(() => expect(stats(socket as number).round_trip_ms).toBeDefined());
    }
    await deaf.closed;
    await log.take(c.network_type_disconnect);
    expect(stats(hub)).toMatchObject({ clients: 1, drops: { dead_peer: 1 } });
    expect(lively.ws.readyState).toBe(WebSocket.OPEN);
    lively.ws.terminate();
  });

  it('does not blame peers when this process was away', async () => {
    const clock = new FakeClock();
    const log = new Log();
    const { id, peer } = await joined(log, server().port);
    clock.now_ms += 3_600_000;
    clock.advance(250);
    await vi.waitFor(() => expect(stats(id).round_trip_ms).toBeDefined());
    expect([network_get_state(id), network_get_state(peer)]).toEqual([3, 3]);
  });

  it('can be turned off', async () => {
    const clock = new FakeClock();
    const log = new Log();
    const { id: hub, port } = server();
    network_set_config(c.network_config_heartbeat_interval, 0, hub);
    const cable = await Cable.to(port);
    const { id, peer } = await joined(log, cable.port);
    network_set_config(c.network_config_heartbeat_interval, 0, id);
    cable.pull();
    for (let i = 0; i < 100; i++) clock.advance(1000);
    expect([network_get_state(id), network_get_state(peer)]).toEqual([3, 3]);
  });
});

/** A client with a session, behind a cable. */
async function resumable(options: { delay_ms?: number; max_client?: number } = {}) {
  const log = new Log();
  const hub = server(options.max_client);
  const cable = await Cable.to(hub.port);
  network_set_config(c.network_config_reconnect, 1);
  network_set_config(c.network_config_reconnect_delay, options.delay_ms ?? 5);
  const { id, peer } = await joined(log, cable.port);
  return { log, hub, cable, id, peer };
}

const texts = (log: Log, from: number) =>
  log.seen
    .filter(({ type, id }) => type === c.network_type_data && id === from)
    .map(({ text }) => text);

describe('a session', () => {
  it('survives a cut: same ids on both sides, sends meanwhile are kept, nothing lost or doubled', async () => {
    const { log, hub, cable, id, peer } = await resumable();
    send(id, 'a');
    send(peer, 'A');
    cable.plugged = false;
    cable.cut();
    await log.take(lost, (event) => event.socket === id);
    await log.take(lost, (event) => event.socket === peer && event.id === hub.id);
    expect([network_get_state(id), network_get_state(peer)]).toEqual([5, 5]);
    expect(send(id, 'b')).toBe(1);
    expect(send(peer, 'B')).toBe(1);
    expect(stats(id).unacknowledged_bytes).toBeGreaterThan(0);
    cable.plugged = true;
    await log.take(resumed, (event) => event.socket === id);
    await log.take(resumed, (event) => event.socket === peer && event.id === hub.id);
    send(id, 'c');
    send(peer, 'C');
    await vi.waitFor(() => {
      expect(texts(log, peer)).toEqual(['a', 'b', 'c']);
      expect(texts(log, id)).toEqual(['A', 'B', 'C']);
    });
    expect(stats(hub.id)).toMatchObject({ clients: 1, drops: {} });
    expect(log.seen.filter(({ type }) => type !== c.network_type_data)).toEqual([]);
    // Told at the next beat: nothing is kept for longer.
    await vi.waitFor(() => expect(stats(id).unacknowledged_bytes).toBe(0));
  });

  it('goes on when only the client has noticed the loss, also on a server that is full', async () => {
    const { log, cable, id, peer } = await resumable({ max_client: 1 });
    cable.cut_near();
    send(peer, 'to nobody');
    await log.take(resumed, (event) => event.socket === id);
    expect(await log.take(lost, (event) => event.socket === peer)).toBeDefined();
    await log.take(resumed, (event) => event.socket === peer);
    await vi.waitFor(() => expect(texts(log, id)).toEqual(['to nobody']));
    expect(send(id, 'x')).toBe(1);
    await vi.waitFor(() => expect(texts(log, peer)).toEqual(['x']));
  });

  it('loses and doubles nothing over twenty cuts in a busy stream', async () => {
    const { log, hub, cable, id, peer } = await resumable();
    const random = seeded(42);
    const sent: string[] = [];
    for (let cut = 0; cut < 20; cut++) {
      const n = Math.floor(random() * 40);
      for (let i = 0; i < n; i++) {
        const text = `${sent.length}:${'x'.repeat(Math.floor(random() * 3000))}`;
        sent.push(text);
        expect(send(id, text)).toBe(text.length);
        expect(send(peer, text)).toBe(text.length);
        if (random() < 0.2) await new Promise((done) => setTimeout(done, 1));
      }
      if (random() < 0.5) cable.cut();
      else cable.cut_near();
      if (random() < 0.5) await new Promise((done) => setTimeout(done, random() * 30));
    }
    await vi.waitFor(() => {
      expect(texts(log, peer).length).toBe(sent.length);
      expect(texts(log, id).length).toBe(sent.length);
    });
    expect(texts(log, peer)).toEqual(sent);
    expect(texts(log, id)).toEqual(sent);
    // A link that was cut in the middle of its handshake is given up after the handshake timeout.
    await vi.waitFor(() => expect(stats(hub.id).clients).toBe(1));
  });

  it('keeps broadcasts too', async () => {
    const { log, hub, cable, id } = await resumable();
    cable.plugged = false;
    cable.cut();
    await log.take(lost, (event) => event.socket === id);
    await vi.waitFor(() => expect(log.seen.length).toBe(1));
    const { network_send_broadcast } = await import('../../bindings/network.js');
    expect(send(hub.id, 'all', (to, b, size) => network_send_broadcast(to, 0, b, size))).toBe(3);
    cable.plugged = true;
    expect((await log.take(c.network_type_data)).text).toBe('all');
  });

  it('refuses sends when what it keeps is full, and tells when there is room again', async () => {
    const { log, cable, id, peer } = await resumable();
    network_set_config(c.network_config_resume_buffer, 1000, id);
    cable.plugged = false;
    cable.cut();
    await log.take(lost, (event) => event.socket === id);
    expect(send(id, 'x'.repeat(600))).toBe(600);
    expect(send(id, 'y'.repeat(600))).toBe(c.network_error_queue_full);
    expect(stats(id).drops).toEqual({ queue_full: 1 });
    cable.plugged = true;
    await log.take(c.network_type_drained, (event) => event.id === id);
    expect(texts(log, peer)).toEqual(['x'.repeat(600)]);
    expect(send(id, 'y'.repeat(600))).toBe(600);
  });

  it('is over when its window is over: both sides are told once', async () => {
    const clock = new FakeClock();
    const { log, hub, cable, id, peer } = await resumable({ delay_ms: 1000 });
    cable.plugged = false;
    cable.cut();
    await log.take(lost, (event) => event.socket === id);
    await log.take(lost, (event) => event.socket === peer);
    clock.advance(29_000);
    await new Promise((done) => setTimeout(done, 50));
    expect([network_get_state(id), network_get_state(peer)]).toEqual([5, 5]);
    clock.advance(20_000);
    await vi.waitFor(() => expect(network_get_state(peer)).toBe(-1));
    const ended = await log.take(c.network_type_disconnect, (event) => event.id === hub.id);
    expect(ended).toMatchObject({ socket: peer, reason: 'resume window is over' });
    while (stats(id).state === 5) {
      clock.advance(1000);
      await new Promise((done) => setTimeout(done, 5));
    }
    await log.take(c.network_type_disconnect, (event) => event.id === id);
    expect(stats(hub.id).clients).toBe(0);
  });

  it('ends at once when either side means it', async () => {
    const { log, hub, id, peer } = await resumable();
    network_destroy(id);
    expect(await log.take(c.network_type_disconnect)).toMatchObject({ id: hub.id, socket: peer });
    const other = await joined(log, hub.port);
    network_destroy(other.peer);
    expect(await log.take(c.network_type_disconnect)).toMatchObject({ id: other.id });
    expect(log.seen.filter(({ type }) => type === lost)).toEqual([]);
  });

  it('is a new beginning when the server has forgotten it: disconnect, then connected, ids as they were', async () => {
    const { log, hub, cable, id } = await resumable();
    send(id, 'last words');
    await log.take(c.network_type_data);
    cable.plugged = false;
    cable.cut();
    await log.take(lost, (event) => event.socket === id);
    send(id, 'nobody hears this');
    network_destroy(hub.id);
    const again = network_create_server(c.network_socket_tcp, hub.port);
    afterwards(() => network_destroy(again));
    cable.plugged = true;
    expect(await log.take(c.network_type_disconnect)).toMatchObject({ id, socket: id });
    const result = await log.take(c.network_type_non_blocking_connect);
    expect(result).toMatchObject({ id, succeeded: 1 });
    const { socket } = await log.take(c.network_type_connect, (event) => event.id === again);
    // The acknowledgement of the first packet may have been under way.
    expect(stats(id).drops.session_lost).toBeGreaterThanOrEqual(1);
    send(id, 'hello again');
    expect((await log.take(c.network_type_data)).text).toBe('hello again');
    expect(network_get_state(socket as number)).toBe(c.network_state_open);
  });

  it('is not needed to come back: without one a client connects anew, with growing pauses', async () => {
    const log = new Log();
    const hub = server();
    network_set_config(c.network_config_reconnect, 1);
    network_set_config(c.network_config_reconnect_delay, 5);
    network_set_config(c.network_config_extensions, 0, hub.id);
    const { id } = await joined(log, hub.port);
    network_destroy(hub.id);
    expect(await log.take(c.network_type_disconnect)).toMatchObject({ id });
    expect(network_get_state(id)).toBe(c.network_state_connecting);
    const again = network_create_server(c.network_socket_tcp, hub.port);
    afterwards(() => network_destroy(again));
    expect(await log.take(c.network_type_non_blocking_connect)).toMatchObject({ id, succeeded: 1 });
  });

  it('waits longer each time for a server that sends it away at once, and not after a connection that has stood', async () => {
    afterwards(() => network_set_config(c.network_config_reconnect_delay_max, 10_000));
    network_set_config(c.network_config_reconnect, 1);
    network_set_config(c.network_config_reconnect_delay, 100);
    network_set_config(c.network_config_reconnect_delay_max, 800);
    const clock = new FakeClock();
    const log = new Log();
    const first = await joined(log, server().port);
    const { id } = first;
    let { peer } = first;
    const sent_away = async (pause_ms: number) => {
      network_destroy(peer);
      expect(await log.take(c.network_type_disconnect)).toMatchObject({ id, code: 1000 });
      // With jitter: between half and all of it.
      clock.advance(pause_ms / 2 - 1);
      expect(find_socket(id, 'test')?.connection).toBeUndefined();
      clock.advance(pause_ms / 2 + 1);
      expect(find_socket(id, 'test')?.connection).toBeDefined();
      await log.take(c.network_type_non_blocking_connect);
      peer = (await log.take(c.network_type_connect)).socket as number;
    };
    for (const pause_ms of [100, 200, 400, 800, 800]) await sent_away(pause_ms);
    clock.advance(800);
    for (const pause_ms of [100, 200]) await sent_away(pause_ms);
  });

  it('stops trying when reconnecting is turned off, with an event that tells', async () => {
    const log = new Log();
    const hub = server();
    const { id } = await joined(log, hub.port);
    network_set_config(c.network_config_extensions, 0, hub.id);
    network_set_config(c.network_config_reconnect, 1, id);
    network_set_config(c.network_config_reconnect_delay, 5, id);
    network_destroy(hub.id);
    expect(await log.take(c.network_type_disconnect)).toMatchObject({ id, code: 1001 });
    expect(network_get_state(id)).toBe(c.network_state_connecting);
    network_set_config(c.network_config_reconnect, 0, id);
    expect(await log.take(c.network_type_non_blocking_connect)).toMatchObject({ id, succeeded: 0 });
    expect(network_get_state(id)).toBe(c.network_state_closed);
    const again = server();
    expect(network_connect(id, '127.0.0.1', again.port)).toBe(id);
    expect(await log.take(c.network_type_non_blocking_connect)).toMatchObject({ id, succeeded: 1 });
  });

  it.each(['before the link is lost', 'while the client is away'])(
    'is over for a client whose reconnecting is turned off %s',
    async (when) => {
      const { log, cable, id } = await resumable();
      const off = () => network_set_config(c.network_config_reconnect, 0, id);
      cable.plugged = false;
      if (when.startsWith('before')) off();
      cable.cut();
      if (when.startsWith('while')) {
        await log.take(lost, (event) => event.socket === id);
        off();
      }
      expect(await log.take(c.network_type_disconnect)).toMatchObject({ id, code: 1006 });
      expect(network_get_state(id)).toBe(c.network_state_closed);
    },
  );

  it('survives any number of attempts whose answer never comes', async () => {
    const { log, hub, cable, id, peer } = await resumable({ delay_ms: 1 });
    network_set_config(c.network_config_reconnect_delay_max, 1, id);
    send(id, 'a');
    await log.take(c.network_type_data);
    // The server greets, and the link ends at what the client says to that.
    let asked = 0;
    const deaf = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    afterwards(() => deaf.close());
    await once(deaf, 'listening');
    deaf.on('connection', (ws) => {
      ws.send(Buffer.from('GM:Studio-Connect\0', 'latin1'));
      ws.once('message', () => {
        asked++;
        ws.terminate();
      });
    });
    cable.far_port = (deaf.address() as AddressInfo).port;
    cable.cut();
    send(id, 'b');
    await vi.waitFor(() => expect(asked).toBeGreaterThan(10));
    cable.far_port = hub.port;
    await log.take(resumed, (event) => event.socket === id);
    expect(await log.take(c.network_type_data)).toMatchObject({ id: peer, text: 'b' });
    expect(log.seen.filter(({ type }) => type === c.network_type_disconnect)).toEqual([]);
  });

  it('survives any number of answers that are lost on their way', async () => {
    const { log, cable, id, peer } = await resumable({ delay_ms: 1 });
    network_set_config(c.network_config_reconnect_delay_max, 1, id);
    send(id, 'a');
    await log.take(c.network_type_data);
    cable.swallow = true;
    cable.cut();
    send(id, 'b');
    send(peer, 'B');
    await vi.waitFor(() => expect(cable.swallowed).toBeGreaterThan(20));
    cable.swallow = false;
    await log.take(resumed, (event) => event.socket === id);
    await log.take(c.network_type_data, ({ text }) => text === 'B');
    await vi.waitFor(() => expect(texts(log, peer)).toEqual(['b']));
    // The next absence is like any other.
    cable.cut();
    await log.take(lost, (event) => event.socket === id);
    await log.take(resumed, (event) => event.socket === id);
    expect(send(id, 'c')).toBe(1);
    await vi.waitFor(() => expect(texts(log, peer)).toEqual(['b', 'c']));
    expect(log.seen.filter(({ type }) => type === c.network_type_disconnect)).toEqual([]);
  });

  it('stops trying when it is destroyed', async () => {
    const { log, cable, id } = await resumable();
    cable.plugged = false;
    cable.cut();
    await log.take(lost, (event) => event.socket === id);
    network_destroy(id);
    cable.plugged = true;
    await new Promise((done) => setTimeout(done, 60));
    expect(network_get_stats(id)).toBeUndefined();
    expect(log.seen.filter(({ type }) => type === resumed)).toEqual([]);
  });
});

describe('extensions', () => {
  it('can be turned off on either side, and packets go on as they are', async () => {
    const log = new Log();
    const { id: hub, port } = server();
    network_set_config(c.network_config_extensions, 0, hub);
    const one = await joined(log, port);
    network_set_config(c.network_config_extensions, 1, hub);
    const id = network_create_socket(c.network_socket_tcp);
    afterwards(() => network_destroy(id));
    network_set_config(c.network_config_extensions, 0, id);
    network_connect(id, '127.0.0.1', port);
    const { socket } = await log.take(c.network_type_connect);
    await log.take(c.network_type_non_blocking_connect);
    for (const [from, to] of [
      [one.id, one.peer],
      [one.peer, one.id],
      [id, socket as number],
      [socket as number, id],
    ]) {
      send(from, 'x');
      await log.take(c.network_type_data, (event) => event.id === to);
    }
    expect(client(port)).toBeGreaterThan(0);
  });
});
