// Packets to anybody without connecting, sockets with a port of their own, and the bare client.
import { expect, it } from 'vitest';
import { buffer_create, buffer_delete } from '../../bindings/buffer.js';
import { buffer_from } from '../../bindings/buffer-bulk.js';
import { use_clock } from '../../bindings/clock.js';
import * as c from '../../bindings/constants.js';
import { NetError } from '../../bindings/errors.js';
import {
  network_connect,
  network_create_server,
  network_create_socket,
  network_create_socket_ext,
  network_destroy,
  network_get_stats,
  network_send_broadcast,
  network_send_packet,
  network_send_udp,
  network_send_udp_raw,
  network_set_config,
} from '../../bindings/network.js';
import { WebRTCClient } from '../../bindings/webrtc-client.js';
import { afterwards, Log, send, server, stats } from './harness.js';
import { udp_joined, udp_server, udp_socket, until } from './udp-harness.js';

/** Sends text to an address. */
const send_to = (
  socket: number,
  port: number,
  text: string,
  { url = '127.0.0.1', how = network_send_udp } = {},
) => send(socket, text, (id, b, size) => how(id, url, port, b, size));

it('two sockets with ports of their own talk, without connecting and without events for it', async () => {
  const log = new Log();
  const [a, b] = [udp_socket(0), udp_socket(0)];
  expect(stats(a).port).toBeGreaterThan(0);
  expect(send_to(a, stats(b).port, 'hello')).toBe(5);
  const heard = await log.take(c.network_type_data);
  expect(heard).toMatchObject({ id: b, ip: '127.0.0.1', port: stats(a).port, text: 'hello' });
  expect(heard.server).toBeUndefined();
  // The answer goes over the connection that is there.
  expect(send_to(b, stats(a).port, 'you too')).toBe(7);
  expect(await log.take(c.network_type_data)).toMatchObject({
    id: a,
    port: stats(b).port,
    text: 'you too',
  });
  expect(stats(a)).toMatchObject({ clients: 1, packets_in: 1, packets_out: 1, bytes_in: 7 });
  expect(stats(b)).toMatchObject({ clients: 1, packets_in: 1, packets_out: 1, bytes_in: 5 });
  expect(log.seen).toEqual([]);
});

it('a socket without a port is answered where its packets come from', async () => {
  const log = new Log();
  const [a, b] = [udp_socket(), udp_socket(0)];
  send_to(a, stats(b).port, 'ask');
  const { ip, port } = await log.take(c.network_type_data, ({ id }) => id === b);
  expect(send_to(b, port as number, 'answer', { url: ip })).toBe(6);
  expect(await log.take(c.network_type_data)).toMatchObject({ id: a, text: 'answer' });
});

it('packets sent before the peer is reached arrive, as far as the queue takes them', async () => {
  const log = new Log();
  const [a, b] = [udp_socket(), udp_socket(0)];
  const results = Array.from({ length: 80 }, (_, i) =>
    send_to(a, stats(b).port, `${i}`.padEnd(1000)),
  );
  const kept = results.filter((size) => size === 1000).length;
  expect(kept).toBeGreaterThan(50);
  expect(kept).toBeLessThan(80);
  expect(new Set(results)).toEqual(new Set([1000, c.network_error_queue_full]));
  expect(stats(a).drops.queue_full).toBe(80 - kept);
  const first = await log.take(c.network_type_data);
  expect(first.text?.trim()).toBe('0');
});

it('raw packets have no header, and neither kind disturbs the other', async () => {
  const log = new Log();
  const [a, b] = [udp_socket(), udp_socket(0)];
  const { port } = stats(b);
  send_to(a, port, 'packet');
  send_to(a, port, 'raw', { how: network_send_udp_raw });
  const seen = [await log.take(c.network_type_data), await log.take(c.network_type_data)];
  expect(seen.map(({ text }) => text).sort()).toEqual(['packet', 'raw']);
  expect(stats(b).clients).toBe(2);
});

