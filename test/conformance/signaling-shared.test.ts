// Many visits over one connection (STANDARD.md, 9, version 2): bytewire as server and as client, and beside those who know version 1 only.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { buffer_delete } from '../../bindings/buffer.js';
import { buffer_from } from '../../bindings/buffer-bulk.js';
import * as c from '../../bindings/constants.js';
import {
  network_connect,
  network_create_server,
  network_create_socket,
  network_destroy,
  network_send_udp,
} from '../../bindings/network.js';
import { afterwards, Log, server, stats } from '../net/harness.js';
import { udp_socket } from '../net/udp-harness.js';
import {
  answerer,
  call,
  datagram,
  join,
  Peer,
  SHARED_PROTOCOL,
  type Talk,
} from './signaling-verifier.js';

const KEY = '0123456789abcdef';

async function talk_to(port: number, protocol?: string): Promise<Talk> {
  const talk = await call(port, protocol);
  afterwards(() => talk.ws.terminate());
  return talk;
}

/** A host that only listens. */
async function keeper_at(port: number, room = 'R'): Promise<Talk> {
  const talk = await talk_to(port);
  talk.say({ t: 'host', room, key: KEY });
  await talk.hear('hosted');
  return talk;
}

const bye = (peer: number) => ({ t: 'bye', peer, reason: 'left', message: '' });

it('a server keeps the visits of one connection apart, each with its end', async () => {
  const { port } = server(8, { rooms: true });
  const keeper = await keeper_at(port);
  const guest = await talk_to(port, SHARED_PROTOCOL);
  expect(guest.ws.protocol).toBe(SHARED_PROTOCOL);
  guest.say(join('R', { visit: 7, token: 'a' }));
  guest.say(join('NOBODY', { visit: 8 }));
  guest.say(join('R', { visit: 9, token: 'b' }));
  const [a, b] = [await keeper.hear('visit'), await keeper.hear('visit')];
  expect([a.token, b.token]).toEqual(['a', 'b']);
  expect(a.ip).toBe(b.ip);
  // What a host knows them by differs, as if they had called by themselves.
  expect(a.port).not.toBe(b.port);
  expect(await guest.hear('bye')).toMatchObject({ peer: 8, reason: 'no_room' });
  keeper.say({ t: 'joined', peer: b.peer, resume: 'again', restart: false, ice: [] });
  expect(await guest.hear('joined')).toMatchObject({ peer: 9, resume: 'again' });
  guest.say({ t: 'offer', peer: 9, sdp: 'v=0\r\nb' });
  guest.say({ t: 'offer', peer: 7, sdp: 'v=0\r\na' });
  expect(await keeper.hear('offer')).toMatchObject({ peer: b.peer, sdp: 'v=0\r\nb' });
  expect(await keeper.hear('offer')).toMatchObject({ peer: a.peer, sdp: 'v=0\r\na' });
  // One ends, by the visitor; what is late for it, and for one that was never there, does no harm.
  guest.say(bye(9));
  expect(await keeper.hear('bye')).toMatchObject({ peer: b.peer, reason: 'left' });
  for (const peer of [8, 9, 1234]) {
    guest.say({ t: 'candidate', peer, candidate: 'candidate:1', mid: '0' });
    guest.say(bye(peer));
  }
  keeper.say({ t: 'answer', peer: b.peer, sdp: 'v=0\r\nlate' });
  keeper.say({ t: 'answer', peer: a.peer, sdp: 'v=0\r\nyes' });
  expect(await guest.hear('answer')).toMatchObject({ peer: 7, sdp: 'v=0\r\nyes' });
  // The other, by the host; the connection stays, and takes the next.
  keeper.say({ t: 'bye', peer: a.peer, reason: 'failed', message: 'no' });
  expect(await guest.hear('bye')).toMatchObject({ peer: 7, reason: 'failed', message: 'no' });
  guest.say(join('R', { visit: 10 }));
  const { peer: last } = await keeper.hear('visit');
  guest.say(bye(0));
  expect(await guest.closed).toBe(1000);
  expect(await keeper.hear('bye')).toMatchObject({ peer: last, reason: 'left' });
});

