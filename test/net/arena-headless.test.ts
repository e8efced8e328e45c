// The arena without a page: the summary of a run, its exit code, and guests who do not behave.
import { createServer } from 'node:net';
import {
  async_on,
  buffer_create,
  buffer_grow,
  buffer_to_bytes,
  network_connect,
  network_create_socket,
  network_destroy,
  network_send_packet,
  network_socket_udp,
  network_type_disconnect,
  network_type_non_blocking_connect,
} from 'bytewire';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { LAYOUT, write_player_word } from '../../examples/arena/game/protocol.js';
import { KEY_STEER } from '../../examples/arena/game/rules.js';
import { ArenaClient } from '../../examples/arena/net/client.js';
import { NetworkWire } from '../../examples/arena/net/wire.js';
import {
  type ArenaProcess,
  run_arena,
  start_arena,
  start_arena_without_webrtc,
  until,
} from './arena-process.js';

const out = buffer_create(64, buffer_grow, 1);

describe('a headless run', () => {
  it('prints one line of JSON, loses nothing and ends with 0', async () => {
    const { code, stdout, stderr } = await run_arena('--headless', '--seconds', '4', '--bots', '4');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout.match(/\n/g)).toHaveLength(1);
    const summary = JSON.parse(stdout);
    expect(summary).toMatchObject({ ok: true, bots: 4, players: 4 });
    expect(summary).toMatchObject({ lost: 0, malformed: 0, refused: 0, errors: 0 });
    // Every bot hears every tick after its welcome and answers each with an input.
    expect(summary.inputs).toBe(summary.snapshots);
    expect(summary.snapshots).toBeGreaterThan(summary.ticks * 2);
    expect(summary.packets_in).toBeGreaterThanOrEqual(summary.inputs + 4);
    expect(summary.packets_out).toBeGreaterThanOrEqual(summary.snapshots + 4);
    expect(summary.bytes_in).toBeGreaterThan(summary.packets_in * 5);
    expect(summary.bytes_out).toBeGreaterThan(summary.packets_out * 20);
  });

  it('ends with 1 when nothing flowed', async () => {
    const { code, stdout } = await run_arena('--headless', '--seconds', '0.2', '--bots', '0');
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, packets_in: 0 });
    expect(code).toBe(1);
  });
});

describe('the command line', () => {
  it('explains itself', async () => {
    const { code, stdout } = await run_arena('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('--port N');
  });

  it('refuses what it does not understand, in one line and with 1', async () => {
    for (const args of [
      ['--port', 'eighty'],
      ['--port', '70000'],
      ['--bots', '-1'],
      ['--ice', 'turn:host'],
      ['--fast'],
    ]) {
      const { code, stderr, stdout } = await run_arena(...args);
      expect(code).toBe(1);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/^arena: .*--\w+/);
    }
  });

  it('says so when the port is taken', async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    const { port } = squatter.address() as { port: number };
    try {
      const { code, stderr } = await run_arena('--port', String(port));
      expect(code).toBe(1);
      expect(stderr).toContain(`port ${port} on 127.0.0.1 is taken`);
    } finally {
      squatter.close();
    }
  });
});

