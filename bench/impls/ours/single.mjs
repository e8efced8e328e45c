// Single calls by bytewire, through real imports: one call per datum, typed and generic.
import {
  buffer_create,
  buffer_f32,
  buffer_fixed,
  buffer_read,
  buffer_read_f32,
  buffer_read_u8,
  buffer_read_u16,
  buffer_read_u32,
  buffer_seek,
  buffer_to_bytes,
  buffer_u8,
  buffer_u16,
  buffer_u32,
  buffer_write,
  buffer_write_f32,
  buffer_write_u8,
  buffer_write_u16,
  buffer_write_u32,
} from 'bytewire';
import { kernel_of } from '../../host.mjs';
import {
  BYTES,
  kept,
  PACKETS,
  PLAN,
  ROOM,
  SEQ,
  six_fields,
  VALUES,
  X,
  Y,
} from '../../single-data.mjs';

function typed() {
  const b = buffer_create(BYTES, buffer_fixed, 1);
  const write = (n) => {
    buffer_seek(b, 0, 0);
    let left = PACKETS;
    for (let k = 0; k < n; k++) {
      const i = k & 1023;
      if (left-- === 0) {
        buffer_seek(b, 0, 0);
        left = PACKETS - 1;
      }
      buffer_write_u16(b, SEQ[i]);
      buffer_write_f32(b, X[i]);
      buffer_write_f32(b, Y[i]);
      buffer_write_f32(b, 0.75);
      buffer_write_u8(b, k & 255);
      buffer_write_u32(b, k);
    }
  };
  const read = (n) => {
    buffer_seek(b, 0, 0);
    let left = PACKETS;
    let sum = 0;
    for (let k = 0; k < n; k++) {
      if (left-- === 0) {
        buffer_seek(b, 0, 0);
        left = PACKETS - 1;
      }
      sum += buffer_read_u16(b);
      sum += buffer_read_f32(b);
      sum += buffer_read_f32(b);
      sum += buffer_read_f32(b);
      sum += buffer_read_u8(b);
      sum += buffer_read_u32(b);
    }
    kept.value += sum;
  };
  return { write, read, bytes: () => buffer_to_bytes(b) };
}

function generic() {
  const b = buffer_create(BYTES, buffer_fixed, 1);
  const write = (n) => {
    buffer_seek(b, 0, 0);
    let left = PACKETS;
    for (let k = 0; k < n; k++) {
      const i = k & 1023;
      if (left-- === 0) {
        buffer_seek(b, 0, 0);
        left = PACKETS - 1;
      }
      buffer_write(b, buffer_u16, SEQ[i]);
      buffer_write(b, buffer_f32, X[i]);
      buffer_write(b, buffer_f32, Y[i]);
      buffer_write(b, buffer_f32, 0.75);
      buffer_write(b, buffer_u8, k & 255);
      buffer_write(b, buffer_u32, k);
    }
  };
  const read = (n) => {
    buffer_seek(b, 0, 0);
    let left = PACKETS;
    let sum = 0;
    for (let k = 0; k < n; k++) {
      if (left-- === 0) {
        buffer_seek(b, 0, 0);
        left = PACKETS - 1;
      }
      sum += buffer_read(b, buffer_u16);
      sum += buffer_read(b, buffer_f32);
      sum += buffer_read(b, buffer_f32);
      sum += buffer_read(b, buffer_f32);
      sum += buffer_read(b, buffer_u8);
      sum += buffer_read(b, buffer_u32);
    }
    kept.value += sum;
  };
  return { write, read, bytes: () => buffer_to_bytes(b) };
}

function mixed_generic() {
  const [a, b, c, d] = [0, 0, 0, 0].map(() => buffer_create(ROOM, buffer_fixed, 1));
  return (n) => {
    for (let k = 0; k < n; k++) {
      const i = (k << 2) & 1023;
      if (i === 0) {
        buffer_seek(a, 0, 0);
        buffer_seek(b, 0, 0);
        buffer_seek(c, 0, 0);
        buffer_seek(d, 0, 0);
      }
      buffer_write(a, PLAN[i], VALUES[i]);
      buffer_write(b, PLAN[i + 1], VALUES[i + 1]);
      buffer_write(c, PLAN[i + 2], VALUES[i + 2]);
      buffer_write(d, PLAN[i + 3], VALUES[i + 3]);
    }
  };
}

// The same kernel called with addresses: the cost of crossing into wasm, and nothing else.
async function bare_calls() {
  const { put, heap_alloc } = await kernel_of('simd');
  const at = [0, 0, 0, 0].map(() => heap_alloc(ROOM, 16));
  const limits = at.map((p) => p + ROOM);
  const [p0, p1, p2, p3] = at;
  const [l0, l1, l2, l3] = limits;
  return (n) => {
    let [a, b, c, d] = [p0, p1, p2, p3];
    for (let k = 0; k < n; k++) {
      const i = (k << 2) & 1023;
      if (i === 0) [a, b, c, d] = [p0, p1, p2, p3];
      a = put(a, l0, PLAN[i], VALUES[i]);
      b = put(b, l1, PLAN[i + 1], VALUES[i + 1]);
      c = put(c, l2, PLAN[i + 2], VALUES[i + 2]);
      d = put(d, l3, PLAN[i + 3], VALUES[i + 3]);
    }
  };
}

const both = {};
for (const operation of ['six_fields_write', 'six_fields_read']) {
  both[operation] = () => [
    { name: 'bytewire typed', ...six_fields(typed)[operation]() },
    { name: 'bytewire generic', kind: 'twin', ...six_fields(generic)[operation]() },
  ];
}

export const single_operations = {
  ...both,
  mixed_write: async () => [
    { name: 'bytewire generic', run: mixed_generic() },
    { name: 'bare wasm call', kind: 'twin', run: await bare_calls() },
  ],
  bundled_write: (input) => input.bundled_write('bytewire'),
};