it('reaches a server that knows nothing of it, and the server its client', async () => {
  const log = new Log();
  const hub = udp_server();
  const id = udp_socket();
  send_to(id, hub.port, 'to a server');
  await log.take(c.network_type_connect, (event) => event.id === hub.id);
  const heard = await log.take(c.network_type_data);
  expect(heard).toMatchObject({ server: hub.id, text: 'to a server' });
  expect(send_to(hub.id, heard.port as number, 'back', { url: heard.ip })).toBe(4);
  expect(await log.take(c.network_type_data)).toMatchObject({ id, text: 'back' });
  expect(send_to(hub.id, 1, 'nobody')).toBe(c.network_error_not_open);
});

it('a connected socket uses its connection', async () => {
  const log = new Log();
  const hub = udp_server();
  const { id, peer } = await udp_joined(log, hub.port);
  expect(send_to(id, hub.port, 'the same way')).toBe(12);
  expect(await log.take(c.network_type_data)).toMatchObject({ id: peer, text: 'the same way' });
  expect(stats(hub.id).clients).toBe(1);
});

it('nobody there: an event says why, what waited is counted, and the address has a rest', async () => {
  const log = new Log();
  const id = udp_socket();
  const closed = udp_socket(0);
  const { port } = stats(closed);
  network_destroy(closed);
  expect(send_to(id, port, 'anybody?')).toBe(8);
  expect(await log.take(c.network_type_non_blocking_connect)).toMatchObject({
    id,
    ip: '127.0.0.1',
    port,
    succeeded: 0,
    error: 'no_signaling',
    reason: expect.stringContaining(`no signaling at ws://127.0.0.1:${port}`),
  });
  expect(stats(id).drops.unreachable).toBe(1);
  expect(send_to(id, port, 'at once again')).toBe(c.network_error_not_open);
  // Somebody is there now, and is found.
  const late = network_create_socket_ext(c.network_socket_udp, port);
  afterwards(() => network_destroy(late));
  await until(() => send_to(id, port, 'found') > 0);
  expect(await log.take(c.network_type_data)).toMatchObject({ id: late, text: 'found' });
});

it('keeps so many peers, and lets the one unused for longest go', async () => {
  const log = new Log();
  const id = udp_socket();
  network_set_config(c.network_config_udp_peers, 2, id);
  const others = [udp_socket(0), udp_socket(0), udp_socket(0)];
  for (const other of others) {
    send_to(id, stats(other).port, 'hi');
    await log.take(c.network_type_data, (event) => event.id === other);
  }
  expect(stats(id).clients).toBe(2);
  await until(() => stats(others[0]).clients === 0);
  expect(others.map((other) => stats(other).clients)).toEqual([0, 1, 1]);
  // It can be reached all the same.
  send_to(id, stats(others[0]).port, 'again');
  expect(await log.take(c.network_type_data)).toMatchObject({ id: others[0], text: 'again' });
});

it('a peer that nothing passes with for half a minute is let go, and one in use is not', async () => {
  let ahead_ms = 0;
  use_clock({ now: () => performance.now() + ahead_ms });
  afterwards(() => use_clock());
  const log = new Log();
  const id = udp_socket(0);
  const [idle, busy] = [udp_socket(), udp_socket()];
  for (const other of [idle, busy]) {
    send_to(other, stats(id).port, 'here');
    await log.take(c.network_type_data);
  }
  const beat = setInterval(() => send_to(busy, stats(id).port, 'busy'), 20);
  afterwards(() => clearInterval(beat));
  ahead_ms = 20_000;
  log.seen.length = 0;
  await log.take(c.network_type_data);
  // Beats come four times a second: one of them notices that something has come.
  await new Promise((done) => setTimeout(done, 600));
  expect(stats(id).clients).toBe(2);
  ahead_ms = 35_000;
  await until(() => stats(id).clients === 1);
  await until(() => stats(idle).clients === 0);
  expect(stats(busy).clients).toBe(1);
});

it('who comes pushes out nobody who is in use', async () => {
  const log = new Log();
  const id = udp_socket(0);
  network_set_config(c.network_config_udp_peers, 1, id);
  const [first, second] = [udp_socket(), udp_socket()];
  send_to(first, stats(id).port, 'first');
  await log.take(c.network_type_data);
  send_to(second, stats(id).port, 'second');
  expect(await log.take(c.network_type_non_blocking_connect)).toMatchObject({
    id: second,
    succeeded: 0,
    error: 'full',
  });
  send_to(first, stats(id).port, 'still here');
  expect(await log.take(c.network_type_data)).toMatchObject({ text: 'still here' });
});