describe('a running arena', () => {
  let arena: ArenaProcess;

  beforeEach(async () => {
    arena = await start_arena('--port', '0', '--bots', '3', '--seconds', '1200');
    await until(arena.stats, (stats) => stats.players === 3);
  });

  afterEach(async () => {
    await arena.end('SIGKILL');
  });

  it('ends by itself with 0 at SIGTERM and at SIGINT', async () => {
    expect(await arena.end('SIGTERM')).toMatchObject({ code: 0, signal: null, stderr: '' });
    const second = await start_arena('--port', '0', '--seconds', '1200');
    expect(await second.end('SIGINT')).toMatchObject({ code: 0, signal: null, stderr: '' });
  });

  it('offers WebRTC, and says so where it cannot', async () => {
    expect(await arena.stats()).toMatchObject({ no_fast: '' });
    const bare = await start_arena_without_webrtc('--port', '0', '--seconds', '1200');
    const { no_fast } = await until(bare.stats, (stats) => stats.players === 6);
    expect(no_fast).toContain('npm install node-datachannel');
    const { code, stderr } = await bare.end();
    expect({ code, lines: stderr.split('\n').length }).toEqual({ code: 0, lines: 2 });
    expect(stderr).toContain('WebSocket alone');
  });

  it('is played by programs over both lanes', async () => {
    const url = `${arena.url.replace('http', 'ws')}arena`;
    const fast: string[] = [];
    const client = new ArenaClient((owner) => new NetworkWire(url, owner), {
      name: 'Nadia',
      fast: true,
      hooks: {
        on_snapshot: (client) => client.send_input(KEY_STEER, 0),
        on_fast: (client) => fast.push(client.fast),
      },
    });
    try {
      const nadia = await until(arena.stats, ({ connections }) =>
        connections.some(({ name, fast, inputs_in }) => name === 'Nadia' && fast && inputs_in > 30),
      );
      expect(nadia).toMatchObject({ malformed: 0, refused: 0 });
      expect(fast).toEqual(['claiming', 'open']);
      expect(client.snapshots_in).toBeGreaterThan(20);
    } finally {
      client.close();
    }
    await until(arena.stats, ({ players }) => players === 3);
    expect(await arena.end()).toMatchObject({ code: 0, stderr: '' });
  });

  it('closes a fast connection that claims what it may not, and the bots play on', async () => {
    const url = `${arena.url.replace('http', 'ws')}arena`;
    const size = write_player_word(out, 'claim', { player: 1, key: 1n });
    const socket = network_create_socket(network_socket_udp);
    let claims: ReturnType<typeof setInterval>;
    const closed = new Promise<void>((resolve) => {
      const stop = async_on('networking', ({ id, type }) => {
        if (id !== socket) return;
        // Said until it is heard: one packet may be lost.
        if (type === network_type_non_blocking_connect)
          claims = setInterval(() => network_send_packet(socket, out, size), 20);
        if (type !== network_type_disconnect) return;
        clearInterval(claims);
        stop();
        resolve();
      });
    });
    network_connect(socket, url, 0);
    await closed;
    network_destroy(socket);
    const { players, connections } = await arena.stats();
    expect(players).toBe(3);
    expect(connections.map(({ fast }) => fast)).toEqual([false, false, false]);
    expect(await arena.end()).toMatchObject({ code: 0, stderr: '' });
  });

  it('serves the page and its numbers, and nothing else of the disk', async () => {
    const page = await fetch(arena.url);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = page.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval'");
    expect(policy).toContain("connect-src 'self' ws:");
    expect(policy).toContain("worker-src 'self'");
    for (const name of ['page.js', 'beat.js']) {
      const script = await fetch(arena.url + name);
      expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
      await script.text();
    }
    for (const path of ['server.js', '../server.js', '%2e%2e/server.js', 'index.htm', 'arena']) {
      const response = await fetch(arena.url + path);
      expect([path, response.status]).toEqual([path, 404]);
      await response.text();
    }
    expect((await fetch(arena.url, { method: 'POST' })).status).toBe(405);
  });

  const u32 = (...words: number[]): Buffer => {
    const bytes = Buffer.alloc(words.length * 4);
    for (const [i, word] of words.entries()) bytes.writeUInt32LE(word, i * 4);
    return bytes;
  };
  const hello = u32(0xcafebabe, 0xdeadb00b, 16, 0);
  const packet = (...bytes: number[]): Buffer =>
    Buffer.concat([u32(0xdeadc0de, 12, bytes.length), Buffer.from(bytes)]);
  const word = (...[tag, value]: [tag: string, value: object]): number[] => {
    const size = write_player_word(out, tag as 'join', value as never);
    return [...buffer_to_bytes(out, 0, size)];
  };
  const join_bytes = word('join', { layout: LAYOUT, name: 'Guest' });
  const join = packet(...join_bytes);
  const input_bytes = (sequence: number): number[] =>
    word('input', { sequence, keys: 1, heading: 0, seen: -1 });
  const input = (sequence: number): Buffer => packet(...input_bytes(sequence));

  // What each guest says after the connection is made. Words and layouts: examples/arena/game/protocol.ts.
  const guests: [string, Buffer[]][] = [
    ['text that is no handshake', [Buffer.from('GET / HTTP/1.1\r\n\r\n')]],
    ['a handshake with a wrong word', [u32(0xcafebabe, 0xdeadb00c, 16, 0)]],
    ['a packet with a wrong magic', [hello, u32(0xdeadbeef, 12, 1), Buffer.from([1])]],
    ['a packet that promises 2 GiB', [hello, u32(0xdeadc0de, 12, 0x7fffffff)]],
    ['an empty packet', [hello, packet()]],
    ['an unknown word', [hello, packet(99, 1, 2, 3)]],
    ['a word only games say', [hello, join, packet(7, ...new Array(300).fill(255))]],
    ['another layout', [hello, packet(...word('join', { layout: LAYOUT ^ 1, name: 'Old' }))]],
    ['a join that is cut off', [hello, packet(...join_bytes.slice(0, -1))]],
    ['an input before joining', [hello, input(1)]],
    ['two joins', [hello, join, join]],
    ['an input with a byte too much', [hello, join, packet(...input_bytes(1), 0)]],
    ['an input with a byte too few', [hello, join, packet(...input_bytes(1).slice(0, -1))]],
    ['the same input twice', [hello, join, input(1), input(1)]],
    ['a claim on the wrong lane', [hello, join, packet(...word('claim', { player: 1, key: 1n }))]],
    ['a chat line before joining', [hello, packet(...word('chat', { text: 'hi' }))]],
    [
      'noise',
      [hello, join, packet(...Array.from({ length: 5000 }, (_, i) => (i * 167 + 13) & 255))],
    ],
  ];

  for (const [title, says] of guests) {
    it(`shows the door to a guest with ${title}, and the bots play on`, async () => {
      const guest = new WebSocket(`${arena.url.replace('http', 'ws')}arena`);
      const gone = new Promise<void>((resolve) => guest.once('close', () => resolve()));
      guest.on('error', () => {});
      await new Promise<void>((resolve) => guest.once('open', () => resolve()));
      for (const bytes of says) guest.send(bytes);
      await gone;
      const before = await until(arena.stats, (stats) => stats.players === 3);
      expect(before.connections.map((bot) => bot.player)).toEqual([1, 2, 3]);
      const inputs = new Map(before.connections.map((bot) => [bot.player, bot.inputs_in]));
      await until(arena.stats, ({ connections }) =>
        connections.every((bot) => bot.inputs_in > inputs.get(bot.player)! + 5),
      );
      const { code, stderr } = await arena.end('SIGTERM');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    });
  }
});