it('what is wrong in one visit ends that one; what belongs to none ends the connection', async () => {
  const { port } = server(8, { rooms: true });
  const keeper = await keeper_at(port);
  const guest = await talk_to(port, SHARED_PROTOCOL);
  for (const visit of [1, 2, 3]) guest.say(join('R', { visit }));
  for (let i = 0; i < 65; i++) {
    guest.say({ t: 'candidate', peer: 1, candidate: 'candidate:1', mid: '0' });
  }
  expect(await guest.hear('bye')).toMatchObject({ peer: 1, reason: 'rate' });
  for (let i = 0; i < 2; i++) guest.say({ t: 'offer', peer: 2, sdp: 'v=0' });
  expect(await guest.hear('bye')).toMatchObject({ peer: 2, reason: 'malformed' });
  // One number, two visits.
  guest.say(join('R', { visit: 3 }));
  expect(await guest.hear('bye')).toMatchObject({ peer: 3, reason: 'malformed' });
  guest.say(join('R', { visit: 4 }));
  for (let i = 0; i < 4; i++) await keeper.hear('visit');
  expect(guest.over).toBe(false);
  guest.say(join('R'));
  expect(await guest.hear('bye')).toMatchObject({ peer: 0, reason: 'malformed' });
  expect(await guest.closed).toBe(1000);
  const flood = await talk_to(port, SHARED_PROTOCOL);
  for (let i = 0; i < 900; i++) flood.say({ t: 'ping' });
  expect(await flood.hear('bye')).toMatchObject({ peer: 0, reason: 'rate' });
});

it('takes 64 visits over one connection, and four times as many from an address as it may have connections', async () => {
  const { port } = server(8, { rooms: true });
  await keeper_at(port);
  const guest = await talk_to(port, SHARED_PROTOCOL);
  for (let visit = 1; visit <= 65; visit++) guest.say(join('R', { visit }));
  expect(await guest.hear('bye')).toMatchObject({ peer: 65, reason: 'full' });
  guest.say(bye(5));
  guest.say(join('R', { visit: 66 }));
  guest.say(join('R', { visit: 67 }));
  expect(await guest.hear('bye')).toMatchObject({ peer: 67, reason: 'full' });

  const few = server(8, { rooms: { connections_per_address: 4 } });
  await keeper_at(few.port);
  const other = await talk_to(few.port, SHARED_PROTOCOL);
  for (let visit = 1; visit <= 17; visit++) other.say(join('R', { visit }));
  expect(await other.hear('bye')).toMatchObject({ peer: 17, reason: 'full' });
  expect(stats(few.id).drops.address_limit).toBe(1);
  // Another connection has nothing left to visit with either, until somebody leaves.
  const third = await talk_to(few.port, SHARED_PROTOCOL);
  third.say(join('R', { visit: 1 }));
  expect(await third.hear('bye')).toMatchObject({ peer: 1, reason: 'full' });
  await talk_to(few.port);
  await expect(call(few.port)).rejects.toThrow(/429/);
  third.ws.close();
  await third.closed;
  other.say(bye(2));
  other.say(join('R', { visit: 18 }));
  other.say(join('R', { visit: 19 }));
  expect(await other.hear('bye')).toMatchObject({ peer: 19, reason: 'full' });
  other.say(bye(0));
  await other.closed;
  for (let i = 0; i < 2; i++) await talk_to(few.port);
});

it('a visitor who knows the standard opens two peer connections by one signaling connection', async () => {
  const log = new Log();
  const id = network_create_server(c.network_socket_udp, 0, 8);
  afterwards(() => network_destroy(id));
  const guest = await talk_to(stats(id).port, SHARED_PROTOCOL);
  const wires = [];
  for (const number of [11, 12]) {
    guest.say(join('', { visit: number }));
    await guest.next(({ t, peer }) => t === 'joined' && peer === number);
    const peer = new Peer(guest, number);
    afterwards(() => peer.close());
    const wire = peer.channel('bytewire.udp');
    void peer.listen().catch(() => {});
    await wire.opened();
    wires.push(wire);
    await log.take(c.network_type_connect);
  }
  for (const [i, wire] of wires.entries()) {
    await expect
      .poll(async () => {
        wire.channel.sendMessageBinary(datagram(0, `from ${i}`));
        await new Promise((done) => setTimeout(done, 20));
        return log.seen.some(({ text }) => text === `from ${i}`);
      })
      .toBe(true);
  }
});

/** An http server that counts who asks for a WebSocket. */
async function counted(): Promise<{ http: ReturnType<typeof createServer>; calls: () => number }> {
  const http = createServer();
  let calls = 0;
  http.on('upgrade', () => calls++);
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  afterwards(() => http.close());
  return { http, calls: () => calls };
}

