// The buffer as a module that owns everything, one wasm call per datum: what bytewire would be with its state in wasm.
import { twin_wasm } from '../host.mjs';
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
} from '../single-data.mjs';

const buffer_u8 = 1;
const buffer_u16 = 3;
const buffer_u32 = 5;
const buffer_f32 = 9;

let exports;
async function start() {
  exports ??= new WebAssembly.Instance(await WebAssembly.compile(await twin_wasm())).exports;
}

function packets() {
  const { create, seek_start, write: put, read: take, memory } = exports;
  const b = create(BYTES);
  const write = (n) => {
    seek_start(b);
    let left = PACKETS;
    for (let k = 0; k < n; k++) {
      const i = k & 1023;
      if (left-- === 0) {
        seek_start(b);
        left = PACKETS - 1;
      }
      put(b, buffer_u16, SEQ[i]);
      put(b, buffer_f32, X[i]);
      put(b, buffer_f32, Y[i]);
      put(b, buffer_f32, 0.75);
      put(b, buffer_u8, k & 255);
      put(b, buffer_u32, k);
    }
  };
  const read = (n) => {
    seek_start(b);
    let left = PACKETS;
    let sum = 0;
    for (let k = 0; k < n; k++) {
      if (left-- === 0) {
        seek_start(b);
        left = PACKETS - 1;
      }
      sum += take(b, buffer_u16);
      sum += take(b, buffer_f32);
      sum += take(b, buffer_f32);
      sum += take(b, buffer_f32);
      sum += take(b, buffer_u8);
      sum += take(b, buffer_u32);
    }
    kept.value += sum;
  };
  return { write, read, bytes: () => new Uint8Array(memory.buffer, b + 16, BYTES) };
}

function mixed() {
  const { create, seek_start, write } = exports;
  const [a, b, c, d] = [0, 0, 0, 0].map(() => create(ROOM));
  return (n) => {
    for (let k = 0; k < n; k++) {
      const i = (k << 2) & 1023;
      if (i === 0) {
        seek_start(a);
        seek_start(b);
        seek_start(c);
        seek_start(d);
      }
      write(a, PLAN[i], VALUES[i]);
      write(b, PLAN[i + 1], VALUES[i + 1]);
      write(c, PLAN[i + 2], VALUES[i + 2]);
      write(d, PLAN[i + 3], VALUES[i + 3]);
    }
  };
}

export const name = 'pure wasm twin';
export const kind = 'twin';
export const operations = {
  async six_fields_write() {
    await start();
    return six_fields(packets).six_fields_write();
  },
  async six_fields_read() {
    await start();
    return six_fields(packets).six_fields_read();
  },
  async mixed_write() {
    await start();
    return { run: mixed() };
  },
};
