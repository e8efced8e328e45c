// Who may come in to a WebRTC server, under which addresses and ports it is found, and rooms: their codes, hosts that leave, signaling
// servers that are lost.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, it, vi } from 'vitest';
import * as c from '../../bindings/constants.js';
import { async_on } from '../../bindings/events.js';
import {
  type JoinRequest,
  network_connect,
  network_create_server,
  network_create_socket,
  network_destroy,
  network_get_state,
  network_set_config,
  type ServerOptions,
} from '../../bindings/network.js';
import { make_room_code, room_name } from '../../bindings/rtc/signaling-message.js';
import { call, join, SHARED_PROTOCOL, visit } from '../conformance/signaling-verifier.js';
import { afterwards, Log, type Seen, send, server, stats } from './harness.js';
import { turn_server } from './turn-server.js';
import { udp_server } from './udp-harness.js';

const on = (id: number) => (event: Seen) => event.id === id || event.socket === id;

function set(param: number, value: string | unknown[]): void {
  network_set_config(param, value as string);
  afterwards(() => network_set_config(param, Array.isArray(value) ? [] : ''));
}

/** A signaling server, and the setting for it. */
function hub(options: ServerOptions = {}): { id: number; port: number } {
  const made = server(8, { rooms: true, ...options });
  set(c.network_config_signaling_url, `ws://127.0.0.1:${made.port}`);
  return made;
}

function host(type: number, room = '', options: ServerOptions = {}): number {
  const id = network_create_server(type, room, 8, options);
  expect(id).toBeGreaterThanOrEqual(0);
  afterwards(() => network_destroy(id));
  return id;
}

/** Tries to get in; gives how that came out. */
async function dial(log: Log, url: string, port = 0, type = c.network_socket_udp): Promise<Seen> {
  const id = network_create_socket(type);
  afterwards(() => network_destroy(id));
  expect(network_connect(id, url, port)).toBe(id);
  return log.take(c.network_type_non_blocking_connect, (event) => event.id === id);
}

/** The candidates of a server, as a visitor by the standard hears them. */
async function candidates(port: number): Promise<string[]> {
  const { peer } = await visit(port, join(''), afterwards);
  // The channel may be open before all have been said.
  await vi.waitFor(() => expect(peer.candidates.join()).toContain(' 127.0.0.1 '));
  return peer.candidates;
}

const port_of = (candidate: string) => Number(candidate.split(' ')[5]);
const address_of = (candidate: string) => candidate.split(' ')[4];

it('asks `join` about everybody, and lets in whom it lets in', async () => {
  const log = new Log();
  const asked: JoinRequest[] = [];
  const errors: unknown[] = [];
  afterwards(async_on('error', ({ error }) => errors.push((error as Error).message)));
  const { id, port } = udp_server(8, {
    join: async (request) => {
      asked.push(request);
      if (request.token === 'throws') throw new Error('the database is away');
      if (request.token === 'false') return false;
      return request.token === 'ticket 7' || 'no ticket';
    },
  });
  for (const [token, reason] of [
    ['', 'no ticket'],
    ['false', 'the host does not let you in'],
    ['throws', 'the host does not let you in'],
  ]) {
    set(c.network_config_join_token, token);
    expect(await dial(log, '127.0.0.1', port)).toMatchObject({
      succeeded: 0,
      error: 'refused',
      reason,
    });
  }
  set(c.network_config_join_token, 'ticket 7');
  expect(await dial(log, '127.0.0.1', port)).toMatchObject({ succeeded: 1 });
  expect(asked.at(-1)).toEqual({
    ip: '127.0.0.1',
    origin: '',
    token: 'ticket 7',
    room: '',
  });
  expect(errors).toEqual(['the database is away']);
  expect(stats(id).drops).toEqual({ join_refused: 3 });
});

it('asks for a password before all else', async () => {
  const log = new Log();
  const asked: string[] = [];
  const { port } = udp_server(8, {
    password: 'sesame',
    join: ({ token }) => asked.push(token) > 0,
  });
  for (const token of ['', 'sesam', 'sesame ', 'Sesame']) {
    set(c.network_config_join_token, token);
    expect((await dial(log, '127.0.0.1', port)).reason).toBe('wrong password');
  }
  set(c.network_config_join_token, 'sesame');
  expect((await dial(log, '127.0.0.1', port)).succeeded).toBe(1);
  expect(asked).toEqual(['sesame']);
});