it('dials that begin together share one connection, and each is a client of its own', async () => {
  const log = new Log();
  const { http, calls } = await counted();
  const id = network_create_server(c.network_socket_udp, 0, 16, { server: http });
  afterwards(() => network_destroy(id));
  const { port } = http.address() as AddressInfo;
  const clients = Array.from({ length: 8 }, () => udp_socket());
  for (const client of clients) network_connect(client, '127.0.0.1', port);
  const here: { ip: string; port: number }[] = [];
  for (const _ of clients) {
    const { succeeded, reason } = await log.take(c.network_type_non_blocking_connect);
    expect([succeeded, reason ?? '']).toEqual([1, '']);
    const { ip = '', port: from = 0 } = await log.take(c.network_type_connect);
    here.push({ ip, port: from });
  }
  expect(calls()).toBe(1);
  expect(new Set(here.map(({ port: from }) => from)).size).toBe(clients.length);
  // Each can be sent to by what the server was told of it.
  const reached = new Set<number>();
  for (const { ip, port: at } of here) {
    const b = buffer_from(Buffer.from(`to ${at}`));
    while (!log.seen.some(({ text }) => text === `to ${at}`)) {
      network_send_udp(id, ip, at, b, 4 + String(at).length - 1);
      await new Promise((done) => setTimeout(done, 20));
    }
    buffer_delete(b);
    reached.add(log.seen.find(({ text }) => text === `to ${at}`)?.id as number);
  }
  expect(reached).toEqual(new Set(clients));
});

it('dials that begin together have connections of their own where the server knows version 1 only', async () => {
  const log = new Log();
  const heard: unknown[] = [];
  const other = await answerer(async (talk) => {
    heard.push(await talk.hear('join'));
    talk.say({ t: 'bye', peer: 0, reason: 'refused', message: 'not today' });
  });
  afterwards(() => other.stop());
  const clients = Array.from({ length: 3 }, () => udp_socket());
  for (const client of clients) network_connect(client, '127.0.0.1', other.port);
  for (const _ of clients) {
    expect(await log.take(c.network_type_non_blocking_connect)).toMatchObject({
      error: 'refused',
      reason: 'not today',
    });
  }
  expect(heard).toEqual([join(''), join(''), join('')]);
  expect(other.failures).toEqual([]);
});

it('one that is refused leaves the others of its connection alone', async () => {
  const log = new Log();
  const joins: Record<string, unknown>[] = [];
  const other = await answerer(async (talk) => {
    for (let i = 0; i < 3; i++) joins.push(await talk.hear('join'));
    const [one, two, three] = joins.map(({ visit }) => visit);
    talk.say({ t: 'bye', peer: two, reason: 'refused', message: 'not you' });
    talk.say({ t: 'pong' });
    talk.say({ t: 'joined', peer: 999, resume: '', restart: false, ice: [] });
    talk.say({ t: 'joined', peer: one, resume: '', restart: false, ice: [] });
    expect((await talk.hear('offer')).peer).toBe(one);
    talk.say({ t: 'bye', peer: three, reason: 'full', message: 'nor you' });
    talk.say({ t: 'bye', peer: 0, reason: 'left', message: 'that is all' });
  }, SHARED_PROTOCOL);
  afterwards(() => other.stop());
  const clients = Array.from({ length: 3 }, () => udp_socket());
  for (const client of clients) network_connect(client, '127.0.0.1', other.port);
  const words: unknown[] = [];
  for (const client of clients) {
    const event = await log.take(c.network_type_non_blocking_connect, ({ id }) => id === client);
    words.push([event.error, event.reason]);
  }
  expect(words).toEqual([
    ['left', 'that is all'],
    ['refused', 'not you'],
    ['full', 'nor you'],
  ]);
  expect(new Set(joins.map(({ visit }) => visit)).size).toBe(3);
  expect(other.failures).toEqual([]);
});

it('dials of a signaling connection that is lost each try once more, then they are told; the next ones share a new one', async () => {
  const log = new Log();
  let calls = 0;
  const other = await answerer(async (talk) => {
    calls++;
    await talk.hear('join');
    talk.ws.terminate();
  }, SHARED_PROTOCOL);
  afterwards(() => other.stop());
  for (let round = 1; round <= 2; round++) {
    const clients = [network_create_socket(c.network_socket_udp), udp_socket()];
    for (const client of clients) network_connect(client, '127.0.0.1', other.port);
    for (const _ of clients) {
      const { error } = await log.take(c.network_type_non_blocking_connect);
      expect(error).toBe('no_signaling');
    }
    network_destroy(clients[0]);
    // The shared one, and one for each dial.
    expect(calls).toBe(3 * round);
  }
});
