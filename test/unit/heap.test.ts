// The allocator over raw wasm exports: no overlap, exact counters, merging, growth, exhaustion.
import { readFileSync } from 'node:fs';
import { instantiateSync } from '@assemblyscript/loader';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Exports } from '../../bindings/wasm/exports.js';

const SLACK = 64;

function fresh(flavour: 'simd' | 'plain' = 'simd'): Exports {
  const bytes = readFileSync(new URL(`../../dist/wasm/bytewire.${flavour}.wasm`, import.meta.url));
  return instantiateSync(bytes).instance.exports as unknown as Exports;
}

describe.each(['simd', 'plain'] as const)('heap of the %s build', (flavour) => {
  it('gives the last free block also when its size class holds smaller ones', () => {
    const heap = fresh(flavour);
    heap.heap_alloc(16, 1);
    const free = heap.heap_size() - 256;
    // Within a sixteenth below the free block: of its class, and not the first of it.
    expect(heap.heap_alloc(free - 4096, 1)).toBeGreaterThan(0);
    expect(heap.heap_check()).toBe(0);
  });

  it('gives aligned blocks that never overlap, and gets all of them back, in any order', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            size: fc.oneof(fc.nat(100), fc.nat(5000), fc.constantFrom(0, 1, 4096, 65536, 200_000)),
            align: fc.constantFrom(1, 2, 16, 32, 64, 256, 1024),
            free: fc.nat(5),
            resize: fc.option(fc.nat(8000), { nil: -1 }),
          }),
          { maxLength: 60 },
        ),
        (plan) => {
          const heap = fresh(flavour);
          const start = heap.heap_size();
          const blocks: { at: number; size: number; align: number; mark: number }[] = [];
          plan.forEach(({ size, align, free, resize }, i) => {
            const at = heap.heap_alloc(size, align);
            expect(at % align).toBe(0);
            new Uint8Array(heap.memory.buffer).fill(i + 1, at, at + size + SLACK);
            blocks.push({ at, size, align, mark: i + 1 });
            const chosen = blocks[free % blocks.length];
            if (resize >= 0) {
              const keep = Math.min(chosen.size, resize);
              chosen.at = heap.heap_resize(chosen.at, keep, resize, chosen.align);
              chosen.size = resize;
              const bytes = new Uint8Array(heap.memory.buffer);
              expect(
                bytes.subarray(chosen.at, chosen.at + keep).every((b) => b === chosen.mark),
              ).toBe(true);
              expect(chosen.at % chosen.align).toBe(0);
              bytes.fill(chosen.mark, chosen.at, chosen.at + resize + SLACK);
            } else if (free > 2) {
              heap.heap_free(chosen.at);
              blocks.splice(blocks.indexOf(chosen), 1);
            }
            expect(heap.heap_check()).toBe(0);
          });
          const bytes = new Uint8Array(heap.memory.buffer);
          for (const { at, size, mark } of blocks) {
            expect(bytes.subarray(at, at + size + SLACK).every((b) => b === mark)).toBe(true);
          }
          expect(heap.heap_live_blocks()).toBe(blocks.length);
          expect(heap.heap_live_bytes()).toBe(blocks.reduce((sum, { size }) => sum + size, 0));
          for (const { at } of blocks) heap.heap_free(at);
          expect(heap.heap_live_blocks()).toBe(0);
          expect(heap.heap_live_bytes()).toBe(0);
          expect(heap.heap_check()).toBe(0);
          // Everything is one free block again: the largest that fitted at the start fits now.
          if (plan.length > 0 && heap.heap_size() === start) {
            const all = heap.heap_alloc(start - 4096 - (start >> 4), 16);
            expect(all).not.toBe(0);
            expect(heap.heap_size()).toBe(start);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('gives zeroed blocks zeroed, whatever was written before, and whether or not memory grows', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            size: fc.oneof(fc.nat(3000), fc.nat(3_000_000)),
            log_align: fc.nat(10),
            free: fc.nat(3),
            resize: fc.nat(5),
          }),
          {
            maxLength: 40,
          },
        ),
        (plan) => {
          const heap = fresh(flavour);
          const blocks: { at: number; size: number }[] = [];
          for (const { size, log_align, free, resize } of plan) {
            const at = heap.heap_alloc_zeroed(size, 2 ** log_align);
            const bytes = new Uint8Array(heap.memory.buffer);
            expect(bytes.subarray(at, at + size).findIndex((b) => b !== 0)).toBe(-1);
            // Slack may be written too.
            bytes.fill(0xff, at, at + size + SLACK);
            blocks.push({ at, size });
            if (resize === 0) {
              const block = blocks[blocks.length - 1];
              block.at = heap.heap_resize(block.at, block.size, block.size * 2, 2 ** log_align);
              block.size *= 2;
              new Uint8Array(heap.memory.buffer).fill(
                0xff,
                block.at,
                block.at + block.size + SLACK,
              );
            }
            if (free > 0) heap.heap_free(blocks.splice((free * 7) % blocks.length, 1)[0].at);
            expect(heap.heap_check()).toBe(0);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('puts blocks of 512 bytes and more on lines of the cache, also when they are resized', () => {
    const heap = fresh(flavour);
    const blocks: number[] = [];
    for (let i = 0; i < 200; i++) {
      // Small ones of odd sizes between them, some freed again, so that the free ones begin anywhere.
      const small = heap.heap_alloc(1 + ((i * 37) % 511), 1);
      const size = 512 + ((i * 997) % 20_000);
      const block = heap.heap_alloc(size, 1 << (i % 6));
      expect(block % 64).toBe(0);
      blocks.push(block);
      if (i % 3 === 0) heap.heap_free(small);
      if (i % 5 === 0) {
        const [old] = blocks.splice((i * 7) % blocks.length, 1);
        const moved = heap.heap_resize(old, 512, size + 700, 1);
        expect(moved % 64).toBe(0);
        heap.heap_free(moved);
      }
    }
    expect(heap.heap_check()).toBe(0);
  });

  it('extends the last block in place when memory has to grow', () => {
    const heap = fresh(flavour);
    const small = heap.heap_alloc(1000, 16);
    const big = heap.heap_resize(small, 1000, 64 * 1024 * 1024, 16);
    expect(big).toBe(small);
    expect(heap.heap_check()).toBe(0);
  });

  it('gives 0 when 2 GiB are not enough, and goes on working', () => {
    const heap = fresh(flavour);
    const kept = heap.heap_alloc(100, 16);
    new Uint8Array(heap.memory.buffer).fill(7, kept, kept + 100);
    expect(heap.heap_alloc(0x7fff0000, 16)).toBe(0);
    expect(heap.heap_alloc(0xffffffff, 16)).toBe(0);
    expect(heap.heap_resize(kept, 100, 0xfffffff0, 16)).toBe(0);
    expect(heap.heap_check()).toBe(0);
    expect(heap.heap_live_blocks()).toBe(1);
    expect(new Uint8Array(heap.memory.buffer, kept, 100).every((b) => b === 7)).toBe(true);
    const next = heap.heap_alloc(5000, 16);
    expect(next).not.toBe(0);
  });
});