it('turns pages of other origins away', async () => {
  const { port } = udp_server(8, { origin: ['https://game.example'] });
  const talk = await call(port);
  afterwards(() => talk.ws.terminate());
  talk.say(join(''));
  expect(await talk.hear('bye')).toMatchObject({ reason: 'refused', message: 'origin' });
});

it('asks for ICE servers at each connection, on both sides, and gives its own to its clients', async () => {
  const log = new Log();
  let theirs = 0;
  let mine = 0;
  const { port } = udp_server(8, {
    ice_servers: () => {
      theirs++;
      return [{ urls: 'turn:127.0.0.1:9', username: 'until', credential: String(theirs) }];
    },
  });
  set(c.network_config_ice_servers, []);
  network_set_config(c.network_config_ice_servers, async () => {
    mine++;
    return [];
  });
  for (let n = 1; n <= 3; n++) {
    expect((await dial(log, '127.0.0.1', port)).succeeded).toBe(1);
    expect(mine).toBe(n);
    // For the client, and for the server's own end.
    expect(theirs).toBe(2 * n);
  }
  const talk = await call(port);
  afterwards(() => talk.ws.terminate());
  talk.say(join(''));
  expect((await talk.hear('joined')).ice).toEqual([
    { urls: ['turn:127.0.0.1:9'], username: 'until', credential: '7' },
  ]);
});

it('has an address at a TURN server when the credentials are right, and is told to the others', async () => {
  const turn = await turn_server({ until7: 'secret' });
  afterwards(() => turn.stop());
  const urls = `turn:127.0.0.1:${turn.port}?transport=udp`;
  const { port } = udp_server(8, {
    ice_servers: () => [{ urls, username: 'until7', credential: 'secret' }],
    // On one port for all the library takes no TURN server.
    udp_port: [47_000, 47_999],
  });
  const found = await candidates(port);
  await vi.waitFor(() => expect(found.join()).toMatch(/127\.0\.0\.1 \d+ typ relay/), 10_000);
  expect(turn.allowed).toContain('until7');
  // The client was given the same list with its invitation.
  const log = new Log();
  const before = turn.allowed.length;
  expect((await dial(log, '127.0.0.1', port)).succeeded).toBe(1);
  await vi.waitFor(() => expect(turn.allowed.length).toBeGreaterThanOrEqual(before + 2), 10_000);
  expect(turn.refused).toEqual([]);
});

it('a signaling server without a game of its own gives its ICE servers to hosts, and to their visitors', async () => {
  const ice_servers = [{ urls: ['turn:lobby.example'], username: 'a', credential: 'b' }];
  const { port } = hub({ ice_servers });
  const host = await call(port);
  afterwards(() => host.ws.terminate());
  host.say({ t: 'host', room: 'R', key: '0123456789abcdef' });
  expect(await host.hear('hosted')).toMatchObject({ ice: ice_servers });
  const guest = await call(port);
  afterwards(() => guest.ws.terminate());
  guest.say(join('R'));
  const { peer } = await host.hear('visit');
  host.say({ t: 'joined', peer, resume: '', restart: false, ice: [] });
  expect(await guest.hear('joined')).toMatchObject({ ice: ice_servers });
});

it('says so when its list of ICE servers cannot be had', async () => {
  const log = new Log();
  const { port } = udp_server();
  set(c.network_config_ice_servers, []);
  network_set_config(c.network_config_ice_servers, () => {
    throw new Error('no credentials today');
  });
  expect(await dial(log, '127.0.0.1', port)).toMatchObject({
    succeeded: 0,
    error: 'ice_failed',
    reason: expect.stringContaining('no credentials today'),
  });
});

it('is found under an external address too, by the port that it has', async () => {
  const { port } = udp_server(8, { external_address: ['203.0.113.7', '203.0.113.8'] });
  const all = await candidates(port);
  for (const address of ['203.0.113.7', '203.0.113.8']) {
    expect(all.filter((one) => address_of(one) === address).map(port_of)).toEqual([port]);
  }
});

