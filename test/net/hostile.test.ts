// Peers that break the rules: each is dropped or reported, and a client that plays meanwhile notices nothing.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { heap_use, live_buffers } from '../../bindings/buffer-table.js';
import * as bw from '../../bindings/index.js';
import { Log } from './log.js';
import { CLIENT_REPLY, Peer, packet, tcp } from './peer.js';

const LIMIT = 1000;
let log: Log;
let server: number;
let port: number;
let player: Peer;
let player_id: number;
let before: unknown;

beforeEach(async () => {
  before = [live_buffers(), heap_use().blocks];
  log = new Log();
  server = bw.network_create_server(bw.network_socket_tcp, 0, 20);
  bw.network_set_config(bw.network_config_message_size_limit, LIMIT, server);
  port = bw.network_get_stats(server)?.port ?? 0;
  player = await Peer.join(port);
  player_id = (await log.next({ type: bw.network_type_connect })).socket;
});

afterEach(async () => {
  await plays_on();
  expect(bw.network_get_state(player_id)).toBe(bw.network_state_open);
  bw.network_destroy(server);
  log.stop();
  await player.closed();
  expect([live_buffers(), heap_use().blocks]).toEqual(before);
});

/** The player's packets go both ways. */
async function plays_on(): Promise<void> {
  player.send(packet('up'));
  expect((await log.next({ type: bw.network_type_data, id: player_id })).payload).toBe('up');
  const b = bw.buffer_from(new TextEncoder().encode('down'));
  expect(bw.network_send_packet(player_id, b, 4)).toBe(4);
  bw.buffer_delete(b);
  expect((await player.packet()).toString()).toBe('down');
}

const drops = () => bw.network_get_stats(server)?.drops ?? {};
const head = (magic: number, length: number, size: number) => {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32LE(magic, 0);
  bytes.writeUInt32LE(length, 4);
  bytes.writeUInt32LE(size, 8);
  return bytes;
};

describe('before the handshake is done', () => {
  it.each([
    ['garbage', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'bad_handshake'],
    ['one wrong byte', Buffer.from([0xbe, 0xbb]), 'bad_handshake'],
    ['the greeting back', Buffer.from('GM:Studio-Connect\0'), 'bad_handshake'],
    ['a packet instead of the handshake', packet('x'), 'bad_handshake'],
    [
      'random bytes',
      Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251)),
      'bad_handshake',
    ],
  ])('%s: closed with 1002, counted, no event', async (_, bytes, reason) => {
    const peer = await Peer.open(port);
    peer.send(bytes);
    expect(await peer.closed()).toBe(1002);
    expect(drops()).toEqual({ [reason]: 1 });
    expect(log.events).toEqual([]);
    await plays_on();
  });

  it('a text message: closed with 1002, counted, no event', async () => {
    const peer = await Peer.open(port);
    peer.send('BEBAFECA');
    expect(await peer.closed()).toBe(1002);
    expect(drops()).toEqual({ text_on_framed: 1 });
    expect(log.events).toEqual([]);
  });

  it('half a handshake and then nothing: closed with 1008 after the timeout', async () => {
    bw.network_set_config(bw.network_config_handshake_timeout, 2000);
    try {
      const peer = await Peer.open(port);
      peer.send(CLIENT_REPLY.subarray(0, 9));
      await plays_on();
      expect(await peer.closed()).toBe(1008);
      expect(drops()).toEqual({ handshake_timeout: 1 });
    } finally {
      bw.network_set_config(bw.network_config_handshake_timeout, 10_000);
    }
  });

  it('half a handshake and then a hang-up leaves no trace', async () => {
    const peer = await Peer.open(port);
    peer.send(CLIENT_REPLY.subarray(0, 9));
    peer.socket.terminate();
    await plays_on();
    while (bw.network_get_stats(server)?.clients !== 1)
      await new Promise((done) => setTimeout(done, 5));
    expect(log.events).toEqual([]);
  });

  it('bytes that are not even HTTP, and an upgrade that is none', async () => {
    const noise = await tcp(port);
    noise.end(Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 31) % 256)));
    const wrong = await tcp(port);
    wrong.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const answer = await new Promise<string>((done) =>
      wrong.once('data', (d) => done(d.toString())),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400/);
    wrong.destroy();
    await plays_on();
    expect(log.events).toEqual([]);
  });

  it('a crowd at the door: only max_client get in', async () => {
    const crowd = await Promise.allSettled(Array.from({ length: 60 }, () => Peer.join(port)));
    expect(crowd.filter(({ status }) => status === 'fulfilled').length).toBe(19);
    expect(drops()).toEqual({ server_full: 41 });
    await plays_on();
  });
});

