// Places of WebRTC servers: nobody hears that it is in who is not, neither where many come at once nor over a channel too many.
import { expect, it, vi } from 'vitest';
import * as c from '../../bindings/constants.js';
import { async_on } from '../../bindings/events.js';
import {
  network_connect,
  network_connect_raw,
  network_create_server,
  network_create_server_raw,
  network_create_socket,
  network_create_socket_ext,
  network_destroy,
  network_set_config,
  type ServerOptions,
} from '../../bindings/network.js';
import { call, join, Peer } from '../conformance/signaling-verifier.js';
import { slow_clock } from './fake-clock.js';
import { afterwards, Log, type Seen, send, server, stats } from './harness.js';
import { udp_server } from './udp-harness.js';

const { network_socket_tcp: tcp, network_socket_udp: udp } = c;
const DONE = c.network_type_non_blocking_connect;
const name_of = (type: number) => (type === tcp ? 'tcp' : 'udp');

function set(param: number, value: string): void {
  network_set_config(param, value);
  afterwards(() => network_set_config(param, ''));
}

/** A signaling server, and the setting for it. */
function hub(): { id: number; port: number } {
  const made = server(8, { rooms: true });
  set(c.network_config_signaling_url, `ws://127.0.0.1:${made.port}`);
  return made;
}

/** A server in a room of its own, or in one that there is. */
async function host(
  log: Log,
  type: number,
  max_client: number,
  name = '',
  options: ServerOptions = {},
  create = network_create_server,
): Promise<{ id: number; url: string; room: string }> {
  const id = create(type, name, max_client, options);
  expect(id).toBeGreaterThanOrEqual(0);
  afterwards(() => network_destroy(id));
  const { room = '' } = await log.take(c.network_type_listening, (event) => event.id === id);
  return { id, room, url: `room:${room}` };
}

/** Begins to connect. */
function begin(type: number, url: string, port = 0, connect = network_connect): number {
  const id = network_create_socket(type);
  afterwards(() => network_destroy(id));
  expect(connect(id, url, port)).toBe(id);
  return id;
}

const outcome = (log: Log, id: number) => log.take(DONE, (event) => event.id === id);

function dial(log: Log, type: number, url: string, port = 0): Promise<Seen> {
  return outcome(log, begin(type, url, port));
}

const many = (n: number, what: () => Promise<Seen>) => Promise.all(Array.from({ length: n }, what));
const successes = (all: Seen[]) => all.filter(({ succeeded }) => succeeded === 1).length;

/** Of those that came to nothing: what they were told. */
const words = (all: Seen[]) => [
  ...new Set(all.filter(({ succeeded }) => succeeded !== 1).map(({ error }) => error)),
];

/** Nobody has been sent away. */
function expect_no_end(log: Log): void {
  expect(log.seen.filter(({ type }) => type === c.network_type_disconnect)).toEqual([]);
}

it.each([
  [1, 50],
  [7, 40],
])('of many who come at once to %i places all others hear that it is full', async (places, n) => {
  slow_clock();
  const log = new Log();
  const { id, port } = udp_server(places);
  const all = await many(n, () => dial(log, udp, '127.0.0.1', port));
  expect(successes(all)).toBe(places);
  expect(words(all)).toEqual(['full']);
  await vi.waitFor(() => expect(stats(id).clients).toBe(places));
  expect_no_end(log);
});

it.each([tcp, udp])('the same in a room: type %i', async (type) => {
  const log = new Log();
  hub();
  const room = await host(log, type, 3);
  const all = await many(30, () => dial(log, type, room.url));
  expect(successes(all)).toBe(3);
  expect(words(all)).toEqual(['full']);
  expect(stats(room.id).clients).toBe(3);
  expect_no_end(log);
  // One leaves, one comes.
  network_destroy(all.find(({ succeeded }) => succeeded === 1)?.id as number);
  await log.take(c.network_type_disconnect, (event) => event.id === room.id);
  expect(await dial(log, type, room.url)).toMatchObject({ succeeded: 1 });
  expect(await dial(log, type, room.url)).toMatchObject({ succeeded: 0, error: 'full' });
});

