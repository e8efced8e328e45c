// Sessions that go from one server process to the next.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { buffer_create, buffer_delete, buffer_seek, buffer_tell } from '../../bindings/buffer.js';
import { buffer_write } from '../../bindings/buffer-access.js';
import { buffer_from, buffer_to_bytes } from '../../bindings/buffer-bulk.js';
import * as c from '../../bindings/constants.js';
import { async_on } from '../../bindings/events.js';
import {
  network_connect,
  network_connect_raw,
  network_create_server,
  network_create_server_raw,
  network_create_socket,
  network_destroy,
  network_get_state,
  network_send_raw,
  network_server_resume,
  network_server_suspend,
  network_set_config,
} from '../../bindings/network.js';
import { crc32 } from './crc32.js';
import { afterwards, client, joined, Log, send, server, stats } from './harness.js';

const resumed = c.network_type_resumed;

function buffer(bytes?: Uint8Array): number {
  const b = bytes === undefined ? buffer_create(1, c.buffer_grow, 1) : buffer_from(bytes);
  afterwards(() => buffer_delete(b));
  return b;
}

/** Clients that come back, on a server of which nothing is left but the bytes. */
async function suspended(clients = 1) {
  network_set_config(c.network_config_reconnect, 1);
  network_set_config(c.network_config_reconnect_delay, 20);
  const log = new Log();
  const { id: hub, port } = server();
  const pairs = [];
  for (let i = 0; i < clients; i++) pairs.push(await joined(log, port));
  const image = buffer();
  const n = network_server_suspend(hub, image);
  expect(n).toBe(clients);
  return { log, hub, port, pairs, image, bytes: buffer_to_bytes(image, 0, buffer_tell(image)) };
}

function again(port: number, max_client = 64): number {
  const hub = network_create_server(c.network_socket_tcp, port, max_client);
  expect(hub).toBeGreaterThanOrEqual(0);
  afterwards(() => network_destroy(hub));
  return hub;
}

describe('a server that is suspended', () => {
  it('goes on elsewhere with the same ids, and with packets sent meanwhile in both directions', async () => {
    const { log, hub, port, pairs, image } = await suspended(3);
    expect(network_get_state(hub)).toBe(c.network_state_closed);
    for (const { id } of pairs) {
      await log.take(c.network_type_link_lost, (event) => event.socket === id);
      expect(send(id, `from ${id}`)).toBeGreaterThan(0);
    }
    const next = again(port);
    buffer_seek(image, c.buffer_seek_start, 0);
    expect(network_server_resume(next, image)).toBe(3);
    for (const { peer } of pairs) {
      expect(network_get_state(peer)).toBe(c.network_state_resuming);
      expect(send(peer, `from ${peer}`)).toBeGreaterThan(0);
    }
    for (const { id, peer } of pairs) {
      await log.take(resumed, (event) => event.socket === id);
      await log.take(resumed, (event) => event.socket === peer && event.id === next);
      expect((await log.take(c.network_type_data, (event) => event.id === peer)).text).toBe(
        `from ${id}`,
      );
      expect((await log.take(c.network_type_data, (event) => event.id === id)).text).toBe(
        `from ${peer}`,
      );
    }
    expect(stats(next).clients).toBe(3);
    expect(log.seen.filter(({ type }) => type === c.network_type_disconnect)).toEqual([]);
  });

  it('still delivers what had arrived', async () => {
    network_set_config(c.network_config_reconnect, 1);
    const log = new Log();
    const { id: hub, port } = server();
    const { id, peer } = await joined(log, port);
    const image = buffer();
    let left = 3;
    const stop = vi.fn();
    // Three packets in one message; the game suspends at the first.
    afterwards(
      async_on('networking', (event) => {
        if (event.type !== c.network_type_data || --left !== 2) return;
        stop(network_server_suspend(hub, image));
      }),
    );
    for (const text of ['a', 'b', 'c']) send(id, text);
    for (const text of ['a', 'b', 'c']) {
      expect((await log.take(c.network_type_data, (event) => event.id === peer)).text).toBe(text);
    }
    expect(stop.mock.calls).toEqual([[1]]);
  });

  it('disconnects those who cannot come back, and tells both games', async () => {
    const log = new Log();
    const { id: hub, port } = server();
    const { id, peer } = await joined(log, port);
    expect(network_server_suspend(hub, buffer())).toBe(0);
    const first = await log.take(c.network_type_disconnect);
    expect(first).toMatchObject({ id: hub, socket: peer, reason: 'server restarts' });
    const second = await log.take(c.network_type_disconnect);
    expect(second).toMatchObject({ id, socket: id, reason: 'server restarts' });
  });

  it('writes nothing and goes on when the buffer has no room, and says -1 for what is no server', async () => {
    network_set_config(c.network_config_reconnect, 1);
    const log = new Log();
    const { id: hub, port } = server();
    const { id, peer } = await joined(log, port);
    const small = buffer_create(20, c.buffer_fixed, 1);
    afterwards(() => buffer_delete(small));
    expect(network_server_suspend(hub, small)).toBe(c.network_error_too_large);
    expect(buffer_tell(small)).toBe(0);
    expect(buffer_to_bytes(small)).toEqual(new Uint8Array(20));
    expect([network_get_state(hub), network_get_state(peer)]).toEqual([4, 3]);
    for (const wrong of [id, peer, 12_345, -1]) {
      expect(network_server_suspend(wrong, small)).toBe(c.network_error_not_open);
      expect(network_server_resume(wrong, small)).toBe(c.network_error_not_open);
    }
    expect(() => network_server_suspend('1' as never, small)).toThrow(TypeError);
    expect(() => network_server_suspend(hub, 12_345)).toThrow(RangeError);
    expect(network_get_state(hub)).toBe(4);
  });
});

