// Buffer behaviour that GameMaker users rely on, one sentence each; the model test in test/property covers the combinations.
import { runInNewContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import { heap_use, live_buffers } from '../../bindings/buffer-table.js';
import * as bw from '../../bindings/index.js';
import { kernel } from '../../bindings/wasm/memory.js';

const {
  buffer_create,
  buffer_delete,
  buffer_write,
  buffer_read,
  buffer_seek,
  buffer_tell,
  buffer_get_size,
  buffer_peek,
  buffer_poke,
  buffer_to_bytes,
  buffer_from,
} = bw;

describe('a buffer', () => {
  it('starts with zeros, at position 0, unused, whatever its memory held before', () => {
    for (let i = 0; i < 20; i++) {
      const b = buffer_create(100, bw.buffer_fixed, 1);
      expect(buffer_to_bytes(b)).toEqual(new Uint8Array(100));
      expect([buffer_tell(b), bw.buffer_get_used_size(b)]).toEqual([0, 0]);
      bw.buffer_fill(b, 0, bw.buffer_u8, 0xff, 100);
      buffer_delete(b);
    }
  });

  it('grows by doubling: 16 + 8 bytes give 32, 10 bytes into none give 16', () => {
    const b = buffer_create(16, bw.buffer_grow, 1);
    for (let i = 0; i < 3; i++) buffer_write(b, bw.buffer_f64, i);
    expect(buffer_get_size(b)).toBe(32);
    const empty = buffer_create(0, bw.buffer_grow, 1);
    buffer_write(empty, bw.buffer_text, '0123456789');
    expect(buffer_get_size(empty)).toBe(16);
    buffer_delete(b);
    buffer_delete(empty);
  });

  it('aligns before each write and read, and not after', () => {
    const b = buffer_create(16, bw.buffer_fixed, 4);
    buffer_write(b, bw.buffer_u8, 1);
    expect(buffer_tell(b)).toBe(1);
    buffer_write(b, bw.buffer_u8, 2);
    expect(buffer_tell(b)).toBe(5);
    buffer_seek(b, bw.buffer_seek_start, 1);
    expect(buffer_read(b, bw.buffer_u8)).toBe(2);
    buffer_delete(b);
  });

  it('rounds alignments up to a power of two, takes 0 as 1, refuses more than 1024', () => {
    for (const [given, got] of [
      [0, 1],
      [3, 4],
      [512, 512],
      [1000, 1024],
    ]) {
      const b = buffer_create(1, bw.buffer_fixed, given);
      expect(bw.buffer_get_alignment(b)).toBe(got);
      expect(bw.buffer_get_address(b) % got).toBe(0);
      buffer_delete(b);
    }
    expect(() => buffer_create(1, bw.buffer_fixed, 1025)).toThrow(RangeError);
    expect(() => buffer_create(1, bw.buffer_fixed, -1)).toThrow(RangeError);
    expect(() => buffer_create(1, bw.buffer_fast, 2)).toThrow(RangeError);
  });

  it('seeks from the end backwards: size - n', () => {
    const b = buffer_create(10, bw.buffer_fixed, 1);
    expect(buffer_seek(b, bw.buffer_seek_end, 3)).toBe(7);
    expect(buffer_seek(b, bw.buffer_seek_end, 99)).toBe(0);
    expect(buffer_seek(b, bw.buffer_seek_relative, -5)).toBe(0);
    expect(buffer_seek(b, bw.buffer_seek_start, 11)).toBe(10);
    buffer_delete(b);
  });

  it('splits a datum and a string over the end of a wrap buffer', () => {
    const b = buffer_create(5, bw.buffer_wrap, 1);
    buffer_seek(b, bw.buffer_seek_start, 3);
    expect(buffer_write(b, bw.buffer_u32, 0x04030201)).toBe(0);
    expect([...buffer_to_bytes(b)]).toEqual([3, 4, 0, 1, 2]);
    buffer_seek(b, bw.buffer_seek_start, 3);
    expect(buffer_read(b, bw.buffer_u32)).toBe(0x04030201);
    buffer_seek(b, bw.buffer_seek_start, 4);
    buffer_write(b, bw.buffer_string, 'ab');
    buffer_seek(b, bw.buffer_seek_start, 4);
    expect(buffer_read(b, bw.buffer_string)).toBe('ab');
    buffer_delete(b);
  });

  it('holds u8 only when fast', () => {
    const b = buffer_create(4, bw.buffer_fast, 1);
    expect(buffer_write(b, bw.buffer_u16, 1)).toBe(bw.buffer_error_invalid_type);
    expect(bw.buffer_write_u16(b, 1)).toBe(bw.buffer_error_invalid_type);
    expect(buffer_poke(b, 0, bw.buffer_s8, 1)).toBe(bw.buffer_error_invalid_type);
    expect(buffer_write(b, bw.buffer_u8, 300)).toBe(0);
    expect(bw.buffer_write_u8(b, 7)).toBe(0);
    expect([...buffer_to_bytes(b)]).toEqual([44, 7, 0, 0]);
    expect(() => buffer_read(b, bw.buffer_u16)).toThrow(/fast buffer/);
    expect(() => bw.buffer_read_f32(b)).toThrow(/fast buffer/);
    buffer_delete(b);
  });

  it('changes nothing when a write fails', () => {
    const b = buffer_create(3, bw.buffer_fixed, 1);
    buffer_write(b, bw.buffer_u8, 9);
    expect(buffer_write(b, bw.buffer_u32, -1)).toBe(bw.buffer_error_out_of_space);
    expect(buffer_write(b, bw.buffer_string, 'ab')).toBe(bw.buffer_error_out_of_space);
    expect(buffer_write(b, 99, 1)).toBe(bw.buffer_error_invalid_type);
    expect(buffer_write(b, 1.5, 1)).toBe(bw.buffer_error_invalid_type);
    expect(buffer_write(b, '3' as never, 1)).toBe(bw.buffer_error_invalid_type);
    expect(() => buffer_write(b, bw.buffer_u8, 'x')).toThrow(TypeError);
    expect(() => buffer_write(b, bw.buffer_u8, undefined as never)).toThrow(TypeError);
    expect(() => bw.buffer_write_u8(b, null as never)).toThrow(TypeError);
    expect(() => buffer_write(b, bw.buffer_string, 5)).toThrow(TypeError);
    expect([...buffer_to_bytes(b)]).toEqual([9, 0, 0]);
    expect(buffer_tell(b)).toBe(1);
    expect(bw.buffer_get_used_size(b)).toBe(1);
    buffer_delete(b);
  });

  it('throws RangeError on reading past the end and stays where it is; peek gives undefined', () => {
    const b = buffer_create(3, bw.buffer_grow, 1);
    expect(() => buffer_read(b, bw.buffer_u32)).toThrow(RangeError);
    expect(() => bw.buffer_read_f64(b)).toThrow(RangeError);
    expect(() => buffer_read(b, 77)).toThrow(RangeError);
    expect(buffer_tell(b)).toBe(0);
    expect(buffer_get_size(b)).toBe(3);
    expect(buffer_peek(b, 0, bw.buffer_u32)).toBeUndefined();
    expect(buffer_peek(b, -1, bw.buffer_u8)).toBeUndefined();
    expect(buffer_peek(b, 2, bw.buffer_u8)).toBe(0);
    buffer_delete(b);
  });

  it('takes only numbers as types, inside the bytes written too, and stays where it is', () => {
    const b = buffer_from(new Uint8Array(32));
    for (const type of ['1', [5], 'length', null, {}, 5n]) {
      expect(() => buffer_read(b, type as never)).toThrow(TypeError);
      expect(() => buffer_peek(b, 0, type as never)).toThrow(TypeError);
      expect(buffer_write(b, type as never, 1)).toBe(bw.buffer_error_invalid_type);
    }
    expect(() => buffer_read(b, 1.5)).toThrow(RangeError);
    expect(buffer_write(b, 1.5, 1)).toBe(bw.buffer_error_invalid_type);
    expect(buffer_poke(b, 0, 5n as never, 1)).toBe(bw.buffer_error_invalid_type);
    expect(buffer_tell(b)).toBe(0);
    buffer_delete(b);
  });

  it('does not count an empty text as written', () => {
    const b = buffer_create(16, bw.buffer_fixed, 1);
    buffer_poke(b, 5, bw.buffer_text, '');
    buffer_seek(b, bw.buffer_seek_start, 9);
    buffer_write(b, bw.buffer_text, '');
    bw.buffer_write_text(b, '');
    expect(bw.buffer_get_used_size(b)).toBe(0);
    buffer_delete(b);
  });

  it('keeps every bit of a u64, as number up to 2^53 - 1 and as bigint above', () => {
    const b = buffer_create(8, bw.buffer_fixed, 1);
    for (const [given, got] of [
      [2 ** 53 - 1, 2 ** 53 - 1],
      [2 ** 53, 2n ** 53n],
      [-1, 2n ** 64n - 1n],
      [-1n, 2n ** 64n - 1n],
      [2n ** 64n + 5n, 5],
      [-0.5, 0],
      [0x123456789abcn, 0x123456789abc],
    ] as const) {
      for (const write of [
        bw.buffer_write_u64,
        (h: number, v: number | bigint) => buffer_write(h, bw.buffer_u64, v),
      ]) {
        buffer_seek(b, bw.buffer_seek_start, 0);
        write(b, given);
        expect(buffer_peek(b, 0, bw.buffer_u64)).toBe(got);
      }
    }
    buffer_delete(b);
  });

  it('reads strings as UTF-8: four bytes, malformed as U+FFFD, without terminator up to the end', () => {
    const b = buffer_from(new Uint8Array([0xf0, 0x9f, 0x98, 0x80, 0, 0x61, 0xff, 0xe2, 0x82]));
    expect(buffer_read(b, bw.buffer_string)).toBe('😀');
    expect(buffer_read(b, bw.buffer_string)).toBe('a\ufffd\ufffd');
    expect(() => buffer_read(b, bw.buffer_string)).toThrow(RangeError);
    expect(buffer_read(b, bw.buffer_text)).toBe('');
    buffer_delete(b);
  });

  it('ends fills whose datum does not divide the range, zeroing gaps and tail', () => {
    const b = buffer_create(11, bw.buffer_fixed, 4);
    bw.buffer_fill(b, 0, bw.buffer_u8, 0xff, -1);
    expect([...buffer_to_bytes(b)]).toEqual([255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0]);
    bw.buffer_fill(b, 2, bw.buffer_string, 'hi', 9);
    expect([...buffer_to_bytes(b)]).toEqual([255, 0, 0, 0, 0x68, 0x69, 0, 0, 0x68, 0x69, 0]);
    bw.buffer_fill(b, 0, bw.buffer_text, '', 11);
    expect([...buffer_to_bytes(b)]).toEqual(new Array(11).fill(0));
    buffer_delete(b);
  });

  it('is seen through a view without a copy, and copied out by buffer_to_bytes', () => {
    const b = buffer_create(4, bw.buffer_fixed, 1);
    const view = bw.buffer_view(b, 1, 2);
    view[0] = 5;
    expect(buffer_peek(b, 1, bw.buffer_u8)).toBe(5);
    const copy = buffer_to_bytes(b);
    buffer_poke(b, 1, bw.buffer_u8, 6);
    expect(copy[1]).toBe(5);
    expect(() => bw.buffer_view(b, 3, 2)).toThrow(RangeError);
    expect(() => buffer_to_bytes(b, -1)).toThrow(RangeError);
    buffer_delete(b);
  });

  it('is made from an ArrayBuffer, any view, and a view of another buffer, also when memory grows under it', () => {
    const words = new Uint16Array([1, 2, 3]);
    const source = buffer_from(words.subarray(1));
    expect([...buffer_to_bytes(source)]).toEqual([2, 0, 3, 0]);
    const big = buffer_create(20 * 1024 * 1024, bw.buffer_fixed, 1);
    buffer_poke(big, 0, bw.buffer_u8, 77);
    // Larger than what is free: the copy must survive the growth that it causes.
    const copy = buffer_from(bw.buffer_view(big));
    expect(buffer_peek(copy, 0, bw.buffer_u8)).toBe(77);
    expect(() => buffer_from('abc' as never)).toThrow(TypeError);
    const transferred = new Uint8Array(8);
    structuredClone(transferred.buffer, { transfer: [transferred.buffer] });
    const before = live_buffers();
    expect(() => buffer_from(transferred)).toThrow(TypeError);
    expect(live_buffers()).toBe(before);
    for (const b of [source, big, copy]) buffer_delete(b);
  });

  it('is not there before the first one is made, nor after that is deleted: handle 0 like any other', async () => {
    vi.resetModules();
    const fresh = await import('../../bindings/index.js');
    const gone = /^there is no buffer/;
    for (const handle of [0, 1, -1, 0x1ffff]) {
      expect(() => fresh.buffer_get_size(handle)).toThrow(gone);
      expect(fresh.buffer_exists(handle)).toBe(false);
    }
    const first = fresh.buffer_create(4, fresh.buffer_fixed, 1);
    expect(first).toBe(0);
    for (const handle of [1, -1, 0x1ffff]) {
      expect(() => fresh.buffer_write(handle, fresh.buffer_u8, 1)).toThrow(gone);
      expect(() => fresh.buffer_read(handle, fresh.buffer_u8)).toThrow(gone);
      expect(() => fresh.buffer_get_size(handle)).toThrow(gone);
    }
    fresh.buffer_delete(first);
    expect(() => fresh.buffer_get_size(first)).toThrow(gone);
    expect(() => fresh.buffer_write(first, fresh.buffer_u8, 1)).toThrow(gone);
  });

  it('is made from bytes of another realm, and of nothing that only says that it is an ArrayBuffer', () => {
    for (const made of ['array.buffer', 'array', 'new DataView(array.buffer)']) {
      const b = buffer_from(runInNewContext(`const array = Uint8Array.of(7, 8, 9); ${made}`));
      expect([...buffer_to_bytes(b)]).toEqual([7, 8, 9]);
      buffer_delete(b);
    }
    const renamed = Object.defineProperty(new ArrayBuffer(3), Symbol.toStringTag, {
      value: 'Bytes',
    });
    const b = buffer_from(renamed);
    expect(buffer_get_size(b)).toBe(3);
    buffer_delete(b);
    const before = live_buffers();
    for (const tag of ['ArrayBuffer', 'Uint8Array', 'DataView']) {
      const pretender = { [Symbol.toStringTag]: tag, length: 3, byteLength: 3 };
      expect(() => buffer_from(pretender as never)).toThrow(/^buffer_from takes an ArrayBuffer/);
    }
    expect(() => buffer_from(new SharedArrayBuffer(3) as never)).toThrow(TypeError);
    expect(live_buffers()).toBe(before);
  });

  it('is as long as what is copied, whatever a subclass says of itself', () => {
    class Liar extends Uint8Array {
      override get byteLength() {
        return 4;
      }
      override get length() {
        return 4;
      }
    }
    const b = buffer_from(new Liar(5000));
    expect(buffer_get_size(b)).toBe(5000);
    expect(kernel.heap_check()).toBe(0);
    buffer_delete(b);
  });
});

describe('buffer_copy_stride', () => {
  const fresh = (bytes: number[]) => buffer_from(new Uint8Array(bytes));

  it('picks a column out of records and puts one in', () => {
    const records = fresh([1, 10, 2, 20, 3, 30]);
    const column = buffer_create(0, bw.buffer_grow, 1);
    expect(bw.buffer_copy_stride(records, 1, 1, 2, 3, column, 0, 1)).toBe(3);
    expect([...buffer_to_bytes(column)]).toEqual([10, 20, 30]);
    expect(bw.buffer_copy_stride(column, 2, 1, -1, 3, records, 0, 2)).toBe(3);
    expect([...buffer_to_bytes(records)]).toEqual([30, 10, 20, 20, 10, 30]);
    buffer_delete(records);
    buffer_delete(column);
  });

  it('takes zero strides, offsets from the end, wraps, and stops at the first byte out of range', () => {
    const source = fresh([1, 2, 3, 4]);
    const fixed = buffer_create(5, bw.buffer_fixed, 1);
    expect(bw.buffer_copy_stride(source, -2, 2, 0, 3, fixed, 0, 2)).toBe(5);
    expect([...buffer_to_bytes(fixed)]).toEqual([3, 4, 3, 4, 3]);
    const wrap = buffer_create(3, bw.buffer_wrap, 1);
    expect(bw.buffer_copy_stride(source, 0, 2, 2, 2, wrap, 2, 2)).toBe(4);
    expect([...buffer_to_bytes(wrap)]).toEqual([2, 3, 4]);
    for (const b of [source, fixed, wrap]) buffer_delete(b);
  });
});

describe('a buffer handle', () => {
  it('is dead after delete, for every function, and a later buffer does not bring it back', () => {
    const b = buffer_create(8, bw.buffer_grow, 1);
    buffer_delete(b);
    const later = Array.from({ length: 3000 }, () => buffer_create(8, bw.buffer_grow, 1));
    expect(later.includes(b)).toBe(false);
    expect(bw.buffer_exists(b)).toBe(false);
    for (const call of [
      () => buffer_delete(b),
      () => buffer_write(b, bw.buffer_u8, 1),
      () => bw.buffer_write_u8(b, 1),
      () => bw.buffer_write_f64(b, 1),
      () => buffer_read(b, bw.buffer_u8),
      () => bw.buffer_read_u64(b),
      () => buffer_poke(b, 0, bw.buffer_u8, 1),
      () => buffer_peek(b, 0, bw.buffer_u8),
      () => buffer_seek(b, 0, 0),
      () => buffer_tell(b),
      () => buffer_get_size(b),
      () => bw.buffer_resize(b, 1),
      () => bw.buffer_fill(b, 0, bw.buffer_u8, 1, 1),
      () => bw.buffer_copy(b, 0, 1, later[0], 0),
      () => bw.buffer_copy(later[0], 0, 1, b, 0),
      () => bw.buffer_view(b),
      () => buffer_to_bytes(b),
      () => bw.buffer_get_address(b),
    ]) {
      expect(call).toThrow(/no buffer/);
    }
    for (const handle of later) buffer_delete(handle);
  });

  it('is refused when it is no number, or never was one', () => {
    for (const wrong of [undefined, null, 'a', {}, 0.5, NaN, -1, -2, 2 ** 30, 1e300]) {
      expect(bw.buffer_exists(wrong as never)).toBe(false);
      expect(() => bw.buffer_write_u8(wrong as never, 1)).toThrow(/buffer/);
      expect(() => buffer_write(wrong as never, bw.buffer_u8, 1)).toThrow(/buffer/);
      expect(() => buffer_read(wrong as never, bw.buffer_u8)).toThrow(/buffer/);
      expect(() => buffer_delete(wrong as never)).toThrow(/buffer/);
    }
  });

  it('comes back 1,000,000 times without a trace', () => {
    const live = live_buffers();
    const before = heap_use();
    for (let i = 0; i < 1_000_000; i++) buffer_delete(buffer_create(i & 255, bw.buffer_fixed, 1));
    expect(live_buffers()).toBe(live);
    expect(heap_use()).toEqual(before);
  });
});