it('says so when each port of its range is in use', async () => {
  const log = new Log();
  const { id, port } = udp_server(8, { udp_port: [24_990, 24_991] });
  const outcomes: Seen[] = [];
  for (let i = 0; i < 3; i++) outcomes.push(await dial(log, '127.0.0.1', port));
  expect(outcomes.map(({ succeeded }) => succeeded)).toEqual([1, 1, 0]);
  expect(outcomes[2]).toMatchObject({
    error: 'full',
    reason: expect.stringMatching(/no UDP port from 24990 to 24991/),
  });
  expect(stats(id).drops.join_full).toBeGreaterThanOrEqual(1);
});

it.each([
  'v=0\r\ngarbage',
  'v=0',
  'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\n',
])('answers an offer that is none, and counts it: %j', async (sdp) => {
  const { id, port } = udp_server();
  const talk = await call(port);
  afterwards(() => talk.ws.terminate());
  talk.say(join(''));
  await talk.hear('joined');
  talk.say({ t: 'offer', peer: 0, sdp });
  expect(await talk.hear('bye')).toMatchObject({ reason: 'failed' });
  expect(stats(id).drops).toEqual({ join_failed: 1 });
});

it('takes a UDP port or a range, and says when that is taken', async () => {
  const taken = createSocket('udp4');
  taken.bind(0);
  await once(taken, 'listening');
  const { port: udp_port } = taken.address();
  const log = new Log();
  const late = network_create_server(c.network_socket_udp, 0, 8, { udp_port });
  afterwards(() => network_destroy(late));
  const end = await log.take(c.network_type_disconnect, on(late));
  expect(end.reason).toBe(`the UDP port ${udp_port} is taken`);
  taken.close();
  await once(taken, 'close');
  const one = await candidates(udp_server(8, { udp_port }).port);
  expect(new Set(one.map(port_of))).toEqual(new Set([udp_port]));
  const range: [number, number] = [udp_port > 60_000 ? 41_000 : udp_port + 100, 0];
  range[1] = range[0] + 200;
  const some = udp_server(8, { udp_port: range });
  const found = [...(await candidates(some.port)), ...(await candidates(some.port))].map(port_of);
  expect(Math.min(...found)).toBeGreaterThanOrEqual(range[0]);
  expect(Math.max(...found)).toBeLessThanOrEqual(range[1]);
  expect(new Set(found).size).toBe(2);
  const kinds: [unknown, typeof Error][] = [
    ...[0, 65_536, 1.5, [9, 8], [7801, 7802, 7803], [7801], [], ['1', '2']].map(
      (bad): [unknown, typeof Error] => [bad, RangeError],
    ),
    ...[null, 'x', {}, true].map((bad): [unknown, typeof Error] => [bad, TypeError]),
  ];
  for (const [bad, kind] of kinds) {
    const make = () =>
      network_create_server(c.network_socket_udp, 0, 8, { udp_port: bad as number });
    expect(make).toThrow(kind);
    expect(make).toThrow(/udp_port must be a port or \[from, to\], got/);
  }
});

it('lets more in than can connect at a time: the others wait for their turn', async () => {
  const { port } = udp_server(1000);
  const log = new Log();
  // The last ones wait for as long as the machine takes for all.
  network_set_config(c.network_config_connect_timeout, 90_000);
  network_set_config(c.network_config_handshake_timeout, 90_000);
  const ends = await Promise.all(Array.from({ length: 300 }, () => dial(log, '127.0.0.1', port)));
  expect(ends.filter(({ succeeded }) => succeeded !== 1)).toEqual([]);
});

it('visitors who have left hold no places, whatever `join` does about them; nor does the server when it ends', async () => {
  const log = new Log();
  let asked = 0;
  const { id, port } = udp_server(8, {
    join({ token }) {
      if (token !== 'slow') return true;
      asked++;
      return new Promise(() => {});
    },
  });
  const talks = await Promise.all([1, 2].map(() => call(port, SHARED_PROTOCOL)));
  for (const talk of talks) {
    for (let i = 1; i <= 64; i++) talk.say({ ...join('', { token: 'slow' }), visit: i });
  }
  await vi.waitFor(() => expect(asked).toBe(128));
  for (const talk of talks) talk.ws.terminate();
  expect(await dial(log, '127.0.0.1', port)).toMatchObject({ succeeded: 1 });
  // The answers that are still out keep no timer.
  const cancel = vi.spyOn(globalThis, 'clearTimeout');
  afterwards(() => cancel.mockRestore());
  network_destroy(id);
  expect(cancel.mock.calls.length).toBeGreaterThanOrEqual(128);
}, 30_000);

