// Run by packet-allocation.test.ts in a process of its own: the bytes that packets of numbers leave on JavaScript's heap.
import { heap_use } from '../../bindings/buffer-table.js';
import * as bw from '../../bindings/index.js';

declare const gc: () => void;

const WARM_UP = 100_000;
const PACKETS = 500_000;

/** Packets of numbers: one for the clone pool's template, one with everything that holds numbers. */
const SCHEMAS = {
  flat: {
    schema: {
      id: bw.u8,
      x: bw.f32,
      y: bw.f32,
      tick: bw.u32,
      keys: bw.u16,
      dx: bw.s16,
      on: bw.bool,
    },
    value: () => ({ id: 7, x: 1.5, y: -2.25, tick: 123_456, keys: 0x1234, dx: -300, on: true }),
  },
  rich: {
    schema: {
      id: bw.u8,
      big: bw.u32,
      half: bw.f16,
      exact: bw.f64,
      turn: bw.quant(-1, 1, 8),
      aim: bw.quant(0, 360, 12),
      wide: bw.bits(32),
      far: bw.ranged(-(2 ** 31), 2 ** 31 - 1),
      score: bw.varint,
      pos: bw.packet({ x: bw.f32, y: bw.f32 }),
      at: bw.vec(bw.f32, 3),
      clan: bw.optional(bw.packet({ rank: bw.u8, share: bw.f32 })),
      items: bw.list(bw.packet({ kind: bw.u8, x: bw.f32 }), 4),
      rows: bw.list(bw.list(bw.u8, 4), 4),
    },
    // In one piece, and with fractions where there may be some: V8 then keeps such fields as doubles, and changes them in place.
    value: () => ({
      id: 7,
      big: 4e9,
      half: 0.5,
      exact: 0.1,
      turn: -0.0039215686274509665,
      aim: 180.04395604395606,
      wide: 4e9,
      far: -2e9,
      score: 4e9,
      pos: { x: 1.5, y: 2.5 },
      at: new Float32Array([0.5, 1.5, 2.5]),
      clan: { rank: 3, share: 0.5 },
      items: [
        { kind: 1, x: 0.5 },
        { kind: 2, x: 1.5 },
      ],
      rows: [[1, 2], [3]],
    }),
  },
};

/**
 * Bytes per packet on the heap, with a young generation so large that nothing of it is collected meanwhile. The least of three: on a busy
 * machine V8 is late with its compiled code, and what runs until then boxes numbers.
 */
function bytes_per_packet(run: (n: number) => unknown, packets = PACKETS): number {
  run(WARM_UP);
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3; i++) {
    gc();
    const before = process.memoryUsage().heapUsed;
    run(packets);
    least = Math.min(least, (process.memoryUsage().heapUsed - before) / packets);
  }
  return least;
}

const results: Record<string, Record<string, number>> = {};
let sum = 0;
for (const engine of ['generated', 'clones', 'plain'] as const) {
  for (const [name, { schema, value: made }] of Object.entries(SCHEMAS)) {
    bw.packet_set_engine(engine);
    // biome-ignore lint/suspicious/noExplicitAny: two schemas in one loop
    const input = bw.packet(schema as any) as bw.Packet<any>;
    const b = bw.buffer_create(128, bw.buffer_fixed, 1);
    const value = made();
    const into = made();
    // Text of their own for each: V8 would share what it has learnt of the others, and a call that is not inlined boxes.
    const loop = (body: string) =>
      new Function(
        'bw, input, b, value, into',
        `/* ${engine} ${name} */ let sum = 0; const { buffer_seek } = bw; return (n) => { for (let i = 0; i < n; i++) { buffer_seek(b, 0, 0); ${body} } return sum; };`,
      )(bw, input, b, value, into) as (n: number) => number;
    const write = loop('value.id = i & 255; input.write(b, value);');
    const read = loop('input.read(b, into); sum += into.id;');
    const try_read = loop('sum += input.tryRead(b, into);');
    // The yardstick: what this measurement says of code that makes one small object for each packet.
    const make = loop('globalThis.kept = input.read(b);');
    sum += write(1) + read(1);
    const { blocks, bytes } = heap_use();
    results[`${input.engine} ${name}`] = {
      write: bytes_per_packet(write),
      read: bytes_per_packet(read),
      try_read: bytes_per_packet(try_read),
      // Few enough for the young generation to hold them all.
      new_objects: bytes_per_packet(make, PACKETS / 5),
      wasm_blocks: heap_use().blocks - blocks,
      wasm_bytes: heap_use().bytes - bytes,
      same: Number(JSON.stringify(into) === JSON.stringify(value)),
    };
    bw.buffer_delete(b);
  }
}
console.log(JSON.stringify({ results, sum: Number.isFinite(sum) }));