describe('after the handshake', () => {
  let rogue: Peer;
  let rogue_id: number;

  beforeEach(async () => {
    rogue = await Peer.join(port);
    rogue_id = (await log.next({ type: bw.network_type_connect })).socket;
  });

  const gone = () => log.next({ type: bw.network_type_disconnect, socket: rogue_id });

  it.each([
    ['a wrong magic', head(0xdeadc0df, 12, 1), 1002, 'bad_header'],
    ['a wrong header length', head(0xdeadc0de, 13, 1), 1002, 'bad_header'],
    ['a length above the limit', head(0xdeadc0de, 12, LIMIT + 1), 1009, 'too_large'],
    ['a length of 4 GiB', head(0xdeadc0de, 12, 0xffffffff), 1009, 'too_large'],
    [
      'garbage behind a good packet',
      Buffer.concat([packet('good'), Buffer.from('bad')]),
      1002,
      'bad_header',
    ],
  ])('%s: closed, counted, reported once', async (_, bytes, code, reason) => {
    rogue.send(bytes);
    expect(await rogue.closed()).toBe(code);
    expect(await gone()).toMatchObject({ id: server, reason });
    expect(drops()).toEqual({ [reason]: 1 });
    expect(bw.network_get_stats(server)?.clients).toBe(1);
  });

  it('a text message: closed with 1002, reported once', async () => {
    rogue.send('hello?');
    expect(await rogue.closed()).toBe(1002);
    expect((await gone()).reason).toBe('text_on_framed');
  });

  it('a WebSocket message beyond any limit: closed with 1009', async () => {
    rogue.send(Buffer.alloc(8 * 1024 * 1024));
    expect(await rogue.closed()).toBe(1009);
    await gone();
  });

  it('a packet that is announced and never finished holds no memory when its sender goes', async () => {
    rogue.send(head(0xdeadc0de, 12, LIMIT));
    rogue.send(Buffer.alloc(LIMIT - 1));
    await plays_on();
    rogue.socket.terminate();
    await gone();
  });

  it('a reset in the middle of a packet', async () => {
    rogue.send(packet('x'.repeat(500)).subarray(0, 200));
    const { _socket } = rogue.socket as unknown as { _socket: import('node:net').Socket };
    _socket.resetAndDestroy();
    await gone();
  });

  it('a broken WebSocket frame', async () => {
    const { _socket } = rogue.socket as unknown as { _socket: import('node:net').Socket };
    _socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]));
    await gone();
    await rogue.closed();
  });

  it('a listener that throws at its packet: reported, and everybody else is served', async () => {
    const errors: unknown[] = [];
    const offs = [
      bw.async_on('error', ({ error }) => errors.push((error as Error).message)),
      bw.async_on('networking', ({ id }) => {
        if (id === rogue_id) throw new Error('the game cannot take it');
      }),
    ];
    rogue.send(packet('poison'));
    await log.next({ type: bw.network_type_data, id: rogue_id });
    await plays_on();
    expect(errors).toEqual(['the game cannot take it']);
    for (const off of offs) off();
  });

  it('a flood while the game does not pump: the flooder is dropped, the queue stays bounded', async () => {
    bw.async_set_mode('manual');
    const flood = Buffer.concat(Array.from({ length: 20_000 }, () => packet('')));
    for (let i = 0; i < 4; i++) rogue.send(flood);
    await rogue.closed();
    expect(drops().event_queue_full).toBe(1);
    expect(bw.async_pump()).toBeLessThanOrEqual(65_537);
    bw.async_set_mode('auto');
    await gone();
  });
});
