// Linear memory as a whole: it grows under the feet of every call, and it runs out.
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { heap_use, live_buffers } from '../../bindings/buffer-table.js';
import * as bw from '../../bindings/index.js';
import { allocate, kernel, release } from '../../bindings/wasm/memory.js';

const {
  buffer_create,
  buffer_delete,
  buffer_write,
  buffer_read,
  buffer_seek,
  buffer_get_size,
  buffer_peek,
  buffer_to_bytes,
  buffer_from,
} = bw;

/** Takes all of memory, to the last kilobyte; gives the blocks. Not cleared: the host need not have that much. */
function fill_memory(): number[] {
  const blocks: number[] = [];
  for (let size = 2 ** 30; size >= 1024; ) {
    try {
      blocks.push(allocate(size, 16));
    } catch {
      size /= 2;
    }
  }
  return blocks;
}

/** Bytes that no compression makes shorter. */
const noise = (n: number) => {
  let seed = 1;
  return Uint8Array.from({ length: n }, () => {
    seed = Math.imul(seed, 1103515245) + 12345;
    return seed >>> 16;
  });
};

describe('memory', () => {
  it('may grow between any two calls: the next call sees the buffer as it was', () => {
    const b = buffer_create(64, bw.buffer_fixed, 1);
    const extra: number[] = [];
    const grow_memory = () => {
      const before = heap_use().heap_bytes;
      while (heap_use().heap_bytes === before) {
        extra.push(buffer_create(1 << 20, bw.buffer_fixed, 1));
      }
    };
    const calls: (() => unknown)[] = [
      () => bw.buffer_write_u8(b, 1),
      () => bw.buffer_write_f32(b, 1.5),
      () => bw.buffer_write_u64(b, 2n ** 60n),
      () => buffer_write(b, bw.buffer_u16, 513),
      () => buffer_write(b, bw.buffer_string, 'é, and thirty more characters so'),
      () => buffer_seek(b, bw.buffer_seek_start, 0),
    ];
    for (const call of calls) {
      call();
      grow_memory();
    }
    const reads: unknown[] = [];
    for (const call of [
      () => bw.buffer_read_u8(b),
      () => bw.buffer_read_f32(b),
      () => bw.buffer_read_u64(b),
      () => buffer_read(b, bw.buffer_u16),
      () => buffer_read(b, bw.buffer_string),
    ]) {
      reads.push(call());
      grow_memory();
    }
    expect(reads).toEqual([1, 1.5, 2n ** 60n, 513, 'é, and thirty more characters so']);
    for (const handle of [b, ...extra]) buffer_delete(handle);
  });

  it('does not fragment without bound: an hour of a game that makes and deletes buffers of mixed sizes', () => {
    // 60 frames a second for an hour, three buffers a frame, each alive for up to 200 frames.
    let seed = 12345;
    const random = (n: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % n;
    };
    const due: number[][] = Array.from({ length: 256 }, () => []);
    let early = 0;
    for (let frame = 0; frame < 216_000; frame++) {
      for (const b of due[frame & 255].splice(0)) buffer_delete(b);
      for (let i = 0; i < 3; i++) {
        const size = random(100) === 0 ? random(100_000) : random(2000);
        due[(frame + 1 + random(200)) & 255].push(
          buffer_create(size, bw.buffer_grow, 1 << random(5)),
        );
      }
      if (frame === 20_000) early = heap_use().heap_bytes;
    }
    // A third of a minute decides what is needed; the rest of the hour needs no more.
    expect(heap_use().heap_bytes).toBe(early);
    for (const b of due.flat()) buffer_delete(b);
  });

  it('that runs out is a RangeError, and everything made before stays intact', () => {
    const kept = buffer_from(new Uint8Array([1, 2, 3]));
    const live = live_buffers();
    const big: number[] = [];
    expect(() => {
      for (;;) big.push(buffer_create(500 * 1024 * 1024, bw.buffer_fixed, 1));
    }).toThrow(/out of memory/);
    expect(big.length).toBeGreaterThanOrEqual(3);
    expect(live_buffers()).toBe(live + big.length);
    const grow = buffer_create(4, bw.buffer_grow, 1);
    buffer_write(grow, bw.buffer_u32, 7);
    expect(() => bw.buffer_resize(grow, 1000 * 1024 * 1024)).toThrow(RangeError);
    expect([buffer_get_size(grow), buffer_peek(grow, 0, bw.buffer_u32)]).toEqual([4, 7]);
    expect([...buffer_to_bytes(kept)]).toEqual([1, 2, 3]);
    for (const b of big) buffer_delete(b);
    expect(() => buffer_create(2 ** 31, bw.buffer_fixed, 1)).toThrow(RangeError);
    expect(() => buffer_create(-1, bw.buffer_fixed, 1)).toThrow(RangeError);
    expect(() => buffer_create(1.5, bw.buffer_fixed, 1)).toThrow(RangeError);
    expect(() => buffer_create('1' as never, bw.buffer_fixed, 1)).toThrow(TypeError);
    expect(() => buffer_create(1, 5, 1)).toThrow(RangeError);
    const after = buffer_create(1_000_000, bw.buffer_fixed, 1);
    buffer_delete(after);
    buffer_delete(grow);
    buffer_delete(kept);
  });

  it('is enough for a copy from a wrap buffer when the copy fits: it needs no second block', () => {
    const source = buffer_create(1_000_003, bw.buffer_wrap, 1);
    bw.buffer_fill(source, 0, bw.buffer_u8, 7, -1);
    bw.buffer_poke(source, 5, bw.buffer_u8, 9);
    const hole = buffer_create(64_000_000, bw.buffer_fixed, 1);
    const dest = buffer_create(0, bw.buffer_grow, 1);
    const strided = buffer_create(0, bw.buffer_grow, 1);
    const all = fill_memory();
    buffer_delete(hole);
    expect(() => bw.buffer_copy(source, 0, 70_000_000, dest, 0)).toThrow(/out of memory/);
    expect(buffer_get_size(dest)).toBe(0);
    expect(bw.buffer_copy(source, 0, 40_000_000, dest, 0)).toBe(40_000_000);
    expect(buffer_peek(dest, 39 * 1_000_003 + 4, bw.buffer_u16)).toBe(0x0907);
    buffer_delete(dest);
    expect(bw.buffer_copy_stride(source, 0, 20_000_000, 0, 2, strided, 0, 20_000_000)).toBe(
      40_000_000,
    );
    expect(buffer_peek(strided, 20_000_000 + 19 * 1_000_003 + 4, bw.buffer_u16)).toBe(0x0907);
    for (const block of all) release(block);
    for (const b of [source, strided]) buffer_delete(b);
    expect(kernel.heap_check()).toBe(0);
  });

  it('that runs out when a stream first has output leaves stream and destination as they were', () => {
    const source = buffer_from(noise(150_000));
    const stream = bw.deflate_create();
    const out = buffer_create(0, bw.buffer_grow, 1);
    bw.deflate_push(stream, source, 0, 1000, out);
    for (const hole_bytes of [0, 160_000]) {
      // With a hole there is room to compress, and none for what comes out.
      const hole = buffer_create(hole_bytes, bw.buffer_fixed, 1);
      const all = fill_memory();
      buffer_delete(hole);
      expect(() => bw.deflate_push(stream, source, 1000, 149_000, out)).toThrow(/out of memory/);
      expect([bw.buffer_tell(out), buffer_get_size(out)]).toEqual([0, 0]);
      for (const block of all) release(block);
    }
    bw.deflate_push(stream, source, 1000, 149_000, out);
    bw.deflate_finish(stream, out);
    expect(inflateSync(buffer_to_bytes(out, 0, bw.buffer_tell(out)))).toEqual(
      Buffer.from(buffer_to_bytes(source)),
    );
    for (const b of [source, out]) buffer_delete(b);
    expect(kernel.heap_check()).toBe(0);
  });

  it('that runs out in the middle of a push ends the stream: every later call says so', () => {
    const live = heap_use().blocks;
    const source = buffer_from(noise(600_000));
    const stream = bw.deflate_create();
    const hole = buffer_create(160_000, bw.buffer_fixed, 1);
    const wall = buffer_create(5000, bw.buffer_fixed, 1);
    // Enough for the first part of the output, not for the second.
    const out = buffer_create(200_000, bw.buffer_grow, 1);
    buffer_write(out, bw.buffer_u8, 7);
    const all = fill_memory();
    buffer_delete(hole);
    expect(() => bw.deflate_push(stream, source, 0, -1, out)).toThrow(/out of memory/);
    expect([bw.buffer_tell(out), bw.buffer_get_used_size(out)]).toEqual([1, 1]);
    for (const block of all) release(block);
    const ended = /deflate_.*: memory ran out in the middle of a push/;
    expect(() => bw.deflate_push(stream, source, 0, 1, out)).toThrow(ended);
    expect(() => bw.deflate_flush(stream, out)).toThrow(ended);
    expect(() => bw.deflate_finish(stream, out)).toThrow(ended);
    expect([bw.buffer_tell(out), bw.buffer_get_used_size(out)]).toEqual([1, 1]);
    bw.deflate_delete(stream);
    for (const b of [source, wall, out]) buffer_delete(b);
    expect(heap_use().blocks).toBe(live);
    expect(kernel.heap_check()).toBe(0);
  });

  it('ends a grow buffer of the largest size: a write past it throws and touches nothing', () => {
    const b = buffer_create(0, bw.buffer_grow, 1);
    const max = 2 ** 31 - 2 ** 21;
    bw.buffer_resize(b, max);
    buffer_seek(b, bw.buffer_seek_end, 0);
    expect(() => buffer_write(b, bw.buffer_u8, 77)).toThrow(RangeError);
    expect(() => buffer_write(b, bw.buffer_string, 'x'.repeat(2000))).toThrow(RangeError);
    expect([bw.buffer_tell(b), buffer_get_size(b)]).toEqual([max, max]);
    expect(kernel.heap_check()).toBe(0);
    buffer_delete(b);
    const after = buffer_create(10, bw.buffer_fixed, 1);
    buffer_delete(after);
  });
});