it('makes codes that can be read out, and reads them as people write them', () => {
  const letters = new Set<string>();
  for (let i = 0; i < 300; i++) {
    const code = make_room_code((n) => crypto.getRandomValues(new Uint8Array(n)));
    expect(code).toMatch(/^[A-Z0-9]{6}$/);
    for (const letter of code) letters.add(letter);
  }
  // Of two that look alike one at most, and no vowel, so that no words come of it.
  for (const pair of ['0O', '1I', '1L', '2Z', '5S', '6G', '8B', 'UV']) {
    expect([...pair].filter((letter) => letters.has(letter)).length).toBeLessThan(2);
  }
  for (const vowel of 'AEIOUY') expect(letters.has(vowel)).toBe(false);
  expect(letters.size).toBe(23);
  expect(room_name(' kd7-fqx ')).toBe('KD7FQX');
  expect(room_name('kd 7_fq\tx')).toBe('KD7FQX');
  for (const none of ['ä', 'a.b', 'x'.repeat(33), '..', '💥'])
    expect(room_name(none)).toBeUndefined();
});

it('a room has a udp and a tcp side for the same clients; what it has not is refused', async () => {
  const log = new Log();
  hub();
  const udp = host(c.network_socket_udp);
  const { room = '' } = await log.take(c.network_type_listening, on(udp));
  expect(await dial(log, `room:${room}`, 0, c.network_socket_tcp)).toMatchObject({
    succeeded: 0,
    error: 'refused',
  });
  // Also over a connection that stands.
  expect((await dial(log, `room:${room}`)).succeeded).toBe(1);
  expect((await dial(log, `room:${room}`, 0, c.network_socket_tcp)).succeeded).toBe(0);
  const tcp = host(c.network_socket_tcp, room);
  expect((await log.take(c.network_type_listening, on(tcp))).room).toBe(room);
  const reliable = await dial(log, `room:${room}`, 0, c.network_socket_tcp);
  expect(reliable.succeeded).toBe(1);
  const { socket } = await log.take(c.network_type_connect, (event) => event.id === tcp);
  for (let i = 0; i < 200; i++) send(reliable.id as number, `packet ${i}`);
  for (let i = 0; i < 200; i++) {
    const { text } = await log.take(c.network_type_data, (event) => event.id === socket);
    expect(text).toBe(`packet ${i}`);
  }
  send(reliable.id as number, 'x'.repeat(1_000_000));
  expect((await log.take(c.network_type_data)).text?.length).toBe(1_000_000);
  expect(network_create_server(c.network_socket_udp, room, 8)).toBe(c.network_error_address);
});

it('a host that leaves takes its room and its clients with it', async () => {
  const log = new Log();
  hub();
  const udp = host(c.network_socket_udp, 'lob-by');
  await log.take(c.network_type_listening, on(udp));
  const tcp = host(c.network_socket_tcp, 'LOBBY');
  const a = await dial(log, 'room:lobby');
  const b = await dial(log, 'room:LOBBY', 0, c.network_socket_tcp);
  network_destroy(tcp);
  expect((await log.take(c.network_type_disconnect, on(b.id as number))).reason).toBe(
    'server ends',
  );
  expect(network_get_state(a.id as number)).toBe(c.network_state_open);
  network_destroy(udp);
  expect((await log.take(c.network_type_disconnect, on(a.id as number))).reason).toBe(
    'server ends',
  );
  expect((await dial(log, 'room:LOBBY')).error).toBe('no_room');
  // The name is free at once.
  const next = host(c.network_socket_udp, 'LOBBY');
  await log.take(c.network_type_listening, on(next));
});