it('both kinds of a room at once: each has its own places, and both share their connections', async () => {
  const log = new Log();
  hub();
  const one = await host(log, udp, 4);
  const other = await host(log, tcp, 2, one.room);
  const all = await Promise.all([
    many(12, () => dial(log, udp, one.url)),
    many(12, () => dial(log, tcp, one.url)),
  ]);
  expect(all.map(successes)).toEqual([4, 2]);
  expect(words(all.flat())).toEqual(['full']);
  expect([one, other].map(({ id }) => stats(id).clients)).toEqual([4, 2]);
  expect_no_end(log);
});

it('places of one address are shared out in the same way', async () => {
  const log = new Log();
  const { id, port } = udp_server(64, { connections_per_address: 2 });
  const all = await many(20, () => dial(log, udp, '127.0.0.1', port));
  expect(successes(all)).toBe(2);
  expect(words(all)).toEqual(['full']);
  expect(stats(id).clients).toBe(2);
  expect_no_end(log);
});

it.each([
  ['says no more after it was let in', 'joined'],
  ['makes an offer and does not connect', 'offer'],
  ['goes from signaling before its offer', 'gone'],
  ['dies behind its offer', 'dead'],
  ['makes an offer that is none', 'nonsense'],
])('a visitor who %s gives its place to the next one', async (_, how) => {
  const log = new Log();
  const { id, port } = udp_server(1);
  const talk = await call(port);
  afterwards(() => talk.ws.terminate());
  talk.say(join(''));
  await talk.hear('joined');
  const id_of_next = begin(udp, '127.0.0.1', port);
  if (how === 'offer' || how === 'dead') {
    const peer = new Peer(talk, 0);
    afterwards(() => peer.close());
    peer.channel('bytewire.udp');
    await talk.hear('answer');
  }
  if (how === 'gone' || how === 'dead') talk.ws.terminate();
  if (how === 'nonsense') talk.say({ t: 'offer', peer: 0, sdp: 'v=0' });
  expect(await outcome(log, id_of_next)).toMatchObject({ succeeded: 1 });
  await vi.waitFor(() => expect(stats(id).clients).toBe(1));
  expect_no_end(log);
});

it('who waits is told as soon as the room is full', async () => {
  const log = new Log();
  const asked: ((answer: boolean) => void)[] = [];
  const { port } = udp_server(1, { join: () => new Promise((done) => asked.push(done)) });
  const first = begin(udp, '127.0.0.1', port);
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  const second = begin(udp, '127.0.0.1', port);
  await vi.waitFor(() => expect(asked).toHaveLength(2));
  const third = begin(udp, '127.0.0.1', port);
  await vi.waitFor(() => expect(asked).toHaveLength(3));
  for (const answer of asked.slice(0, 2)) answer(true);
  expect(await outcome(log, first)).toMatchObject({ succeeded: 1 });
  expect(await outcome(log, second)).toMatchObject({ succeeded: 0, error: 'full' });
  // An answer that comes too late to be of use.
  asked[2](true);
  expect(await outcome(log, third)).toMatchObject({ succeeded: 0, error: 'full' });
  expect_no_end(log);
});

it('who is still asked about holds no place', async () => {
  const log = new Log();
  const { port } = udp_server(1, {
    join: ({ token }) => token === '' || new Promise(() => {}),
  });
  const talk = await call(port);
  afterwards(() => talk.ws.terminate());
  talk.say(join('', { token: 'slow' }));
  expect(await dial(log, udp, '127.0.0.1', port)).toMatchObject({ succeeded: 1 });
});

it.each([
  [tcp, udp],
  [udp, tcp],
])(
  'a channel that a room has not is refused over a connection that stands: %i, %i',
  async (has, not) => {
    const log = new Log();
    hub();
    const room = await host(log, has, 8);
    expect(await dial(log, has, room.url)).toMatchObject({ succeeded: 1 });
    const reason = `there is no bytewire.${name_of(not)} here`;
    const refused = { succeeded: 0, error: 'refused', reason };
    expect(await dial(log, not, room.url)).toMatchObject(refused);
    // And where nothing stands.
    set(c.network_config_join_token, 'another');
    expect(await dial(log, not, room.url)).toMatchObject(refused);
    expect_no_end(log);
  },
);

