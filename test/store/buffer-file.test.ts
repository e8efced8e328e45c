// buffer_save, buffer_load and their relations, by GameMaker's rules, on the file system and in memory.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { heap_use, live_buffers } from '../../bindings/buffer-table.js';
import * as bw from '../../bindings/index.js';
import { scratch_root } from './scratch.js';

let events: bw.SaveLoadEvent[] = [];
let wake = () => {};
bw.async_on('save_load', (event) => {
  events.push(event);
  wake();
});

async function event_of(id: number): Promise<bw.SaveLoadEvent> {
  for (;;) {
    const found = events.find((event) => event.id === id);
    if (found) return found;
    await new Promise<void>((done) => {
      wake = done;
    });
  }
}

const bytes = (...values: number[]) => bw.buffer_from(new Uint8Array(values));
const list = (buffer: number) => [...bw.buffer_to_bytes(buffer)];
const make = (size: number, kind: number, value = 0) => {
  const b = bw.buffer_create(size, kind, 1);
  bw.buffer_fill(b, 0, bw.buffer_u8, value, -1);
  bw.buffer_set_used_size(b, 0);
  return b;
};

describe.each(['file system', 'memory'])('files in the %s', (place) => {
  let scratch: ReturnType<typeof scratch_root>;
  let before: unknown;
  let made: number[];
  const keep = (b: number) => {
    made.push(b);
    return b;
  };

  beforeEach(() => {
    before = [live_buffers(), heap_use().blocks];
    made = [];
    events = [];
    scratch = scratch_root();
    bw.store_set_backend(place === 'memory' ? 'memory' : 'default');
  });
  afterEach(() => {
    for (const b of made) if (bw.buffer_exists(b)) bw.buffer_delete(b);
    bw.store_set_backend('default');
    scratch.remove();
    expect([live_buffers(), heap_use().blocks]).toEqual(before);
  });

  it('save the whole allocated buffer and load it as a new grow buffer', async () => {
    const b = keep(bw.buffer_create(8, bw.buffer_fixed, 4));
    bw.buffer_write(b, bw.buffer_u16, 513);
    await bw.buffer_save(b, 'x.bin');
    const loaded = keep(await bw.buffer_load('x.bin'));
    expect(list(loaded)).toEqual([1, 2, 0, 0, 0, 0, 0, 0]);
    expect([
      bw.buffer_get_type(loaded),
      bw.buffer_get_alignment(loaded),
      bw.buffer_tell(loaded),
    ]).toEqual([bw.buffer_grow, 1, 0]);
    expect([bw.buffer_get_size(loaded), bw.buffer_get_used_size(loaded)]).toEqual([8, 8]);
    if (place !== 'memory') expect(readFileSync(join(scratch.root, 'x.bin')).length).toBe(8);
  });

  it('take ranges, clamped', async () => {
    const b = keep(bytes(0, 1, 2, 3, 4, 5));
    for (const [offset, size, expected] of [
      [1, 3, [1, 2, 3]],
      [4, 99, [4, 5]],
      [2, -1, [2, 3, 4, 5]],
      [-5, 2, [0, 1]],
      [99, 5, []],
      [0, 0, []],
    ] as [number, number, number[]][]) {
      await bw.buffer_save_ext(b, 'x', offset, size);
      expect(list(keep(await bw.buffer_load('x')))).toEqual(expected);
    }
  });

  it('resolve -1 for a missing file, whatever the function', async () => {
    const b = keep(bytes(1));
    expect(await bw.buffer_load('none')).toBe(-1);
    expect(await bw.buffer_load_ext(b, 'none', 0)).toBe(-1);
    expect(await bw.buffer_load_partial(b, 'none', 0, 1, 0)).toBe(-1);
    expect(list(b)).toEqual([1]);
  });

  it('load into a buffer by its kind: 512 bytes at 256 make a one-byte grow buffer 768 long', async () => {
    const source = keep(make(512, bw.buffer_fixed, 7));
    await bw.buffer_save(source, 'x');
    const grow = keep(bw.buffer_create(1, bw.buffer_grow, 1));
    expect(await bw.buffer_load_ext(grow, 'x', 256)).toBe(512);
    expect([bw.buffer_get_size(grow), bw.buffer_get_used_size(grow), bw.buffer_tell(grow)]).toEqual(
      [768, 768, 0],
    );
    expect(bw.buffer_peek(grow, 255, bw.buffer_u8)).toBe(0);
    expect(bw.buffer_peek(grow, 256, bw.buffer_u8)).toBe(7);
    const longer = keep(bw.buffer_create(1000, bw.buffer_grow, 1));
    expect(await bw.buffer_load_ext(longer, 'x', 0)).toBe(512);
    expect([bw.buffer_get_size(longer), bw.buffer_get_used_size(longer)]).toEqual([1000, 512]);
    for (const kind of [bw.buffer_fixed, bw.buffer_fast, bw.buffer_vbuffer]) {
      const fixed = keep(bw.buffer_create(300, kind, 1));
      expect(await bw.buffer_load_ext(fixed, 'x', 256)).toBe(44);
      expect(bw.buffer_get_size(fixed)).toBe(300);
      expect(await bw.buffer_load_ext(fixed, 'x', 300)).toBe(0);
      expect(await bw.buffer_load_ext(fixed, 'x', -1)).toBe(0);
    }
  });

  it('wrap in a wrap buffer', async () => {
    await bw.buffer_save(keep(bytes(1, 2, 3, 4, 5)), 'x');
    const wrap = keep(make(4, bw.buffer_wrap, 9));
    expect(await bw.buffer_load_partial(wrap, 'x', 0, 2, 3)).toBe(2);
    expect(list(wrap)).toEqual([2, 9, 9, 1]);
    expect(await bw.buffer_load_ext(wrap, 'x', 1)).toBe(5);
    expect(list(wrap)).toEqual([4, 5, 2, 3]);
    expect(await bw.buffer_load_partial(wrap, 'x', 0, 1, -1)).toBe(1);
    expect(list(wrap)).toEqual([4, 5, 2, 1]);
    expect(await bw.buffer_load_ext(keep(bw.buffer_create(0, bw.buffer_wrap, 1)), 'x', 0)).toBe(0);
  });

  it('load parts, clamped to the file; an offset past its end writes nothing', async () => {
    await bw.buffer_save(keep(bytes(1, 2, 3, 4, 5)), 'x');
    const b = keep(make(4, bw.buffer_fixed, 9));
    expect(await bw.buffer_load_partial(b, 'x', 3, 99, 1)).toBe(2);
    expect(list(b)).toEqual([9, 4, 5, 9]);
    expect(bw.buffer_get_used_size(b)).toBe(3);
    expect(await bw.buffer_load_partial(b, 'x', 5, 1, 0)).toBe(0);
    expect(await bw.buffer_load_partial(b, 'x', 99, -1, 0)).toBe(0);
    expect(await bw.buffer_load_partial(b, 'x', -1, 2, 0)).toBe(0);
    expect(list(b)).toEqual([9, 4, 5, 9]);
    const grow = keep(bw.buffer_create(0, bw.buffer_grow, 1));
    expect(await bw.buffer_load_partial(grow, 'x', 1, 2, 3)).toBe(2);
    expect(list(grow)).toEqual([0, 0, 0, 2, 3]);
  });

  it('take the bytes of the moment of the call, and keep the order of calls', async () => {
    const b = bytes(1);
    const first = bw.buffer_save(b, 'x');
    bw.buffer_poke(b, 0, bw.buffer_u8, 2);
    const second = bw.buffer_save(b, 'x');
    bw.buffer_delete(b);
    const between = bw.buffer_load('x');
    const third = bw.buffer_save(keep(bytes(3)), 'x');
    await Promise.all([first, second, third]);
    expect(list(keep(await between))).toEqual([2]);
    expect(list(keep(await bw.buffer_load('x')))).toEqual([3]);
  });

  it('hold 64 MiB, while other buffers make memory grow', async () => {
    const size = 64 << 20;
    const b = keep(bw.buffer_create(size, bw.buffer_fixed, 1));
    for (let i = 0; i < size; i += 4096) bw.buffer_poke(b, i, bw.buffer_u32, i);
    await bw.buffer_save(b, 'big');
    const loading = bw.buffer_load('big');
    for (let i = 0; i < 8; i++) {
      keep(bw.buffer_create(4 << 20, bw.buffer_fixed, 1));
      await new Promise((done) => setTimeout(done, 1));
    }
    const loaded = keep(await loading);
    expect(Buffer.compare(bw.buffer_view(loaded), bw.buffer_view(b))).toBe(0);
  });

  it('reject wrong arguments, and a buffer that is deleted during a load', async () => {
    const b = keep(bytes(1, 2));
    await expect(bw.buffer_save(b, '../x')).rejects.toThrow(RangeError);
    await expect(bw.buffer_save(12345, 'x')).rejects.toThrow(RangeError);
    await expect(bw.buffer_save('1' as never, 'x')).rejects.toThrow(TypeError);
    await expect(bw.buffer_save_ext(b, 'x', 0.5, 1)).rejects.toThrow(RangeError);
    await expect(bw.buffer_save_ext(b, 'x', 0, '1' as never)).rejects.toThrow(TypeError);
    await expect(bw.buffer_load(7 as never)).rejects.toThrow(TypeError);
    expect(await bw.buffer_load('x')).toBe(-1);
    await bw.buffer_save(b, 'x');
    const doomed = bytes();
    const loading = bw.buffer_load_ext(doomed, 'x', 0);
    bw.buffer_delete(doomed);
    await expect(loading).rejects.toThrow(/deleted/);
  });

  it('tell by save_load events, with ids of their own', async () => {
    const b = bytes(1, 2, 3);
    const save = bw.buffer_save_async(b, 'dir/x', 1, -1);
    bw.buffer_delete(b);
    const into = keep(bw.buffer_create(1, bw.buffer_fixed, 1));
    const load = bw.buffer_load_async(into, 'dir/x', 3, -1);
    expect(load).toBeGreaterThan(save);
    expect(events).toEqual([]);
    expect(await event_of(save)).toEqual({ id: save, status: true, filename: 'dir/x' });
    expect(await event_of(load)).toEqual({ id: load, status: true, filename: 'dir/x' });
    expect(list(into)).toEqual([0, 0, 0, 2, 3]);
    const part = bw.buffer_load_async(into, 'dir/x', 4, 9);
    expect(await event_of(part)).toMatchObject({ status: true });
    expect(list(into)).toEqual([0, 0, 0, 2, 2]);
    const missing = bw.buffer_load_async(into, 'none', 0, -1);
    expect(await event_of(missing)).toMatchObject({
      status: false,
      filename: 'none',
      error: 'not_found',
    });
    const doomed = bytes();
    const gone = bw.buffer_load_async(doomed, 'dir/x', 0, -1);
    bw.buffer_delete(doomed);
    expect(await event_of(gone)).toMatchObject({ status: false, error: 'buffer_deleted' });
    expect(() => bw.buffer_save_async(doomed, 'x', 0, 1)).toThrow(RangeError);
    expect(() => bw.buffer_load_async(into, '/x', 0, 1)).toThrow(RangeError);
  });

  it('group: nothing happens before the end, then one event tells of all', async () => {
    const one = keep(bytes(1));
    bw.buffer_async_group_begin('slot1');
    bw.buffer_async_group_option('showdialog', 0);
    const a = bw.buffer_save_async(one, 'a', 0, -1);
    const b = bw.buffer_save_async(one, 'b', 0, -1);
    await new Promise((done) => setTimeout(done, 20));
    expect(await bw.buffer_load('slot1/a')).toBe(-1);
    const id = bw.buffer_async_group_end();
    expect([a, b]).toEqual([id, id]);
    expect(await event_of(id)).toEqual({ id, status: true, filename: 'slot1' });
    expect(list(keep(await bw.buffer_load('slot1/b')))).toEqual([1]);

    const [x, y] = [keep(bytes()), keep(bytes())];
    bw.buffer_async_group_begin('slot1');
    bw.buffer_load_async(x, 'a', 0, -1);
    bw.buffer_load_async(y, 'missing', 0, -1);
    const second = bw.buffer_async_group_end();
    expect(await event_of(second)).toMatchObject({
      id: second,
      status: false,
      filename: 'slot1',
      error: 'not_found',
    });
    expect(list(x)).toEqual([1]);

    bw.buffer_async_group_begin('');
    expect(() => bw.buffer_async_group_begin('again')).toThrow(RangeError);
    const empty = bw.buffer_async_group_end();
    expect(await event_of(empty)).toMatchObject({ status: true });
    expect(events.filter((event) => [id, second, empty].includes(event.id)).length).toBe(3);
    expect(() => bw.buffer_async_group_end()).toThrow(RangeError);
    expect(() => bw.buffer_async_group_option('x', 1)).toThrow(RangeError);
    expect(() => bw.buffer_async_group_begin('../x')).toThrow(RangeError);
  });
});
