// Peers that misuse signaling, or die while they dial: a server and a client process survive them, keep nothing of them, serve
// others meanwhile, and exit by themselves.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type WebSocket from 'ws';
import { WebSocketServer } from 'ws';
import * as c from '../../bindings/constants.js';
import {
  call,
  datagram,
  join,
  Peer,
  type Said,
  SHARED_PROTOCOL,
  type Talk,
  visit,
} from '../conformance/signaling-verifier.js';
import { afterwards, server } from '../net/harness.js';
import { OFFERS } from './offers.js';
import { Victim } from './rtc-victim.js';

let victim: Victim;
let port: number;

const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));
const drops = async () => Object.values((await victim.report()).drops)[0];

async function caller(): Promise<Talk> {
  const talk = await call(port);
  afterwards(() => talk.ws.terminate());
  return talk;
}

/** A visitor who gets as far as `joined`. */
async function joined(): Promise<Talk> {
  const talk = await caller();
  talk.say(join(''));
  await talk.hear('joined');
  return talk;
}

/** Somebody who plays by the rules gets in, and is heard. */
async function others_are_served(): Promise<void> {
  const { talk, peer, wire } = await visit(port, join(''), afterwards);
  const words = 'somebody else has something to say';
  wire.channel.sendMessageBinary(datagram(0, words));
  const { id } = await victim.event({ type: c.network_type_data, text: String(words.length) });
  wire.channel.sendMessage('bye 1000 done');
  await victim.event({ type: c.network_type_disconnect, socket: id });
  talk.ws.terminate();
  await wire.ended();
  peer.close();
}