it('a name that another host has is refused, with a reason', async () => {
  const log = new Log();
  const { port } = hub();
  const talk = await call(port);
  afterwards(() => talk.ws.terminate());
  talk.say({ t: 'host', room: 'LOBBY', key: '0123456789abcdef' });
  await talk.hear('hosted');
  const late = host(c.network_socket_udp, 'LOBBY');
  expect(await log.take(c.network_type_disconnect, on(late))).toMatchObject({
    error: 'room_taken',
    reason: expect.stringMatching(/LOBBY is taken/),
  });
});

it('a signaling server that is lost is looked for again; the room stays, and so do its clients', async () => {
  const log = new Log();
  const first = hub();
  const udp = host(c.network_socket_udp);
  const { room } = await log.take(c.network_type_listening, on(udp));
  const before = await dial(log, `room:${room}`);
  expect(before.succeeded).toBe(1);
  network_destroy(first.id);
  const second = network_create_server(c.network_socket_tcp, first.port, 8, { rooms: true });
  expect(second).toBeGreaterThanOrEqual(0);
  afterwards(() => network_destroy(second));
  await vi.waitFor(async () => expect((await dial(log, `room:${room}`)).succeeded).toBe(1), {
    timeout: 20_000,
    interval: 100,
  });
  expect(network_get_state(before.id as number)).toBe(c.network_state_open);
});

it('arguments are checked before anything happens', () => {
  set(c.network_config_signaling_url, '');
  expect(() => network_create_server(c.network_socket_udp, '', 8)).toThrow(/signaling_url/);
  const id = network_create_socket(c.network_socket_udp);
  afterwards(() => network_destroy(id));
  expect(() => network_connect(id, 'room:KD7FQX', 0)).toThrow(/signaling_url/);
  set(c.network_config_signaling_url, 'ws://127.0.0.1:1');
  expect(() => network_connect(id, 'room:', 0)).toThrow(RangeError);
  expect(() => network_connect(id, 'room:a.b', 0)).toThrow(RangeError);
  // Which no name server would be asked for.
  for (const name of ['x.'.repeat(128), `${'x'.repeat(64)}.example`]) {
    const url = `ws://${name}`;
    expect(() => network_connect(id, name, 1)).toThrow(RangeError);
    expect(() => set(c.network_config_signaling_url, url)).toThrow(RangeError);
  }
  expect(() => network_create_server(c.network_socket_udp, 'a.b', 8)).toThrow(RangeError);
  const options: [object, RegExp][] = [
    [{ password: 7 }, /password/],
    [{ password: 'x'.repeat(4097) }, /password .* 4096/],
    [{ password: '\u0001'.repeat(2000) }, /password .* 8192/],
    [{ join: true }, /join/],
    [{ rooms: 7 }, /rooms/],
    [{ rooms: [] }, /rooms.* must be .*got Array/],
    [{ rooms: null }, /rooms/],
    [{ external_address: null }, /external_address must be a string/],
    [{ external_address: [null] }, /external_address/],
    [{ external_address: 'example.com' }, /external_address/],
    [{ ice_servers: [{ urls: 'http://x' }] }, /ICE servers/],
    [{ ice_servers: Array(9).fill({ urls: 'stun:x' }) }, /ICE servers/],
  ];
  for (const [wrong, message] of options) {
    expect(() => network_create_server(c.network_socket_udp, 0, 8, wrong)).toThrow(message);
  }
  // What would come to nothing.
  for (const of_rtc of [{ udp_port: 9000 }, { external_address: '203.0.113.7' }]) {
    for (const type of [c.network_socket_tcp, c.network_socket_ws]) {
      for (const more of [{}, { rooms: true }]) {
        expect(() => network_create_server(type, 0, 8, { ...of_rtc, ...more })).toThrow(
          /WebRTC|network_socket_udp/,
        );
      }
    }
  }
  expect(() => network_create_server(c.network_socket_udp, 'ROOM', 8, { udp_port: 9000 })).toThrow(
    /udp_port/,
  );
  for (const url of ['http://x', 'ws:', 'x']) {
    expect(() => network_set_config(c.network_config_signaling_url, url)).toThrow(RangeError);
  }
  expect(() => network_set_config(c.network_config_join_token, 'x'.repeat(4097))).toThrow(/4096/);
  // Would not fit into a message.
  expect(() => network_set_config(c.network_config_join_token, '\u0001'.repeat(2000))).toThrow(
    /8192/,
  );
});