it('a broadcast reaches all peers of a socket', async () => {
  const log = new Log();
  const id = udp_socket(0);
  const others = [udp_socket(), udp_socket()];
  for (const other of others) {
    send_to(other, stats(id).port, 'here');
    await log.take(c.network_type_data);
  }
  send(id, 'to all', (socket, b, size) => network_send_broadcast(socket, 0, b, size));
  const seen = [await log.take(c.network_type_data), await log.take(c.network_type_data)];
  expect(seen.map((event) => event.id).sort()).toEqual([...others].sort());
});

it('destroying a socket ends its peers without a word to the game', async () => {
  const log = new Log();
  const [a, b] = [udp_socket(), udp_socket(0)];
  send_to(a, stats(b).port, 'hi');
  await log.take(c.network_type_data);
  network_destroy(a);
  await until(() => stats(b).clients === 0);
  expect(log.seen).toEqual([]);
  expect(network_get_stats(a)).toBeUndefined();
});

it('arguments are checked before anything happens', () => {
  const b = buffer_from(Buffer.from('x'));
  afterwards(() => buffer_delete(b));
  const id = udp_socket();
  const tcp = network_create_socket_ext(c.network_socket_tcp, 1234);
  afterwards(() => network_destroy(tcp));
  expect(network_send_udp(tcp, '127.0.0.1', 1, b, 1)).toBe(c.network_error_unsupported);
  expect(network_send_udp(id, '127.0.0.1', 1, b, 2)).toBe(c.network_error_too_large);
  expect(network_send_udp(0x3fffffff, '127.0.0.1', 1, b, 1)).toBe(c.network_error_not_open);
  expect(() => network_send_udp(id, 5 as never, 1, b, 1)).toThrow(TypeError);
  expect(() => network_send_udp(id, 'http://x', 1, b, 1)).toThrow(RangeError);
  expect(() => network_send_udp(id, '127.0.0.1', 70_000, b, 1)).toThrow(RangeError);
  expect(() => network_send_udp(id, '127.0.0.1', 1, b, 1, 7)).toThrow(RangeError);
  expect(() => network_send_udp(id, 'room:AB', 0, b, 1)).toThrow(/signaling_url/);
  expect(() => network_create_socket_ext(9, 0)).toThrow(RangeError);
  expect(() => network_create_socket_ext(c.network_socket_udp, -1)).toThrow(RangeError);
  const bound = udp_socket(0);
  const { port } = stats(bound);
  expect(network_create_socket_ext(c.network_socket_udp, port)).toBe(c.network_error_address);
  expect(stats(id).clients).toBe(0);
});

it('a room at a signaling server can be sent to', async () => {
  const log = new Log();
  const signaling = server(8, { rooms: true });
  network_set_config(c.network_config_signaling_url, `ws://127.0.0.1:${signaling.port}`);
  afterwards(() => network_set_config(c.network_config_signaling_url, ''));
  const host = network_create_server(c.network_socket_udp, 'SENDHERE', 4);
  afterwards(() => network_destroy(host));
  await log.take(c.network_type_listening);
  const id = udp_socket();
  send_to(id, 0, 'to a room', { url: 'room:sendhere' });
  expect(await log.take(c.network_type_data)).toMatchObject({ server: host, text: 'to a room' });
});