describe('a server', () => {
  beforeEach(async () => {
    victim = new Victim();
    await victim.ask('set', { param: c.network_config_heartbeat_interval, value: 200 });
    await victim.ask('set', { param: c.network_config_heartbeat_timeout, value: 4000 });
    await victim.ask('set', { param: c.network_config_resume_window, value: 0 });
    const how = { type: c.network_socket_udp, options: { rooms: true } };
    ({ port } = await victim.ask<{ port: number }>('serve', how));
  });

  afterEach(async () => {
    await others_are_served();
    // The listening socket stays.
    await victim.calm({ TCPServerWrap: 1, TCPSocketWrap: 0, Timeout: 0 });
    await victim.end();
  });

  it('outlives offers that are none', async () => {
    for (const [title, sdp] of OFFERS) {
      const talk = await joined();
      talk.say({ t: 'offer', peer: 0, sdp });
      for (const candidate of [
        '',
        'x',
        'candidate:',
        'candidate:1 1 UDP 1 999.1.1.1 70000 typ host',
      ])
        talk.say({ t: 'candidate', peer: 0, candidate, mid: 'no such' });
      // Some are refused, and some might come to something if candidates followed.
      await Promise.race([talk.closed, sleep(100)]);
      talk.ws.terminate();
      expect([title, (await victim.report()).peers < 99]).toEqual([title, true]);
    }
  });

  it('outlives candidates without end, messages without end, and messages replayed', async () => {
    const flood = await joined();
    for (let i = 0; i < 10_000; i++)
      flood.say({
        t: 'candidate',
        peer: 0,
        candidate: `candidate:${i} 1 UDP 1 10.0.0.1 9 typ host`,
        mid: '0',
      });
    expect((await flood.hear('bye')).reason).toBe('rate');
    const huge = await joined();
    huge.say('x'.repeat(20_000_000));
    expect(await huge.closed).toBe(1009);
    const binary = await joined();
    binary.ws.send(Buffer.alloc(100));
    expect((await binary.hear('bye')).reason).toBe('malformed');
    // A good visit, and then all that it said again, as it was.
    const said: string[] = [];
    const talk = await caller();
    const send = talk.ws.send.bind(talk.ws) as (message: string) => void;
    talk.ws.send = (message: unknown) => {
      said.push(message as string);
      send(message as string);
    };
    talk.say(join(''));
    const { resume } = await talk.hear('joined');
    const peer = new Peer(talk, 0);
    const wire = peer.channel('bytewire.udp');
    void peer.listen().catch(() => {});
    await wire.opened();
    const { socket } = await victim.event({ type: c.network_type_connect });
    for (const again of [
      said,
      [JSON.stringify(join('', { resume })), ...said.slice(1)],
      said.reverse(),
    ]) {
      const replay = await caller();
      for (const message of again) replay.say(message);
      await Promise.race([replay.closed, sleep(300)]);
      replay.ws.terminate();
    }
    // The one who was first is none the worse for it.
    wire.channel.sendMessageBinary(datagram(0, 'still'));
    await victim.event({ type: c.network_type_data, id: socket, text: '5' });
    wire.channel.sendMessage('bye 1000 done');
    await victim.event({ type: c.network_type_disconnect, socket });
    peer.close();
    talk.ws.terminate();
    expect(await drops()).toMatchObject({ signaling_rate: 1, signaling_too_large: 1 });
  });

  it('lets half-open dials hold no more than their share, and ends them', async () => {
    const talks = await Promise.all(Array.from({ length: 120 }, caller));
    for (const talk of talks) talk.say(join(''));
    for (const talk of talks) expect((await talk.hear('joined', 'bye')).t).toBe('joined');
    expect((await victim.report()).peers).toBe(0);
    // Some leave; the others are shown the door in time.
    for (const talk of talks.splice(8)) talk.ws.terminate();
    await others_are_served();
    // At once where others wait for a place of a client.
    for (const talk of talks) {
      expect(['failed', 'timeout']).toContain((await talk.hear('bye')).reason);
    }
  });

  // Other systems than Linux have one address of this kind only.
  const elsewhere = process.platform === 'linux' ? ['127.0.0.2', '127.0.0.3'] : [];

  it.each([
    ['of their address', ['127.0.0.1']],
    ['there are', elsewhere],
  ])('serves others when visits that offer nothing have all places %s', async (_, from) => {
    const calls = from.flatMap((ip) => [1, 2].map(() => call(port, SHARED_PROTOCOL, ip)));
    const talks = await Promise.all(calls);
    for (const talk of talks) {
      afterwards(() => talk.ws.terminate());
      for (let i = 1; i <= 64; i++) talk.say({ ...join(''), visit: i });
    }
    const inside = () => talks.flatMap(({ said }) => said).filter(({ t }) => t === 'joined').length;
    while (inside() < 64 * talks.length) await sleep(20);
    await others_are_served();
    // Who made room for it, and nobody else.
    const ends = talks.flatMap(({ said }) => said).filter(({ t }) => t === 'bye');
    expect(new Set(ends.map(({ reason }) => reason))).toEqual(
      new Set(talks.length > 0 ? ['timeout'] : []),
    );
    for (const talk of talks) talk.ws.terminate();
  });

  it('keeps visitors who say much from costing a room its host', async () => {
    const host = await caller();
    host.say({ t: 'host', room: 'R', key: '0123456789abcdef' });
    await host.hear('hosted');
    let heard = 0;
    let most = 0;
    let since = performance.now();
    host.ws.on('message', (data) => {
      if (performance.now() - since > 1000) [heard, since] = [0, performance.now()];
      most = Math.max(most, ++heard);
      const { t, peer } = JSON.parse(String(data));
      if (t === 'visit') host.say({ t: 'joined', peer, resume: '', restart: false, ice: [] });
    });
    const [from] = elsewhere;
    const talks = await Promise.all(
      Array.from({ length: 10 }, () => call(port, SHARED_PROTOCOL, from)),
    );
    const candidate = 'candidate:1 1 UDP 1 10.0.0.1 9 typ host';
    const flood = async (talk: Talk) => {
      for (let i = 1; i <= 64; i++) talk.say({ ...join('R'), visit: i });
      for (let i = 1; i <= 64; i++) {
        const { t, peer } = await talk.hear('joined', 'bye');
        for (let n = 0; t === 'joined' && n < 60; n++) {
          talk.say({ t: 'candidate', peer, candidate, mid: '0' });
        }
      }
    };
    for (const talk of talks) afterwards(() => talk.ws.terminate());
    // Some are hung up on meanwhile.
    await Promise.all(talks.map((talk) => flood(talk).catch(() => {})));
    if (from !== undefined) {
      const guest = await caller();
      guest.say(join('R'));
      await guest.hear('joined');
    }
    // A host of the library hangs up where it hears more.
    expect(most).toBeLessThan(16_000);
    expect(host.over).toBe(false);
    for (const talk of talks) talk.ws.terminate();
    host.ws.terminate();
  });

  it('hears all that a host says to many visitors at once, and hangs up on one who talks to nobody', async () => {
    const host = await caller();
    host.say({ t: 'host', room: 'R', key: '0123456789abcdef' });
    await host.hear('hosted');
    const talk = await call(port, SHARED_PROTOCOL);
    afterwards(() => talk.ws.terminate());
    for (let i = 1; i <= 64; i++) talk.say({ ...join('R'), visit: i });
    const candidate = 'candidate:1 1 UDP 1 10.0.0.1 9 typ host';
    for (let i = 1; i <= 64; i++) {
      const { peer } = await host.hear('visit');
      for (let n = 0; n < 60; n++) host.say({ t: 'candidate', peer, candidate, mid: '0' });
    }
    await vi.waitFor(() => expect(talk.said).toHaveLength(64 * 60));
    expect(host.over).toBe(false);
    for (let n = 0; n < 3000; n++) host.say({ t: 'candidate', peer: 0, candidate, mid: '0' });
    expect((await host.hear('bye')).reason).toBe('rate');
    talk.ws.terminate();
  });

  it('takes as many rooms as it said, and forgets them all', async () => {
    const how = {
      type: c.network_socket_tcp,
      options: { rooms: { max_rooms: 1000, connections_per_address: 0 } },
    };
    const udp = port;
    const { port: rooms } = await victim.ask<{ port: number }>('serve', how);
    let hosted = 0;
    const refusals = new Set<unknown>();
    const all: WebSocket[] = [];
    for (let i = 0; i < 2000; i += 100) {
      await Promise.all(
        Array.from({ length: 100 }, async (_, n) => {
          const talk = await call(rooms);
          all.push(talk.ws);
          talk.say({ t: 'host', room: `R${i + n}`, key: 'a key of its own, long' });
          const said: Said = await talk.hear('hosted', 'bye');
          if (said.t === 'hosted') hosted++;
          else refusals.add(said.reason);
        }),
      );
    }
    expect(hosted).toBe(1000);
    expect([...refusals]).toEqual(['full']);
    port = udp;
    await others_are_served();
    for (const ws of all) ws.terminate();
    // This one goes, the one for `others_are_served` stays.
    const { drops } = await victim.report();
    await victim.ask('destroy', { id: Number(Object.keys(drops)[1]) });
  });

  it('forgets clients that die at each step of the dial', async () => {
    const steps = [
      'connected',
      'called',
      'heard joined',
      'said offer',
      'heard answer',
      'heard candidate',
      'said candidate',
      'open',
    ];
    await Promise.all(
      steps.map(async (step) => {
        const child = fork(script, ['visitor', String(port), step]);
        afterwards(() => child.kill('SIGKILL'));
        const [code, signal] = await once(child, 'exit');
        expect([step, code, signal]).toEqual([step, null, 'SIGKILL']);
      }),
    );
    // Who got as far as a channel is missed by the heartbeat.
    await victim.event({ type: c.network_type_disconnect });
  });
});

