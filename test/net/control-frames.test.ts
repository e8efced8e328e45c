// Tokens and control frames from hostile or later peers, written by hand from STANDARD.md.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import * as c from '../../bindings/constants.js';
import { network_set_config } from '../../bindings/network.js';
import { BarePeer, joined_client, packet } from './bare-peer.js';
import { FakeClock } from './fake-clock.js';
import { afterwards, client, Log, send, server, stats } from './harness.js';

const lost = c.network_type_link_lost;
const resumed = c.network_type_resumed;

// By hand from STANDARD.md, 4 and 5.
const word = (n: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(n >>> 0);
  return bytes;
};
const frame = (kind: number, payload: Buffer) =>
  Buffer.concat([Buffer.from('7eb1dec0', 'hex'), word(kind), word(payload.length), payload]);
const STEP_2 = Buffer.from('bebafeca0bb0adde10000000', 'hex');

const STEP_3 = Buffer.from('adbeafdeebbe0df00c000000', 'hex');

/** A server that greets; what comes behind step 2 is the test's. */
async function server_by_hand(answer: (ws: WebSocket, asked: Buffer) => void) {
  const wss = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  afterwards(() => wss.close());
  const left = new Promise<number>((done) => {
    wss.on('connection', (ws) => {
      ws.on('close', done);
      ws.send(Buffer.from('GM:Studio-Connect\0', 'latin1'));
      ws.once('message', (asked: Buffer) => answer(ws, asked));
    });
  });
  await once(wss, 'listening');
  return { port: (wss.address() as AddressInfo).port, left };
}

async function hand(port: number, flags: number, behind = Buffer.alloc(0)) {
  const ws = new WebSocket(`ws://127.0.0.1:${port}`);
  const peer = new BarePeer(ws);
  await peer.next();
  ws.send(Buffer.concat([STEP_2, Buffer.from([0x42, 0x57, 0x31, 0x80 | flags]), behind]));
  return { peer, ws };
}