it.each([
  [tcp, udp],
  [udp, tcp],
])('over a connection that stands it is told that there is no room: %i, %i', async (has, full) => {
  const log = new Log();
  hub();
  const room = await host(log, has, 8);
  await host(log, full, 1, room.room);
  // With another token: over a connection of its own.
  set(c.network_config_join_token, 'another');
  expect(await dial(log, full, room.url)).toMatchObject({ succeeded: 1 });
  set(c.network_config_join_token, '');
  expect(await dial(log, has, room.url)).toMatchObject({ succeeded: 1 });
  expect(await dial(log, full, room.url)).toMatchObject({ succeeded: 0, error: 'full' });
  expect_no_end(log);
});

it('both dialled at once where there is only one: it comes in, the other is refused', async () => {
  const log = new Log();
  hub();
  for (const [has, not] of [
    [udp, tcp],
    [tcp, udp],
  ]) {
    const room = await host(log, has, 8);
    for (const order of [
      [has, not],
      [not, has],
    ]) {
      const ids = order.map((type) => begin(type, room.url));
      const all = await Promise.all(ids.map((id) => outcome(log, id)));
      const by = (type: number) => all[order.indexOf(type)];
      expect(by(has)).toMatchObject({ succeeded: 1 });
      expect(by(not)).toMatchObject({ succeeded: 0, error: 'refused' });
      for (const id of ids) network_destroy(id);
    }
  }
});

it.each([
  [tcp, udp],
  [udp, tcp],
])('raw channels that a room has not are refused, too: %i, %i', async (has, not) => {
  const log = new Log();
  hub();
  const room = await host(log, has, 8, '', {}, network_create_server_raw);
  const first = begin(has, room.url, 0, network_connect_raw);
  expect(await outcome(log, first)).toMatchObject({ succeeded: 1 });
  const second = begin(not, room.url, 0, network_connect_raw);
  expect(await outcome(log, second)).toMatchObject({ succeeded: 0, error: 'refused' });
  expect_no_end(log);
});

it('a host of which nothing is heard over a further channel: after a while it counts as taken', async () => {
  const log = new Log();
  hub();
  const room = await host(log, tcp, 8);
  const mute = await host(log, udp, 8, room.room);
  expect(await dial(log, tcp, room.url)).toMatchObject({ succeeded: 1 });
  network_set_config(c.network_config_simulator, { loss: 1 }, mute.id);
  expect(await dial(log, udp, room.url)).toMatchObject({ succeeded: 1 });
  expect(stats(mute.id).clients).toBe(1);
  expect_no_end(log);
});

it('packets that come over a further channel before it counts as taken are delivered behind the event', async () => {
  const log = new Log();
  hub();
  const room = await host(log, tcp, 8);
  const other = await host(log, udp, 8, room.room);
  expect(await dial(log, tcp, room.url)).toMatchObject({ succeeded: 1 });
  afterwards(
    async_on('networking', ({ type, id, socket }) => {
      if (type === c.network_type_connect && id === other.id) send(socket, 'welcome');
    }),
  );
  const id = begin(udp, room.url);
  expect(await log.take(c.network_type_data, (event) => event.id === id)).toMatchObject({
    text: 'welcome',
  });
  expect(log.seen.filter((event) => event.id === id)).toMatchObject([{ type: DONE, succeeded: 1 }]);
});

it('a socket that is bound to a port takes as many as it keeps, and tells the others', async () => {
  const log = new Log();
  const bound = network_create_socket_ext(udp, 0);
  afterwards(() => network_destroy(bound));
  network_set_config(c.network_config_udp_peers, 2, bound);
  const { port } = stats(bound);
  const all = await many(12, () => dial(log, udp, '127.0.0.1', port));
  expect(successes(all)).toBe(2);
  expect(words(all)).toEqual(['full']);
  expect_no_end(log);
});
