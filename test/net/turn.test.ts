// Connections that go through a TURN server and no other way: what passes is counted there.
import { expect, it, vi } from 'vitest';
import { host } from '#host';
import { buffer_create, buffer_delete } from '../../bindings/buffer.js';
import { buffer_fill } from '../../bindings/buffer-bulk.js';
import * as c from '../../bindings/constants.js';
import {
  type IceServers,
  network_connect,
  network_create_server,
  network_create_socket,
  network_destroy,
  network_send_packet,
  network_set_config,
  type ServerOptions,
  WebRTCClient,
} from '../../bindings/index.js';
import { afterwards, Log, type Seen, server } from './harness.js';
import { type TurnServer, turn_server } from './turn-server.js';
import { udp_server } from './udp-harness.js';

const COUNT = 100;
const SIZE = 1000;

async function relay(passwords: Record<string, string>): Promise<TurnServer> {
  const turn = await turn_server(passwords);
  afterwards(() => turn.stop());
  return turn;
}

/** What this side knows of ICE servers, and that it wants nothing else. */
function only(ice_servers: IceServers, target?: number): void {
  network_set_config(c.network_config_ice_servers, ice_servers, target);
  network_set_config(c.network_config_relay_only, 1, target);
  if (target !== undefined) return;
  afterwards(() => {
    network_set_config(c.network_config_ice_servers, []);
    network_set_config(c.network_config_relay_only, 0);
  });
}

async function dial(
  log: Log,
  url: string,
  port: number,
  type = c.network_socket_udp,
): Promise<Seen> {
  const id = network_create_socket(type);
  afterwards(() => network_destroy(id));
  network_connect(id, url, port);
  return log.take(c.network_type_non_blocking_connect, (event) => event.id === id);
}

/** Packets both ways, until nine in ten of COUNT have come at each end: how many it takes is the network's and the machine's business. */
async function exchange(log: Log, one: number, other: number): Promise<void> {
  const packet = buffer_create(SIZE, c.buffer_fixed, 1);
  buffer_fill(packet, 0, c.buffer_u8, 7, SIZE);
  const came = (at: number) =>
    log.seen.filter(({ type, id }) => type === c.network_type_data && id === at).length;
  while ([one, other].some((id) => came(id) < COUNT * 0.9)) {
    for (const id of [one, other]) network_send_packet(id, packet, SIZE);
    await new Promise((done) => setTimeout(done, 1));
  }
  buffer_delete(packet);
}

/** All that came to either end has passed the TURN server. */
function expect_relayed({ out_bytes, back_bytes }: TurnServer): void {
  expect(out_bytes).toBeGreaterThan(COUNT * 0.9 * SIZE);
  expect(back_bytes).toBeGreaterThan(COUNT * 0.9 * SIZE);
}

/** A UDP server that has an address at the TURN server itself: on one port for all the library takes none. */
function relayed_server(ice_servers: IceServers): number {
  return udp_server(8, { ice_servers, udp_port: [45_000, 45_999] }).port;
}

it('a client that takes no other way reaches a server by TURN, and data goes both ways there', async () => {
  const turn = await relay({ player: 'secret' });
  const port = relayed_server([
    { urls: `turn:127.0.0.1:${turn.port}`, username: 'player', credential: 'secret' },
  ]);
  // The list comes with the invitation.
  only([]);
  const log = new Log();
  const { id = -1, succeeded, reason } = await dial(log, '127.0.0.1', port);
  expect([succeeded, reason]).toEqual([1, undefined]);
  const { socket = -1 } = await log.take(c.network_type_connect);
  await exchange(log, id, socket);
  expect_relayed(turn);
  await vi.waitFor(() => expect(turn.allowed).toEqual(['player', 'player']));
});

it('without being told so it uses none, though there is one', async () => {
  const turn = await relay({ player: 'secret' });
  const { port } = udp_server();
  network_set_config(c.network_config_ice_servers, [
    { urls: `turn:127.0.0.1:${turn.port}`, username: 'player', credential: 'secret' },
  ]);
  afterwards(() => network_set_config(c.network_config_ice_servers, []));
  const log = new Log();
  const { id = -1 } = await dial(log, '127.0.0.1', port);
  const { socket = -1 } = await log.take(c.network_type_connect);
  await exchange(log, id, socket);
  expect(turn.out_bytes).toBeLessThan(SIZE * 10);
});

it('credentials are asked for at each connection', async () => {
  const passwords: Record<string, string> = {};
  const turn = await relay(passwords);
  let n = 0;
  // For the server's own end, and for its client.
  const port = relayed_server(async () => {
    const [username, credential] = [`until ${++n}`, `secret ${n}`];
    passwords[username] = credential;
    return [{ urls: `turn:127.0.0.1:${turn.port}`, username, credential }];
  });
  only([]);
  const log = new Log();
  for (let i = 1; i <= 3; i++) {
    expect((await dial(log, '127.0.0.1', port)).succeeded).toBe(1);
    await vi.waitFor(() => expect(new Set(turn.allowed).size).toBe(2 * i));
  }
  expect(turn.allowed.length).toBe(6);
  expect(turn.refused).toEqual([]);
});

