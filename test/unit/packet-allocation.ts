// Run by packet-allocation.test.ts in a process of its own: the bytes that a million numeric packets leave on JavaScript's heap.
import { heap_use } from '../../bindings/buffer-table.js';
import * as bw from '../../bindings/index.js';

declare const gc: () => void;

const WARM_UP = 100_000;
const PACKETS = 1_000_000;

const value = { id: 7, x: 1.5, y: -2.25, tick: 123_456, keys: 0x1234, dx: -300, on: true };

/** Bytes per packet on the heap, with a young generation so large that nothing of it is collected meanwhile. */
function bytes_per_packet(run: (n: number) => void): number {
  run(WARM_UP);
  gc();
  const before = process.memoryUsage().heapUsed;
  run(PACKETS);
  return (process.memoryUsage().heapUsed - before) / PACKETS;
}

const results: Record<string, Record<string, number>> = {};
let sum = 0;
for (const engine of ['generated', 'clones', 'plain'] as const) {
  bw.packet_set_engine(engine);
  const input = bw.packet({
    id: bw.u8,
    x: bw.f32,
    y: bw.f32,
    tick: bw.u32,
    keys: bw.u16,
    dx: bw.s16,
    on: bw.bool,
  });
  const b = bw.buffer_create(64, bw.buffer_fixed, 1);
  const into = { ...value };
  const write = (n: number) => {
    for (let i = 0; i < n; i++) {
      value.id = i & 255;
      bw.buffer_seek(b, bw.buffer_seek_start, 0);
      input.write(b, value);
    }
  };
  const read = (n: number) => {
    for (let i = 0; i < n; i++) {
      bw.buffer_seek(b, bw.buffer_seek_start, 0);
      input.read(b, into);
      sum += into.id;
    }
  };
  const try_read = (n: number) => {
    for (let i = 0; i < n; i++) {
      bw.buffer_seek(b, bw.buffer_seek_start, 0);
      sum += input.tryRead(b, into);
    }
  };
  // The yardstick: what this measurement says of code that makes one small object for each packet.
  let kept: unknown;
  const make = (n: number) => {
    for (let i = 0; i < n; i++) {
      bw.buffer_seek(b, bw.buffer_seek_start, 0);
      kept = input.read(b);
    }
  };
  write(1);
  read(1);
  const blocks = heap_use().blocks;
  const bytes = heap_use().bytes;
  results[input.engine] = {
    write: bytes_per_packet(write),
    read: bytes_per_packet(read),
    try_read: bytes_per_packet(try_read),
    new_objects: bytes_per_packet(make),
    wasm_blocks: heap_use().blocks - blocks,
    wasm_bytes: heap_use().bytes - bytes,
    same: Number(JSON.stringify(into) === JSON.stringify(value) && kept !== undefined),
  };
  bw.buffer_delete(b);
}
console.log(JSON.stringify({ results, sum: Number.isFinite(sum) }));
