// Single calls in plain JavaScript: by hand over a DataView, and with the buffer of buffer.mjs.
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
import * as js from './buffer.mjs';

const buffer_u8 = 1;
const buffer_u16 = 3;
const buffer_u32 = 5;
const buffer_f32 = 9;

function by_hand() {
  const view = new DataView(new ArrayBuffer(BYTES + 64));
  const write = (n) => {
    let p = 0;
    for (let k = 0; k < n; k++) {
      const i = k & 1023;
      if (p >= BYTES) p = 0;
      view.setUint16(p, SEQ[i], true);
      p += 2;
      view.setFloat32(p, X[i], true);
      p += 4;
      view.setFloat32(p, Y[i], true);
      p += 4;
      view.setFloat32(p, 0.75, true);
      p += 4;
      view.setUint8(p, k & 255);
      p += 1;
      view.setUint32(p, k, true);
      p += 4;
    }
  };
  const read = (n) => {
    let p = 0;
    let sum = 0;
    for (let k = 0; k < n; k++) {
      if (p >= BYTES) p = 0;
      sum += view.getUint16(p, true);
      p += 2;
      sum += view.getFloat32(p, true);
      p += 4;
      sum += view.getFloat32(p, true);
      p += 4;
      sum += view.getFloat32(p, true);
      p += 4;
      sum += view.getUint8(p);
      p += 1;
      sum += view.getUint32(p, true);
      p += 4;
    }
    kept.value += sum;
  };
  return { write, read, bytes: () => new Uint8Array(view.buffer) };
}

function twin() {
  const b = js.create(BYTES);
  const write = (n) => {
    js.seek_start(b);
    let left = PACKETS;
    for (let k = 0; k < n; k++) {
      const i = k & 1023;
      if (left-- === 0) {
        js.seek_start(b);
        left = PACKETS - 1;
      }
      js.write(b, buffer_u16, SEQ[i]);
      js.write(b, buffer_f32, X[i]);
      js.write(b, buffer_f32, Y[i]);
      js.write(b, buffer_f32, 0.75);
      js.write(b, buffer_u8, k & 255);
      js.write(b, buffer_u32, k);
    }
  };
  const read = (n) => {
    js.seek_start(b);
    let left = PACKETS;
    let sum = 0;
    for (let k = 0; k < n; k++) {
      if (left-- === 0) {
        js.seek_start(b);
        left = PACKETS - 1;
      }
      sum += js.read(b, buffer_u16);
      sum += js.read(b, buffer_f32);
      sum += js.read(b, buffer_f32);
      sum += js.read(b, buffer_f32);
      sum += js.read(b, buffer_u8);
      sum += js.read(b, buffer_u32);
    }
    kept.value += sum;
  };
  return { write, read, bytes: () => js.bytes(b) };
}

function mixed_twin() {
  const [a, b, c, d] = [0, 0, 0, 0].map(() => js.create(ROOM));
  return (n) => {
    for (let k = 0; k < n; k++) {
      const i = (k << 2) & 1023;
      if (i === 0) {
        js.seek_start(a);
        js.seek_start(b);
        js.seek_start(c);
        js.seek_start(d);
      }
      js.write(a, PLAN[i], VALUES[i]);
      js.write(b, PLAN[i + 1], VALUES[i + 1]);
      js.write(c, PLAN[i + 2], VALUES[i + 2]);
      js.write(d, PLAN[i + 3], VALUES[i + 3]);
    }
  };
}

const both = {};
for (const operation of ['six_fields_write', 'six_fields_read']) {
  both[operation] = () => [
    six_fields(twin)[operation](),
    { name: 'hand DataView', ...six_fields(by_hand)[operation]() },
  ];
}

export const single_operations = {
  ...both,
  mixed_write: () => ({ run: mixed_twin() }),
  bundled_write: (input) => input.bundled_write('plain JS'),
};