describe('a token', () => {
  it('works once, for its own server, and not by guessing', async () => {
    const log = new Log();
    const { id: hub, port } = server();
    const first = await hand(port, 1);
    const welcome = await first.peer.next();
    expect(welcome.readUInt32LE(16)).toBe(1);
    const token = welcome.subarray(12 + 12 + 8);
    expect(token.length).toBe(16);
    const { socket } = await log.take(c.network_type_connect);
    first.ws.send(packet('one'));
    await log.take(c.network_type_data);
    first.ws.terminate();
    await log.take(lost);
    send(socket as number, 'kept');

    const next = Buffer.alloc(16, 7);
    const ask = (tokens: Buffer[], received = 0) =>
      frame(5, Buffer.concat([word(received), next, ...tokens]));
    const guess = await hand(port, 3, ask([Buffer.alloc(16, 1), Buffer.alloc(16, 2)]));
    expect((await guess.peer.next()).readUInt32LE(16)).toBe(1);
    await log.take(c.network_type_connect);
    expect(stats(hub).drops).toEqual({ resume_refused: 1 });

    const second = await hand(port, 3, ask([Buffer.alloc(16, 1), token]));
    const answer = await second.peer.next();
    expect(answer.readUInt32LE(16)).toBe(6);
    expect(answer.readUInt32LE(24)).toBe(1);
    expect(await second.peer.next()).toEqual(packet('kept'));
    expect(await log.take(resumed)).toMatchObject({ id: hub, socket });

    const replay = await hand(port, 3, ask([token]));
    expect((await replay.peer.next()).readUInt32LE(16)).toBe(1);
    expect(stats(hub).drops).toEqual({ resume_refused: 2 });
    const other = await hand(server().port, 3, ask([next]));
    expect((await other.peer.next()).readUInt32LE(16)).toBe(1);
    expect(second.ws.readyState).toBe(WebSocket.OPEN);
    for (const { ws } of [guess, second, replay, other]) ws.terminate();
  });

  it('that is proposed again goes on with its session; what comes with it over an old link is refused and ends nothing', async () => {
    const log = new Log();
    const { id: hub, port } = server();
    const first = await hand(port, 1);
    const token = (await first.peer.next()).subarray(32);
    const { socket } = await log.take(c.network_type_connect);
    send(socket as number, 'a');
    await first.peer.next();
    const next = Buffer.alloc(16, 7);
    const ask = (received: number, ...tokens: Buffer[]) =>
      frame(5, Buffer.concat([word(received), next, ...tokens]));
    const second = await hand(port, 3, ask(1, token));
    expect((await second.peer.next()).readUInt32LE(16)).toBe(6);
    const third = await hand(port, 3, ask(1, token, next));
    expect((await third.peer.next()).readUInt32LE(16)).toBe(6);
    await second.peer.closed;
    for (const received of [0, 99]) {
      const late = await hand(port, 3, ask(received, token, next));
      expect((await late.peer.next()).readUInt32LE(16)).toBe(1);
      late.ws.terminate();
    }
    third.ws.send(packet('b'));
    expect(await log.take(c.network_type_data)).toMatchObject({ id: socket, text: 'b' });
    expect(stats(hub).drops).toEqual({ resume_refused: 2 });
    third.ws.terminate();
  });

  it('is spent by a client that claims more than it was sent', async () => {
    const log = new Log();
    const { id: hub, port } = server();
    const first = await hand(port, 1);
    const token = (await first.peer.next()).subarray(32);
    first.ws.terminate();
    await log.take(lost);
    const second = await hand(
      port,
      3,
      frame(5, Buffer.concat([word(99), Buffer.alloc(16, 7), token])),
    );
    expect((await second.peer.next()).readUInt32LE(16)).toBe(1);
    expect((await log.take(c.network_type_disconnect)).reason).toMatch(/never sent/);
    expect(stats(hub).clients).toBe(1);
    second.ws.terminate();
  });

  it('that is spent in this way takes the link with it that the session still has', async () => {
    const log = new Log();
    const { id: hub, port } = server();
    const first = await hand(port, 1);
    const token = (await first.peer.next()).subarray(32);
    await log.take(c.network_type_connect);
    const wrong = frame(5, Buffer.concat([word(99), Buffer.alloc(16, 7), token]));
    const second = await hand(port, 3, wrong);
    expect((await second.peer.next()).readUInt32LE(16)).toBe(1);
    expect(await log.take(c.network_type_disconnect)).toMatchObject({ code: 1002 });
    expect((await first.peer.closed).code).toBe(1002);
    expect(stats(hub)).toMatchObject({ clients: 1, drops: { bad_control: 1 } });
    second.ws.terminate();
  });

  it.each([
    ['a resume flag without a frame', 3, Buffer.alloc(0)],
    ['a resume frame without tokens', 3, frame(5, Buffer.alloc(20))],
    ['a resume frame of an odd size', 3, frame(5, Buffer.alloc(40))],
    ['another frame in its place', 3, frame(2, Buffer.alloc(8))],
    ['a frame that nobody announced', 1, frame(2, Buffer.alloc(8))],
  ])('is nothing for %s: dropped as a bad handshake', async (_, flags, behind) => {
    const { id: hub, port } = server();
    const { peer } = await hand(port, flags, behind);
    expect((await peer.closed).code).toBe(1002);
    expect(stats(hub).drops).toEqual({ bad_handshake: 1 });
  });
});