const script = fileURLToPath(new URL('./rtc-dying.mjs', import.meta.url));

describe('a client', () => {
  beforeEach(async () => {
    victim = new Victim();
    await victim.ask('set', { param: c.network_config_connect_timeout, value: 700 });
    await victim.ask('set', { param: c.network_config_heartbeat_interval, value: 200 });
    await victim.ask('set', { param: c.network_config_heartbeat_timeout, value: 4000 });
  });

  afterEach(async () => {
    await victim.calm();
    await victim.end();
  });

  it('hears of hosts that die at each step of the dial', async () => {
    for (const step of [
      'heard visit',
      'said joined',
      'heard offer',
      'said answer',
      'heard candidate',
      'open',
    ]) {
      // Each with a signaling server of its own: the room of a lost host is kept for it.
      const hub = server(8, { rooms: true });
      const url = `ws://127.0.0.1:${hub.port}`;
      await victim.ask('set', { param: c.network_config_signaling_url, value: url });
      const host: ChildProcess = fork(script, ['host', String(hub.port), step]);
      afterwards(() => host.kill('SIGKILL'));
      await once(host, 'message');
      const how = { type: c.network_socket_udp, url: 'room:R' };
      const { id } = await victim.ask<{ id: number }>('connect', how);
      const said = await victim.event({ type: c.network_type_non_blocking_connect, id });
      if (said.succeeded === 1) {
        // It may have come just in time.
        expect(step).toMatch(/open|candidate|answer/);
        await victim.event({ type: c.network_type_disconnect, id });
      } else expect([step, said.reason]).toEqual([step, expect.stringMatching(/./)]);
    }
  });

  const SIGNALS: [string, (ws: WebSocket) => void][] = [
    ['says nothing', () => {}],
    ['closes at once', (ws) => ws.close(1011)],
    ['cuts at once', (ws) => ws.terminate()],
    [
      'says garbage',
      (ws) => ['', '{', '[]', 'null', '{"t":{}}', '{"t":"joined"}'].forEach((m) => void ws.send(m)),
    ],
    ['sends bytes', (ws) => ws.send(Buffer.alloc(1000))],
    ['says too much at once', (ws) => ws.send('x'.repeat(100_000))],
    ['says bye without a reason', (ws) => ws.send('{"t":"bye"}')],
    ['says joined a thousand times', (ws) => many(ws, 1000, JOINED)],
    ['answers before it is asked', (ws) => many(ws, 3, ANSWER, JOINED)],
    ['answers garbage', (ws) => many(ws, 3, JOINED, ANSWER)],
    ['makes offers', (ws) => many(ws, 50, { t: 'offer', peer: 0, sdp: 'v=0\r\n' }, JOINED)],
    ['names 10,000 candidates', (ws) => many(ws, 10_000, CANDIDATE, JOINED, ANSWER)],
    ['talks without end', (ws) => many(ws, 100_000, { t: 'pong' })],
    [
      'gives TURN servers that are none',
      (ws) => many(ws, 1, { ...JOINED, ice: [{ urls: 'turn:[::::]:x?y' }] }),
    ],
    [
      'gives TURN servers without end',
      (ws) => many(ws, 1, { ...JOINED, ice: Array(100).fill({ urls: 'stun:x' }) }),
    ],
  ];
  const JOINED = { t: 'joined', peer: 0, resume: '', restart: true, ice: [] };
  const ANSWER = { t: 'answer', peer: 0, sdp: 'v=0\r\ngarbage' };
  const CANDIDATE = {
    t: 'candidate',
    peer: 0,
    candidate: 'candidate:1 1 UDP 1 x 9 typ host',
    mid: '0',
  };
  function many(ws: WebSocket, n: number, ...messages: object[]): void {
    for (const message of messages) {
      const text = JSON.stringify(message);
      for (let i = 0; i < n; i++) ws.send(text);
    }
  }

  it('outlives signaling servers of every kind, as visitor and as host', async () => {
    for (const [title, misbehave] of SIGNALS) {
      const wss = new WebSocketServer({ port: 0, host: '127.0.0.1' });
      await once(wss, 'listening');
      wss.on('connection', (ws) => {
        ws.on('error', () => {});
        misbehave(ws);
      });
      const { port: at } = wss.address() as { port: number };
      const { id } = await victim.ask<{ id: number }>('connect', {
        type: c.network_socket_udp,
        url: '127.0.0.1',
        port: at,
      });
      await victim.ask('set', {
        param: c.network_config_signaling_url,
        value: `ws://127.0.0.1:${at}`,
      });
      const { id: room } = await victim.ask<{ id: number }>('serve', {
        type: c.network_socket_udp,
        port: '',
      });
      const said = await victim.event({ type: c.network_type_non_blocking_connect, id });
      expect([title, said.succeeded, said.reason]).toEqual([title, 0, expect.stringMatching(/\w/)]);
      const end = await victim.event({ type: c.network_type_disconnect, id: room });
      expect([title, end.reason]).toEqual([title, expect.stringMatching(/\w/)]);
      for (const ws of wss.clients) ws.terminate();
      wss.close();
      await victim.calm();
    }
  });

  it('outlives servers that are none: silent, slow, or of another kind', async () => {
    const kinds: [string, (stream: Socket) => void][] = [
      ['silence', () => {}],
      ['an error', (stream) => stream.end('HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n')],
      ['noise', (stream) => stream.write(Buffer.alloc(10_000, 7))],
      ['half a header', (stream) => stream.write('HTTP/1.1 101 Switch')],
    ];
    for (const [title, talk] of kinds) {
      const streams: Socket[] = [];
      const tcp = createServer((stream) => {
        streams.push(stream.on('error', () => {}));
        talk(stream);
      });
      tcp.listen(0, '127.0.0.1');
      await once(tcp, 'listening');
      const { id } = await victim.ask<{ id: number }>('connect', {
        type: c.network_socket_udp,
        url: '127.0.0.1',
        port: (tcp.address() as { port: number }).port,
      });
      const said = await victim.event({ type: c.network_type_non_blocking_connect, id });
      expect([title, said.succeeded, said.error]).toEqual([title, 0, 'no_signaling']);
      for (const stream of streams) stream.destroy();
      tcp.close();
    }
  });

  it('as host outlives visits without end, under one number and under many', async () => {
    const wss = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(wss, 'listening');
    const { port: at } = wss.address() as { port: number };
    await victim.ask('set', {
      param: c.network_config_signaling_url,
      value: `ws://127.0.0.1:${at}`,
    });
    const { id } = await victim.ask<{ id: number }>('serve', {
      type: c.network_socket_udp,
      port: '',
    });
    const [ws] = (await once(wss, 'connection')) as [WebSocket];
    const [hello] = await once(ws, 'message');
    const { room, key } = JSON.parse(String(hello)) as { room: string; key: string };
    many(ws, 1, { t: 'hosted', room, key, ice: [] });
    await victim.event({ type: c.network_type_listening, id });
    const heard: Said[] = [];
    ws.on('message', (data) => heard.push(JSON.parse(String(data))));
    const who = { origin: '', resume: '', token: '', bound: 0, port: 1, channel: 'bytewire.udp' };
    const offer = { t: 'offer', sdp: 'v=0\r\n' };
    for (let peer = 1; peer < 6400; peer++) {
      many(ws, 1, { t: 'visit', peer: peer % 3 ? peer : 7, ip: `10.0.0.${peer % 200}`, ...who });
      if (peer < 1700) {
        many(ws, 1, { ...offer, peer }, { t: 'candidate', peer, candidate: 'x', mid: '0' });
      }
      if (peer > 6350) many(ws, 1, { t: 'bye', peer: peer - 1, reason: 'left', message: '' });
    }
    many(ws, 1, { t: 'visit', peer: 7000, ip: '10.0.0.1', ...who });
    while (!heard.some(({ peer }) => peer === 7000)) await sleep(20);
    expect(heard.some(({ reason }) => reason === 'full')).toBe(true);
    expect((await victim.report()).peers).toBeLessThanOrEqual(256);
    await victim.ask('destroy', { id });
    wss.close();
    ws.terminate();
  });
});