it('WebRTCClient: connects, sends, receives, ends', async () => {
  const log = new Log();
  const hub = udp_server();
  const client = new WebRTCClient();
  expect(client.open).toBe(false);
  expect(() => client.send(new Uint8Array(1))).toThrow(NetError);
  await client.connect(`ws://127.0.0.1:${hub.port}`);
  await expect(client.connect(`ws://127.0.0.1:${hub.port}`)).rejects.toThrow('already');
  const { socket } = await log.take(c.network_type_connect);
  // One message may be lost.
  const until_heard = async (say: () => void, text: string) => {
    const timer = setInterval(say, 50);
    afterwards(() => clearInterval(timer));
    const event = await log.take(c.network_type_data, (one) => one.text === text);
    clearInterval(timer);
    return event;
  };
  const hi = await until_heard(() => client.send(new Uint8Array([104, 105])), 'hi');
  expect(hi.id).toBe(socket);
  const text = await until_heard(() => client.send('text'), 'text');
  expect(text.message_type).toBe(c.network_send_text);
  const answer = new Promise((done) => {
    client.onmessage = done;
  });
  const back = setInterval(() => send(socket as number, 'back'), 50);
  afterwards(() => clearInterval(back));
  expect(Buffer.from((await answer) as ArrayBuffer).toString()).toBe('back');
  clearInterval(back);
  expect(await answer).toBeInstanceOf(ArrayBuffer);
  expect(() => client.send(new Uint8Array(262_145))).toThrow(RangeError);
  expect(() => client.send({} as never)).toThrow(TypeError);
  const over = new Promise((done) => {
    client.onclose = done;
  });
  network_destroy(socket as number);
  await over;
  expect(client.open).toBe(false);
  await client.connect(`ws://127.0.0.1:${hub.port}`);
  client.close();
  await log.take(c.network_type_disconnect);
});

it('WebRTCClient: the server hears of those who leave at once', async () => {
  const log = new Log();
  const hub = udp_server();
  const client = new WebRTCClient();
  for (let i = 0; i < 20; i++) {
    await client.connect(`ws://127.0.0.1:${hub.port}`);
    client.close();
    const { socket } = await log.take(c.network_type_connect);
    await log.take(c.network_type_disconnect, (event) => event.socket === socket);
  }
});

it('WebRTCClient: text counts as its bytes in UTF-8, and is dropped where too much waits, as bytes are', async () => {
  const log = new Log();
  const hub = udp_server();
  const client = new WebRTCClient();
  afterwards(() => client.close());
  await client.connect(`ws://127.0.0.1:${hub.port}`);
  await log.take(c.network_type_connect);
  expect(() => client.send('é'.repeat(131_073))).toThrow('got 262146');
  const text = 'é'.repeat(100_000);
  for (let i = 0; i < 500 && client.dropped === 0; i++) client.send(text);
  expect(client.dropped).toBe(1);
  expect(client.buffered).toBeGreaterThan(0);
});

it('WebRTCClient: says why it cannot', async () => {
  const hub = udp_server(1, { password: 'open sesame' });
  const url = `ws://127.0.0.1:${hub.port}`;
  const why = (options = {}, at = url) =>
    new WebRTCClient().connect(at, options).then(
      () => 'connected',
      (error: NetError) => `${error.code ?? error.name}: ${error.message}`,
    );
  expect(await why()).toBe('refused: wrong password');
  expect(await why({ room: 'NOWHERE' })).toMatch(/^no_room: /);
  const client = new WebRTCClient();
  const attempt = client.connect(url, { token: 'open sesame' });
  client.close();
  await expect(attempt).rejects.toMatchObject({ code: 'connect_failed' });
  const closed = udp_server();
  network_destroy(closed.id);
  expect(await why({}, `ws://127.0.0.1:${closed.port}`)).toMatch(/^no_signaling: no signaling at/);
});

it('the option for the latest only goes with streams too, and nothing else does', async () => {
  const log = new Log();
  const hub = server();
  const id = network_create_socket(c.network_socket_tcp);
  afterwards(() => network_destroy(id));
  network_connect(id, '127.0.0.1', hub.port);
  await log.take(c.network_type_connect);
  const b = buffer_create(4, 0, 1);
  afterwards(() => buffer_delete(b));
  await log.take(c.network_type_non_blocking_connect);
  expect(network_send_packet(id, b, 4, c.network_send_latest)).toBe(4);
  expect(() => network_send_packet(id, b, 4, c.network_send_text)).toThrow(RangeError);
  expect(() => network_send_packet(id, b, 4, '1' as never)).toThrow(TypeError);
  await log.take(c.network_type_data);
});