it('a host of a room and its guest, both behind TURN only, by packets and by stream', async () => {
  const turn = await relay({ host: 'h', guest: 'g' });
  const turn_url = `turn:127.0.0.1:${turn.port}?transport=udp`;
  const hub = server(8, { rooms: true });
  network_set_config(c.network_config_signaling_url, `ws://127.0.0.1:${hub.port}`);
  afterwards(() => network_set_config(c.network_config_signaling_url, ''));
  const log = new Log();
  const open = (type: number, room: string, options: ServerOptions) => {
    const id = network_create_server(type, room, 8, options);
    afterwards(() => network_destroy(id));
    network_set_config(c.network_config_relay_only, 1, id);
    return id;
  };
  const ice_servers = [{ urls: turn_url, username: 'host', credential: 'h' }];
  const udp = open(c.network_socket_udp, '', { ice_servers });
  const { room = '' } = await log.take(c.network_type_listening, (event) => event.id === udp);
  open(c.network_socket_tcp, room, { ice_servers });
  only([{ urls: turn_url, username: 'guest', credential: 'g' }]);
  for (const type of [c.network_socket_udp, c.network_socket_tcp]) {
    const { id = -1, reason } = await dial(log, `room:${room}`, 0, type);
    expect(reason).toBeUndefined();
    const { socket = -1 } = await log.take(c.network_type_connect);
    const before = { ...turn };
    await exchange(log, id, socket);
    // Out by the address of the one and back by that of the other, both ways.
    expect(turn.out_bytes - before.out_bytes).toBeGreaterThan(2 * COUNT * 0.9 * SIZE);
    expect(turn.back_bytes - before.back_bytes).toBeGreaterThan(2 * COUNT * 0.9 * SIZE);
  }
  expect(new Set(turn.allowed)).toEqual(new Set(['host', 'guest']));
});

it('WebRTCClient takes the way through TURN, too', async () => {
  const turn = await relay({ server: 'secret' });
  const port = relayed_server([
    { urls: `turn:127.0.0.1:${turn.port}`, username: 'server', credential: 'secret' },
  ]);
  const log = new Log();
  const one = new WebRTCClient();
  await one.connect(`ws://127.0.0.1:${port}`, { relay_only: true });
  afterwards(() => one.close());
  await log.take(c.network_type_connect);
  const before = turn.out_bytes;
  one.send(new Uint8Array(SIZE));
  await log.take(c.network_type_data);
  expect(turn.out_bytes - before).toBeGreaterThanOrEqual(SIZE);
  await expect(
    new WebRTCClient().connect('ws://127.0.0.1:1', { relay_only: 1 as unknown as boolean }),
  ).rejects.toThrow(TypeError);
});

it('an offer for relays alone leaves the DTLS handshake to the other side, which is ready later', async () => {
  const setup = (relay_only: boolean) =>
    new Promise<string | undefined>((done) => {
      const peer = host.rtc.open_peer(
        { ice_servers: [{ urls: 'turn:127.0.0.1:9', username: 'u', credential: 'p' }], relay_only },
        {
          description: (_, sdp) => done(/^a=setup:(.*)\r$/m.exec(sdp)?.[1]),
          candidate: () => {},
          state: () => {},
          channel: () => {},
          broken: done,
        },
      );
      afterwards(() => peer.close());
      peer.open_channel('bytewire.udp', false);
      peer.offer();
    });
  expect(await setup(false)).toBe('actpass');
  expect(await setup(true)).toBe('passive');
});

it('says which TURN server gave no address, and what may be wrong', async () => {
  const turn = await relay({ server: 'secret' });
  const url = `turn:127.0.0.1:${turn.port}`;
  const hub = server(8, { rooms: true });
  network_set_config(c.network_config_signaling_url, `ws://127.0.0.1:${hub.port}`);
  afterwards(() => network_set_config(c.network_config_signaling_url, ''));
  const log = new Log();
  const ice_servers = [{ urls: url, username: 'server', credential: 'secret' }];
  const id = network_create_server(c.network_socket_udp, '', 8, { ice_servers });
  afterwards(() => network_destroy(id));
  const { room } = await log.take(c.network_type_listening);
  network_set_config(c.network_config_connect_timeout, 8000);
  only([{ urls: url, username: 'player', credential: 'expired' }]);
  const { succeeded, error, reason } = await dial(log, `room:${room}`, 0);
  expect([succeeded, error]).toEqual([0, 'ice_failed']);
  expect(reason).toMatch(/our candidates: none; theirs: .*1 relay/);
  expect(reason).toContain(
    `No address was given by ${url}: is it there, and are name and credential right?`,
  );
  expect(new Set(turn.allowed)).toEqual(new Set(['server']));
  expect(new Set(turn.refused)).toEqual(new Set(['player']));
});

it('says that both sides need an address where only that way may be used', async () => {
  const turn = await relay({ player: 'secret' });
  const { port } = udp_server();
  network_set_config(c.network_config_connect_timeout, 8000);
  only([{ urls: `turn:127.0.0.1:${turn.port}`, username: 'player', credential: 'secret' }]);
  const { error, reason } = await dial(new Log(), '127.0.0.1', port);
  expect(error).toBe('ice_failed');
  expect(reason).toMatch(/our candidates: 1 relay; theirs: \d host/);
  expect(reason).toContain('needs a TURN server on the other side, too');
});

it.each<[string, IceServers, string]>([
  [
    'there is none',
    [{ urls: 'stun:127.0.0.1:9' }],
    'there is no TURN server in network_config_ice',
  ],
  [
    'the function throws',
    () => {
      throw new Error('no credentials today');
    },
    'no credentials today',
  ],
  ['it rejects', () => Promise.reject(new Error('402 Payment Required')), '402 Payment'],
  ['it gives no list', () => ({ iceServers: [] }) as never, 'gave no list of ICE servers'],
])('says so at once when %s', async (_, ice_servers, words) => {
  const { port } = udp_server();
  only(ice_servers);
  const event = await dial(new Log(), '127.0.0.1', port);
  expect(event).toMatchObject({ succeeded: 0, error: 'ice_failed' });
  expect(event.reason).toContain(words);
});
