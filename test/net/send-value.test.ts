// Values sent by their schema over a real socket: the bytes of write, one framed packet each, and refusals that send nothing.
import { describe, expect, it } from 'vitest';
import { heap_use } from '../../bindings/buffer-table.js';
import * as bw from '../../bindings/index.js';
import { bare_client, packet as framed, joined_client } from './bare-peer.js';
import { joined, Log, server } from './harness.js';

const state = bw.packet({ id: bw.u16, x: bw.f32, name: bw.str(20_000) });

function written(value: bw.Infer<typeof state>): Buffer {
  const b = bw.buffer_create(1, bw.buffer_grow, 1);
  state.write(b, value);
  const bytes = Buffer.from(bw.buffer_to_bytes(b, 0, bw.buffer_tell(b)));
  bw.buffer_delete(b);
  return bytes;
}

describe('network_send_value', () => {
  it('sends what write writes, as one framed packet each, in order', async () => {
    const log = new Log();
    const { id: hub, port } = server();
    const peer = await joined_client(port);
    const { socket } = await log.take(bw.network_type_connect, (e) => e.id === hub);
    const values = ['', 'Zoë', 'x'.repeat(15_000), 'last'].map((name, id) => ({
      id,
      x: 1.5,
      name,
    }));
    // The places that all packets share are made on first use.
    const bytes = values.map(written);
    const before = heap_use().blocks;
    for (const value of values) {
      expect(bw.network_send_value(socket as number, state, value)).toBe(written(value).length);
    }
    expect(heap_use().blocks).toBe(before);
    const wanted = Buffer.concat(bytes.map(framed));
    let got = Buffer.alloc(0);
    while (got.length < wanted.length) got = Buffer.concat([got, await peer.next()]);
    expect(got.equals(wanted)).toBe(true);
    peer.ws.terminate();
  });

  it('sends nothing of what the schema, the limit or the socket refuses', async () => {
    const log = new Log();
    const { id, peer } = await joined(log, server().port);
    const bad = { id: 1, x: 1, name: 'x'.repeat(20_001) };
    expect(() => bw.network_send_value(id, state, bad)).toThrow(RangeError);
    expect(() => bw.network_send_value(id, {} as typeof state, bad)).toThrow(TypeError);
    bw.network_set_config(bw.network_config_message_size_limit, 100, id);
    const long = { id: 1, x: 1, name: 'x'.repeat(200) };
    expect(bw.network_send_value(id, state, long)).toBe(bw.network_error_too_large);
    const good = { id: 9, x: 2.5, name: 'good' };
    expect(bw.network_send_value(id, state, good)).toBe(written(good).length);
    const { size } = await log.take(bw.network_type_data, (e) => e.id === peer);
    expect(size).toBe(written(good).length);
    bw.network_destroy(id);
    expect(bw.network_send_value(id, state, good)).toBe(bw.network_error_not_open);
  });

  it('sends nothing when a getter of the value closes the socket, and whole packets when it sends by itself', async () => {
    const log = new Log();
    const { id, peer } = await joined(log, server().port);
    const inner = { id: 8, x: 1, name: 'inner' };
    const outer = (act: () => unknown) => ({
      id: 9,
      get x() {
        act();
        return 2.5;
      },
      name: 'outer',
    });
    bw.network_send_value(
      id,
      state,
      outer(() => bw.network_send_value(id, state, inner)),
    );
    for (const name of ['inner', 'outer']) {
      const { text } = await log.take(bw.network_type_data, (e) => e.id === peer);
      expect(state.unpack(Buffer.from(text as string, 'latin1')).name).toBe(name);
    }
    const { blocks } = heap_use();
    const closing = outer(() => bw.network_destroy(id));
    expect(bw.network_send_value(id, state, closing)).toBe(bw.network_error_not_open);
    expect(heap_use().blocks).toBeLessThanOrEqual(blocks);
  });

  it('sends messages of a union with their tags', async () => {
    const M = bw.union({ state, score: bw.packet({ points: bw.varint }) }, { name: 'Message' });
    const log = new Log();
    const { id, peer } = await joined(log, server().port);
    expect(bw.network_send_value(id, M, 'score', { points: 300 })).toBe(3);
    expect(bw.network_send_value(id, M, 'state', { id: 1, x: 2, name: 'x' })).toBe(10);
    const first = await log.take(bw.network_type_data, (e) => e.id === peer);
    const second = await log.take(bw.network_type_data, (e) => e.id === peer);
    expect([first.text, second.text?.length]).toEqual(['\x01\xac\x02', 10]);
    expect(() => bw.network_send_value(id, M, 'nothing' as 'score', { points: 1 })).toThrow(
      RangeError,
    );
    expect(() => bw.network_send_value(id, M, 'score', { points: 'x' as never })).toThrow(
      TypeError,
    );
    expect(() => bw.network_send_value(id, M, { points: 1 } as never, {} as never)).toThrow(
      RangeError,
    );
    expect(log.seen.filter((e) => e.type === bw.network_type_data)).toEqual([]);
  });

  it('sends one binary message each on raw connections, with nothing in front', async () => {
    const log = new Log();
    const { id: hub, port } = server(8, {}, bw.network_create_server_raw);
    const peer = await bare_client(port);
    const { socket } = await log.take(bw.network_type_connect, (e) => e.id === hub);
    const values = ['', 'x'.repeat(15_000), 'last'].map((name, id) => ({ id, x: 1.5, name }));
    for (const value of values) {
      expect(bw.network_send_value(socket as number, state, value)).toBe(written(value).length);
    }
    for (const value of values) expect((await peer.next()).equals(written(value))).toBe(true);
    const mine = bw.network_create_socket(bw.network_socket_ws);
    const connected = log.take(bw.network_type_non_blocking_connect, (e) => e.id === mine);
    bw.network_connect_raw(mine, '127.0.0.1', port);
    await connected;
    const good = { id: 9, x: 2.5, name: 'good' };
    expect(bw.network_send_value(mine, state, good)).toBe(written(good).length);
    const { size, id } = await log.take(bw.network_type_data, (e) => e.server === hub);
    expect([size, id]).not.toContain(undefined);
    expect(size).toBe(written(good).length);
    bw.network_destroy(mine);
    peer.ws.terminate();
  });
});