it.each([
  ['raw', c.network_socket_tcp, network_create_server_raw, network_connect_raw],
  ['UDP', c.network_socket_udp, network_create_server, network_connect],
])(
  'a %s server, whose clients have no sessions, is not suspended: it is told so and goes on',
  async (_, type, create, connect) => {
    const log = new Log();
    const hub = create(type, 0);
    const id = network_create_socket(type);
    afterwards(() => network_destroy(hub));
    afterwards(() => network_destroy(id));
    connect(id, '127.0.0.1', stats(hub).port);
    const { socket: peer } = await log.take(c.network_type_connect);
    await log.take(c.network_type_non_blocking_connect);
    const image = buffer();
    expect(network_server_suspend(hub, image)).toBe(c.network_error_unsupported);
    expect(network_server_resume(hub, image)).toBe(c.network_error_unsupported);
    expect(buffer_tell(image)).toBe(0);
    expect([hub, id, peer].map((one) => network_get_state(one as number))).toEqual([4, 3, 3]);
    if (type === c.network_socket_udp) send(id, 'on');
    else send(id, 'on', network_send_raw);
    expect((await log.take(c.network_type_data)).text).toBe('on');
  },
);

describe('resuming', () => {
  it('refuses bytes that are no sessions: cut anywhere, or with any byte changed', async () => {
    const { bytes } = await suspended();
    const hub = again(0);
    for (let n = 0; n < bytes.length; n++) {
      const b = buffer_from(bytes.subarray(0, n));
      expect(() => network_server_resume(hub, b)).toThrow(/not the sessions of a server/);
      expect(buffer_tell(b)).toBe(0);
      buffer_delete(b);
      const changed = bytes.slice();
      changed[n] ^= 1 << (n % 8);
      const d = buffer_from(changed);
      expect(() => network_server_resume(hub, d)).toThrow(/not the sessions of a server/);
      buffer_delete(d);
    }
    expect(stats(hub).clients).toBe(0);
  });

  it('refuses bytes that somebody else made with a right checksum', async () => {
    const { bytes } = await suspended();
    const hub = again(0);
    for (let n = 12; n < bytes.length; n++) {
      for (const value of [0, 1, 127, 255]) {
        const forged = bytes.slice();
        forged[n] = value;
        new DataView(forged.buffer).setUint32(8, crc32(forged.subarray(12)), true);
        const b = buffer_from(forged);
        try {
          network_server_resume(hub, b);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
        buffer_delete(b);
      }
    }
    expect(network_get_state(hub)).toBe(4);
  });

  it('refuses ids that are in use, too few places and the same sessions twice, and then changes nothing', async () => {
    const { port, pairs, bytes, image } = await suspended(2);
    const slots = 1 << 20;
    const small = again(0, 1);
    buffer_seek(image, c.buffer_seek_start, 0);
    expect(() => network_server_resume(small, image)).toThrow(
      '2 sessions, the server has 1 places',
    );
    const hub = again(port);
    // Somebody sits on the slot of the second client: its id is freed and given out again until it is that one.
    const forged = bytes.slice();
    const view = new DataView(forged.buffer);
    const taken = network_create_socket(c.network_socket_tcp);
    afterwards(() => network_destroy(taken));
    for (let i = 16; i + 4 <= forged.length; i++) {
      if (view.getUint32(i, true) === pairs[1].peer)
        view.setUint32(i, (taken % slots) + slots, true);
    }
    view.setUint32(8, crc32(forged.subarray(12)), true);
    expect(() => network_server_resume(hub, buffer(forged))).toThrow('is in use');
    expect(stats(hub).clients).toBe(0);
    const first = buffer(bytes);
    expect(network_server_resume(hub, first)).toBe(2);
    expect(buffer_tell(first)).toBe(bytes.length);
    expect(() => network_server_resume(hub, buffer(bytes))).toThrow('is in use');
    expect(stats(hub).clients).toBe(2);
  });

  it('is for framed servers, and reads where the buffer stands', async () => {
    const { bytes, port, log, pairs } = await suspended();
    const raw = network_create_server_raw(c.network_socket_tcp, 0);
    afterwards(() => network_destroy(raw));
    expect(network_server_resume(raw, buffer(bytes))).toBe(c.network_error_unsupported);
    const b = buffer();
    buffer_write(b, c.buffer_u32, 7);
    for (const byte of bytes) buffer_write(b, c.buffer_u8, byte);
    buffer_seek(b, c.buffer_seek_start, 4);
    expect(network_server_resume(again(port), b)).toBe(1);
    await log.take(resumed, (event) => event.socket === pairs[0].peer);
  });

  it('ends a session whose client does not come back within its window', async () => {
    network_set_config(c.network_config_resume_window, 300);
    const { log, pairs, image } = await suspended();
    network_destroy(pairs[0].id);
    const hub = again(0);
    buffer_seek(image, c.buffer_seek_start, 0);
    network_server_resume(hub, image);
    const { socket, reason } = await log.take(c.network_type_disconnect);
    expect({ socket, reason }).toEqual({ socket: pairs[0].peer, reason: 'resume window is over' });
    expect(stats(hub).clients).toBe(0);
  });
});

interface Word {
  port?: number;
  suspended?: number;
  players?: [number, { up: number; down: number }][];
  problems?: string[];
}

/** One of the two server processes. */
async function start(...args: string[]) {
  const child = fork(fileURLToPath(new URL('./handover-server.mjs', import.meta.url)), args);
  afterwards(() => child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  const word = async (): Promise<Word> => (await once(child, 'message'))[0] as Word;
  const { port } = await word();
  return {
    port: port as number,
    exited,
    async ask(what: string) {
      const answer = word();
      child.send(what);
      return await answer;
    },
  };
}

it('a real restart: one process ends, another goes on, and nothing is lost or doubled', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bytewire-handover-'));
  afterwards(() => rmSync(folder, { recursive: true }));
  network_set_config(c.network_config_reconnect, 1);
  network_set_config(c.network_config_reconnect_delay, 20);
  const log = new Log();
  const first = await start(folder, '0');
  const ids: number[] = [];
  for (let i = 0; i < 20; i++) {
    ids.push(client(first.port));
    await log.take(c.network_type_non_blocking_connect);
  }
  const sent = new Map(ids.map((id) => [id, 0]));
  const beat = setInterval(() => {
    for (const id of ids) {
      const n = sent.get(id) as number;
      const text = String.fromCharCode(n & 255, (n >> 8) & 255, n >> 16, 0);
      if (send(id, text) === 4) sent.set(id, n + 1);
    }
  }, 5);
  afterwards(() => clearInterval(beat));
  const packets = () => log.seen.filter(({ type }) => type === c.network_type_data).length;
  await vi.waitFor(() => expect(packets()).toBeGreaterThan(500));
  const answer = await first.ask('suspend');
  expect(answer).toEqual({ suspended: 20, problems: [] });
  expect((await first.exited)[0]).toBe(0);
  const before = packets();
  const second = await start(folder, `${first.port}`, 'resume');
  for (const id of ids) await log.take(resumed, (event) => event.socket === id);
  await vi.waitFor(() => expect(packets()).toBeGreaterThan(before + 500));
  clearInterval(beat);
  await vi.waitFor(async () => {
    const { players = [], problems } = await second.ask('count');
    expect(problems).toEqual([]);
    expect(players.length).toBe(20);
    expect(players.map(([, { up }]) => up).sort()).toEqual([...sent.values()].sort());
    const all = players.reduce((sum, [, { down }]) => sum + down, 0);
    expect(packets()).toBe(all);
  });
  for (const id of ids) {
    const numbers = log.seen
      .filter((event) => event.type === c.network_type_data && event.id === id)
      .map(({ text }) => Buffer.from(text as string, 'latin1').readUInt32LE(0));
    expect(numbers).toEqual(numbers.map((_, i) => i));
  }
  expect(log.seen.filter(({ type }) => type === c.network_type_disconnect)).toEqual([]);
});