describe('control frames', () => {
  it.each([
    ['too long', Buffer.concat([Buffer.from('7eb1dec0', 'hex'), word(2), word(129)])],
    ['a welcome in mid-stream', frame(1, Buffer.alloc(24))],
    ['a resume in mid-stream', frame(5, Buffer.alloc(36))],
    ['a ping that is too short', frame(2, Buffer.alloc(7))],
    ['an acknowledgement of nothing', frame(4, word(5))],
  ])('that are %s end the connection', async (_, bytes) => {
    const log = new Log();
    const { port } = server();
    const { peer, ws } = await hand(port, 1);
    await peer.next();
    await log.take(c.network_type_connect);
    ws.send(bytes);
    expect((await peer.closed).code).toBe(1002);
    await log.take(c.network_type_disconnect);
  });

  it('are answered, ignored where they are of a later version, and taken split at every byte', async () => {
    const log = new Log();
    const { port } = server();
    const { peer, ws } = await hand(port, 0);
    await peer.next();
    const { socket } = await log.take(c.network_type_connect);
    const time = Buffer.alloc(8);
    time.writeDoubleLE(1234.5);
    const stream = Buffer.concat([frame(2, time), frame(77, Buffer.alloc(128)), packet('x')]);
    for (let cut = 1; cut < stream.length; cut++) {
      ws.send(stream.subarray(0, cut));
      ws.send(stream.subarray(cut));
      expect((await log.take(c.network_type_data, (event) => event.id === socket)).text).toBe('x');
      const answer = await peer.next();
      const pong = answer.readUInt32LE(4) === 3 ? answer : await peer.next();
      expect([pong.readUInt32LE(4), pong.readDoubleLE(12)]).toEqual([3, 1234.5]);
    }
    ws.terminate();
    await once(ws, 'close');
  });

  it('that acknowledge where there is no session end the connection', async () => {
    const log = new Log();
    const { id: hub, port } = server();
    const { peer, ws } = await hand(port, 0);
    await peer.next();
    await log.take(c.network_type_connect);
    ws.send(frame(4, word(0)));
    expect((await peer.closed).code).toBe(1002);
    expect(await log.take(c.network_type_disconnect)).toMatchObject({ id: hub, code: 1002 });
    expect(stats(hub).drops).toEqual({ bad_header: 1 });
  });

  it('that acknowledge to a client without a session end its connection', async () => {
    const log = new Log();
    const { port, left } = await server_by_hand((ws) => {
      ws.send(Buffer.concat([STEP_3, frame(1, Buffer.alloc(24)), packet('first')]));
      ws.send(frame(4, word(0)));
    });
    const id = client(port);
    expect((await log.take(c.network_type_non_blocking_connect)).succeeded).toBe(1);
    expect((await log.take(c.network_type_data)).text).toBe('first');
    // The code on the wire, also where this end has given it.
    expect(await log.take(c.network_type_disconnect)).toMatchObject({ id, code: 3002 });
    expect(await left).toBe(3002);
  });

  it.each([0, 4, 8, 23])('that welcome with %i bytes end the connection', async (bytes) => {
    const log = new Log();
    const { port, left } = await server_by_hand((ws) => {
      ws.send(Buffer.concat([STEP_3, frame(1, Buffer.alloc(bytes))]));
    });
    const id = client(port);
    expect(await log.take(c.network_type_non_blocking_connect)).toMatchObject({
      id,
      succeeded: 0,
      error: 'protocol',
      reason: 'the peer has sent a broken control frame',
    });
    expect(await left).toBe(3002);
  });

  it('that acknowledge are not sent to who does not read, and come when it does', async () => {
    const log = new Log();
    const { id: hub, port } = server();
    network_set_config(c.network_config_heartbeat_interval, 0, hub);
    const { peer, ws } = await hand(port, 1);
    await peer.next();
    const { socket } = await log.take(c.network_type_connect);
    ws.pause();
    // More than the kernel takes: the rest waits in our process.
    network_set_config(c.network_config_resume_buffer, 2 ** 30, hub);
    const megabyte = 'x'.repeat(1024 * 1024);
    for (let i = 0; i < 12; i++) expect(send(socket as number, megabyte)).toBe(megabyte.length);
    await new Promise((done) => setTimeout(done));
    const before = stats(socket as number).buffered_bytes;
    expect(before).toBeGreaterThan(65_536);
    ws.send(Buffer.concat(Array.from({ length: 1000 }, () => packet('y'))));
    for (let i = 0; i < 1000; i++) await log.take(c.network_type_data);
    expect(stats(socket as number).buffered_bytes).toBeLessThanOrEqual(before);
    ws.resume();
    for (let ack: Buffer | undefined; ack === undefined; ) {
      const message = await peer.next();
      if (message.readUInt32LE(0) === 0xc0deb17e) ack = message;
      if (ack !== undefined) expect(ack).toEqual(frame(4, word(1000)));
    }
  });

  it('that acknowledge reach a peer that reads, but never catches up', async () => {
    const clock = new FakeClock();
    const log = new Log();
    const { id: hub, port } = server();
    network_set_config(c.network_config_heartbeat_interval, 0, hub);
    network_set_config(c.network_config_resume_buffer, 2 ** 30, hub);
    const { peer, ws } = await hand(port, 1);
    await peer.next();
    const { socket } = await log.take(c.network_type_connect);
    // More than the kernel takes, and then as much again as has been read.
    const megabyte = 'x'.repeat(1024 * 1024);
    ws.pause();
    for (let i = 0; i < 12; i++) send(socket as number, megabyte);
    ws.send(packet('y'));
    await log.take(c.network_type_data);
    let acks = 0;
    for (let i = 0; i < 200 && acks < 2; i++) {
      ws.resume();
      const message = await peer.next();
      if (message.readUInt32LE(0) === 0xc0deb17e) {
        acks++;
        expect(message).toEqual(frame(4, word(acks)));
        ws.send(packet('y'));
        await log.take(c.network_type_data);
      } else send(socket as number, megabyte);
      ws.pause();
      expect(stats(socket as number).buffered_bytes).toBeGreaterThan(65_536);
      clock.advance(250);
    }
    expect(acks).toBe(2);
    ws.terminate();
  });

  it('that come where nothing is resumed do not end a session twice', async () => {
    network_set_config(c.network_config_reconnect, 1);
    network_set_config(c.network_config_reconnect_delay, 1);
    const log = new Log();
    let visits = 0;
    const { port } = await server_by_hand((ws) => {
      visits++;
      const welcome = frame(1, Buffer.concat([word(1), word(30_000), Buffer.alloc(16, 7)]));
      if (visits === 1) ws.send(Buffer.concat([STEP_3, welcome]), () => ws.terminate());
      else if (visits === 2) ws.send(Buffer.concat([STEP_3, frame(2, Buffer.alloc(8))]));
      else ws.send(Buffer.concat([STEP_3, welcome]));
    });
    const id = client(port);
    await log.take(c.network_type_non_blocking_connect);
    await log.take(lost);
    expect(await log.take(c.network_type_disconnect)).toMatchObject({ id, code: 1006 });
    expect(await log.take(c.network_type_non_blocking_connect)).toMatchObject({ succeeded: 1 });
    expect(visits).toBe(3);
    expect(log.seen).toEqual([]);
  });

  it('that acknowledge are understood by a client that has asked for its session, whatever it wants by now', async () => {
    network_set_config(c.network_config_reconnect, 1);
    const log = new Log();
    const { port } = await server_by_hand((ws, asked) => {
      expect(asked.subarray(12).toString('hex')).toBe('42573181');
      network_set_config(c.network_config_reconnect, 0);
      const welcome = frame(1, Buffer.concat([word(1), word(30_000), Buffer.alloc(16, 7)]));
      ws.send(Buffer.concat([STEP_3, welcome]));
      ws.send(Buffer.concat([frame(4, word(0)), packet('behind')]));
    });
    const id = client(port);
    expect(await log.take(c.network_type_data)).toMatchObject({ id, text: 'behind' });
  });

  it('are an error to a peer that has not agreed to them', async () => {
    const log = new Log();
    const { id: hub, port } = server();
    const peer = await joined_client(port);
    await log.take(c.network_type_connect);
    peer.ws.send(frame(2, Buffer.alloc(8)));
    expect((await peer.closed).code).toBe(1002);
    expect(stats(hub).drops).toEqual({ bad_header: 1 });
  });
});
