// Fill, copy and strided copy beside what a Uint8Array does.
import * as bw from 'bytewire';

const SIZES = [1024, 16384, 1 << 20];
const label = (n) => (n < 1 << 20 ? `${n >> 10} KiB` : `${n >> 20} MiB`);
const goal = (row, n, peer) => ({ row, column: label(n), must: 0.9, aim: 1, peers: [peer] });

function same(a, b, what) {
  if (Buffer.compare(a, b) !== 0) throw new Error(`${what}: other bytes than the peer`);
}

function two(n) {
  const a = bw.buffer_create(n, bw.buffer_fixed, 1);
  const b = bw.buffer_create(n, bw.buffer_fixed, 1);
  for (let i = 0; i < n; i++) bw.buffer_poke(a, i, bw.buffer_u8, (i * 31) & 255);
  return { a, b, from: bw.buffer_to_bytes(a), to: new Uint8Array(n) };
}

const fill = (n) => ({
  name: `buffer fill with a byte, ${label(n)}`,
  group: 'buffer',
  bytes: n,
  ours: 'buffer_fill u8',
  goals: [goal('fill, byte, vs Uint8Array.fill', n, 'Uint8Array.fill')],
  contenders() {
    const { a, to } = two(n);
    const ours = (k) => {
      for (let i = 0; i < k; i++) bw.buffer_fill(a, 0, bw.buffer_u8, i & 255, n);
    };
    const peer = (k) => {
      for (let i = 0; i < k; i++) to.fill(i & 255);
    };
    ours(7);
    peer(7);
    same(bw.buffer_view(a), to, 'fill');
    return [
      { name: 'buffer_fill u8', run: ours },
      { name: 'Uint8Array.fill', run: peer },
    ];
  },
});

const PATTERNS = [
  ['u16', bw.buffer_u16, 2, (bytes) => new Uint16Array(bytes.buffer).fill(0x1234), 0x1234],
  ['f32', bw.buffer_f32, 4, (bytes) => new Float32Array(bytes.buffer).fill(1.5), 1.5],
  ['f64', bw.buffer_f64, 8, (bytes) => new Float64Array(bytes.buffer).fill(2.5), 2.5],
];

const pattern = (n, [type_name, type, , , value], make) => ({
  name: `buffer fill with ${type_name}, ${label(n)}`,
  group: 'buffer',
  bytes: n,
  ours: `buffer_fill ${type_name}`,
  goals: [goal(`fill, ${type_name}, vs typed array fill`, n, 'typed array fill')],
  contenders() {
    const { a, to } = two(n);
    const words = new make(to.buffer);
    const ours = (k) => {
      for (let i = 0; i < k; i++) bw.buffer_fill(a, 0, type, value, n);
    };
    const peer = (k) => {
      for (let i = 0; i < k; i++) words.fill(value);
    };
    ours(1);
    peer(1);
    same(bw.buffer_view(a), to, 'pattern');
    return [
      { name: `buffer_fill ${type_name}`, run: ours },
      { name: 'typed array fill', run: peer },
    ];
  },
});

const copy = (n) => ({
  name: `buffer copy between buffers, ${label(n)}`,
  group: 'buffer',
  bytes: n,
  ours: 'buffer_copy',
  goals: [goal('copy vs Uint8Array.set', n, 'Uint8Array.set')],
  contenders() {
    const { a, b, from, to } = two(n);
    const ours = (k) => {
      for (let i = 0; i < k; i++) bw.buffer_copy(a, 0, n, b, 0);
    };
    const peer = (k) => {
      for (let i = 0; i < k; i++) to.set(from);
    };
    ours(1);
    peer(1);
    same(bw.buffer_view(b), to, 'copy');
    return [
      { name: 'buffer_copy', run: ours },
      { name: 'Uint8Array.set', run: peer },
    ];
  },
});

const within = (n) => ({
  name: `buffer copy inside a buffer, overlapping, ${label(n)}`,
  group: 'buffer',
  bytes: n,
  ours: 'buffer_copy',
  goals: [goal('copy inside vs copyWithin', n, 'copyWithin')],
  contenders() {
    const { a, from } = two(n);
    const ours = (k) => {
      for (let i = 0; i < k; i++) bw.buffer_copy(a, 0, n - 16, a, 16);
    };
    const peer = (k) => {
      for (let i = 0; i < k; i++) from.copyWithin(16, 0, n - 16);
    };
    ours(1);
    peer(1);
    same(bw.buffer_view(a), from, 'copy inside');
    return [
      { name: 'buffer_copy', run: ours },
      { name: 'copyWithin', run: peer },
    ];
  },
});

const stride = (n) => ({
  name: `buffer strided copy, items side by side, ${label(n)}`,
  group: 'buffer',
  bytes: n,
  ours: 'buffer_copy_stride',
  goals: [goal('copy_stride side by side vs Uint8Array.set', n, 'Uint8Array.set')],
  contenders() {
    const { a, b, from, to } = two(n);
    const ours = (k) => {
      for (let i = 0; i < k; i++) bw.buffer_copy_stride(a, 0, 16, 16, n >> 4, b, 0, 16);
    };
    const peer = (k) => {
      for (let i = 0; i < k; i++) to.set(from);
    };
    ours(1);
    peer(1);
    same(bw.buffer_view(b), to, 'stride');
    return [
      { name: 'buffer_copy_stride', run: ours },
      { name: 'Uint8Array.set', run: peer },
    ];
  },
});

const column = (n) => ({
  name: `buffer strided copy, a 4-byte column out of 16-byte records, ${label(n)}`,
  group: 'buffer',
  bytes: n >> 2,
  ours: 'buffer_copy_stride',
  goals: [],
  contenders() {
    const { a, b, from, to } = two(n);
    const ours = (k) => {
      for (let i = 0; i < k; i++) bw.buffer_copy_stride(a, 4, 4, 16, n >> 4, b, 0, 4);
    };
    const source = new Uint32Array(from.buffer);
    const target = new Uint32Array(to.buffer);
    const peer = (k) => {
      for (let i = 0; i < k; i++) for (let j = 0; j < n >> 4; j++) target[j] = source[j * 4 + 1];
    };
    ours(1);
    peer(1);
    same(bw.buffer_view(b), to, 'column');
    return [
      { name: 'buffer_copy_stride', run: ours },
      { name: 'Uint32Array loop', run: peer },
    ];
  },
});

const arrays = { u16: Uint16Array, f32: Float32Array, f64: Float64Array };

export const cases = SIZES.flatMap((n) => [
  fill(n),
  ...PATTERNS.map((row) => pattern(n, row, arrays[row[0]])),
  copy(n),
  within(n),
  stride(n),
  column(n),
]);
