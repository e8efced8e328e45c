// Whom the servers of a room let in whose connection stands already: nobody gets past a check over another server's door.
import { expect, it, vi } from 'vitest';
import * as c from '../../bindings/constants.js';
import {
  network_connect,
  network_create_server,
  network_create_socket,
  network_destroy,
  network_set_config,
  type ServerOptions,
} from '../../bindings/network.js';
import { visit as come, join as wish } from '../conformance/signaling-verifier.js';
import { afterwards, Log, type Seen, server, stats } from './harness.js';

const { network_socket_tcp: tcp, network_socket_udp: udp } = c;
const both = [
  [udp, tcp],
  [tcp, udp],
];
const WRONG = { succeeded: 0, error: 'refused', reason: 'wrong password' };

function show(token: string): void {
  network_set_config(c.network_config_join_token, token);
  afterwards(() => network_set_config(c.network_config_join_token, ''));
}

/** A signaling server, and the setting for it. */
function hub(): number {
  const { port } = server(8, { rooms: true });
  network_set_config(c.network_config_signaling_url, `ws://127.0.0.1:${port}`);
  afterwards(() => network_set_config(c.network_config_signaling_url, ''));
  return port;
}

/** A server in a room of its own, or in one that there is. */
async function host(log: Log, type: number, options: ServerOptions = {}, name = '') {
  const id = network_create_server(type, name, 8, options);
  expect(id).toBeGreaterThanOrEqual(0);
  afterwards(() => network_destroy(id));
  const { room = '' } = await log.take(c.network_type_listening, (event) => event.id === id);
  return { id, room };
}

function dial(log: Log, type: number, room: string): Promise<Seen> {
  const id = network_create_socket(type);
  afterwards(() => network_destroy(id));
  expect(network_connect(id, `room:${room}`, 0)).toBe(id);
  return log.take(c.network_type_non_blocking_connect, (event) => event.id === id);
}

it.each(both)(
  'a server that is opened later asks for its password: first %i, then %i',
  async (first, second) => {
    const log = new Log();
    hub();
    const { room } = await host(log, first);
    const stays = await dial(log, first, room);
    expect(stays.succeeded).toBe(1);
    const late = await host(log, second, { password: 'sesame' }, room);
    expect(await dial(log, second, room)).toMatchObject(WRONG);
    expect(stats(late.id).clients).toBe(0);
    show('sesame');
    expect(await dial(log, second, room)).toMatchObject({ succeeded: 1 });
    // Who was in before stays.
    expect(log.seen.filter(({ type }) => type === c.network_type_disconnect)).toEqual([]);
  },
);

it.each(both)(
  'who is let in without a question is asked when there is one: first %i, then %i',
  async (first, second) => {
    const log = new Log();
    hub();
    show('ticket');
    const { room } = await host(log, first);
    expect((await dial(log, first, room)).succeeded).toBe(1);
    const asked: string[] = [];
    const join = async ({ token }: { token: string }) => asked.push(token) > 0;
    const late = await host(log, second, { join }, room);
    const came = await dial(log, second, room);
    expect(came.succeeded).toBe(1);
    expect(asked).toEqual(['ticket']);
    await vi.waitFor(() => expect(stats(late.id).clients).toBe(1));
    network_destroy(came.id as number);
    await log.take(c.network_type_disconnect, (event) => event.id === late.id);
    // Its own visit has gone with it: again over the connection that stands, and again it is asked.
    await vi.waitFor(() => expect(stats(late.id).clients).toBe(0));
    expect(await dial(log, second, room)).toMatchObject({ succeeded: 1 });
    expect(asked).toEqual(['ticket', 'ticket']);
  },
);

it.each(both)('a check that both servers have is asked once: %i, %i', async (first, second) => {
  const log = new Log();
  hub();
  let asked = 0;
  const join = () => ++asked > 0;
  const { room } = await host(log, first, { join });
  await host(log, second, { join }, room);
  expect((await dial(log, first, room)).succeeded).toBe(1);
  expect(await dial(log, second, room)).toMatchObject({ succeeded: 1 });
  expect(asked).toBe(1);
});

it.each(both)(
  'a password of one server is the password of the room: %i, %i',
  async (with_one, not) => {
    const log = new Log();
    hub();
    const { room } = await host(log, with_one, { password: 'sesame' });
    const open = await host(log, not, {}, room);
    for (const type of [not, with_one]) expect(await dial(log, type, room)).toMatchObject(WRONG);
    show('sesame');
    for (const type of [not, with_one]) expect((await dial(log, type, room)).succeeded).toBe(1);
    await vi.waitFor(() => expect(stats(open.id).clients).toBe(1));
  },
);

it('a server that takes the place of another one asks those of the connection that stands', async () => {
  const log = new Log();
  hub();
  const { room } = await host(log, udp);
  const before = await host(log, tcp, { password: '' }, room);
  expect((await dial(log, udp, room)).succeeded).toBe(1);
  expect((await dial(log, tcp, room)).succeeded).toBe(1);
  network_destroy(before.id);
  await log.take(c.network_type_disconnect);
  await host(log, tcp, { password: 'sesame' }, room);
  expect(await dial(log, tcp, room)).toMatchObject(WRONG);
});

it('what brings a client back opens no other door', async () => {
  const log = new Log();
  const port = hub();
  const { room } = await host(log, udp);
  const first = await come(port, wish(room), afterwards);
  await log.take(c.network_type_connect);
  const late = await host(log, tcp, { password: 'sesame' }, room);
  // Over the connection itself, and anew with what the host gave for coming back.
  const further = first.peer.channel('bytewire.tcp');
  expect(await further.text()).toMatch(/^bye 1008 /);
  const { resume } = first.joined;
  const again = await come(port, wish(room, { resume, channel: 'bytewire.tcp' }), afterwards);
  expect(await again.wire.text()).toMatch(/^bye 1008 /);
  expect(stats(late.id).clients).toBe(0);
});

it.each(both)(
  'an `origin` that answers by a promise is asked over a connection that stands: %i, %i',
  async (first, second) => {
    const log = new Log();
    hub();
    const { room } = await host(log, first);
    let may = false;
    await host(log, second, { origin: async () => may }, room);
    expect((await dial(log, first, room)).succeeded).toBe(1);
    expect(await dial(log, second, room)).toMatchObject({ succeeded: 0, error: 'refused' });
    may = true;
    expect(await dial(log, second, room)).toMatchObject({ succeeded: 1 });
  },
);
