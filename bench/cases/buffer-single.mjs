// One call per datum: a six-field packet written and read field by field; mixed types over several buffers; the same bundled.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BitStream } from 'bit-buffer';
import ByteBuffer from 'bytebuffer';
import {
  buffer_create,
  buffer_f32,
  buffer_f64,
  buffer_fixed,
  buffer_read,
  buffer_read_f32,
  buffer_read_u8,
  buffer_read_u16,
  buffer_read_u32,
  buffer_s8,
  buffer_s16,
  buffer_s32,
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
import { SmartBuffer } from 'smart-buffer';
import * as js from '../impls/js/buffer.mjs';

const top = fileURLToPath(new URL('../..', import.meta.url));
/** A packet is 19 bytes; contenders start over when this many are written. */
const PACKETS = 1000;
const BYTES = PACKETS * 19;

const N = 1024;
const SEQ = Uint16Array.from({ length: N }, (_, i) => i * 7);
const X = Float32Array.from({ length: N }, (_, i) => Math.sin(i) * 100);
const Y = Float32Array.from({ length: N }, (_, i) => Math.cos(i) * 100);

/** The pure-wasm twin, compiled from its source. */
function wasm_twin() {
  const folder = mkdtempSync(join(tmpdir(), 'bytewire-bench-'));
  try {
    const out = join(folder, 'twin.wasm');
    execFileSync(
      process.execPath,
      [
        join(top, 'node_modules/assemblyscript/bin/asc.js'),
        join(top, 'bench/impls/wasm/buffer-twin.ts'),
        ...[
          '-O3',
          '--noAssert',
          '--runtime',
          'stub',
          '--use',
          'abort=',
          '--initialMemory',
          '64',
          '-o',
          out,
        ],
      ],
      { cwd: top },
    );
    return new WebAssembly.Instance(new WebAssembly.Module(readFileSync(out))).exports;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
let twin;
const wasm = () => {
  twin ??= wasm_twin();
  return twin;
};

const kernel_of = () =>
  new WebAssembly.Instance(
    new WebAssembly.Module(readFileSync(join(top, 'dist/wasm/bytewire.simd.wasm'))),
  ).exports;

let sink = 0;

function check(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const got = [
    view.getUint16(19, true),
    view.getFloat32(21, true),
    view.getFloat32(25, true),
    view.getFloat32(29, true),
    view.getUint8(33),
    view.getUint32(34, true),
  ];
  const expected = [SEQ[1], X[1], Y[1], 0.75, 1, 1];
  if (String(got) !== String(expected)) throw new Error(`wrong packet: ${got} for ${expected}`);
}

// Each maker gives { write(n), read(n) }, loops of its own text, so that no contender pollutes another's call sites.
const makers = {
  'hand DataView'() {
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
      sink += sum;
    };
    write(PACKETS);
    check(new Uint8Array(view.buffer));
    return { write, read };
  },

  'bytewire typed'() {
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
      sink += sum;
    };
    write(PACKETS);
    check(buffer_to_bytes(b));
    return { write, read };
  },

  'bytewire generic'() {
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
      sink += sum;
    };
    write(PACKETS);
    check(buffer_to_bytes(b));
    return { write, read };
  },

  'pure JS twin'() {
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
      sink += sum;
    };
    write(PACKETS);
    check(js.bytes(b));
    return { write, read };
  },

  'pure wasm twin'() {
    const { create, seek_start, write: put, read: take, memory } = wasm();
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
      sink += sum;
    };
    write(PACKETS);
    check(new Uint8Array(memory.buffer, b + 16, BYTES));
    return { write, read };
  },

  'smart-buffer'() {
    const b = SmartBuffer.fromSize(BYTES);
    const write = (n) => {
      b.writeOffset = 0;
      for (let k = 0; k < n; k++) {
        const i = k & 1023;
        if (b.writeOffset >= BYTES) b.writeOffset = 0;
        b.writeUInt16LE(SEQ[i]);
        b.writeFloatLE(X[i]);
        b.writeFloatLE(Y[i]);
        b.writeFloatLE(0.75);
        b.writeUInt8(k & 255);
        b.writeUInt32LE(k);
      }
    };
    const read = (n) => {
      b.readOffset = 0;
      let sum = 0;
      for (let k = 0; k < n; k++) {
        if (b.readOffset >= BYTES) b.readOffset = 0;
        sum += b.readUInt16LE();
        sum += b.readFloatLE();
        sum += b.readFloatLE();
        sum += b.readFloatLE();
        sum += b.readUInt8();
        sum += b.readUInt32LE();
      }
      sink += sum;
    };
    write(PACKETS);
    check(b.toBuffer());
    return { write, read };
  },

  bytebuffer() {
    const b = new ByteBuffer(BYTES, true, true);
    const write = (n) => {
      b.offset = 0;
      for (let k = 0; k < n; k++) {
        const i = k & 1023;
        if (b.offset >= BYTES) b.offset = 0;
        b.writeUint16(SEQ[i]);
        b.writeFloat32(X[i]);
        b.writeFloat32(Y[i]);
        b.writeFloat32(0.75);
        b.writeUint8(k & 255);
        b.writeUint32(k);
      }
    };
    const read = (n) => {
      b.offset = 0;
      let sum = 0;
      for (let k = 0; k < n; k++) {
        if (b.offset >= BYTES) b.offset = 0;
        sum += b.readUint16();
        sum += b.readFloat32();
        sum += b.readFloat32();
        sum += b.readFloat32();
        sum += b.readUint8();
        sum += b.readUint32();
      }
      sink += sum;
    };
    write(PACKETS);
    check(b.buffer);
    return { write, read };
  },

  'bit-buffer'() {
    const bytes = new ArrayBuffer(BYTES);
    const b = new BitStream(bytes);
    const write = (n) => {
      b.index = 0;
      for (let k = 0; k < n; k++) {
        const i = k & 1023;
        if (b.index >= BYTES * 8) b.index = 0;
        b.writeUint16(SEQ[i]);
        b.writeFloat32(X[i]);
        b.writeFloat32(Y[i]);
        b.writeFloat32(0.75);
        b.writeUint8(k & 255);
        b.writeUint32(k);
      }
    };
    const read = (n) => {
      b.index = 0;
      let sum = 0;
      for (let k = 0; k < n; k++) {
        if (b.index >= BYTES * 8) b.index = 0;
        sum += b.readUint16();
        sum += b.readFloat32();
        sum += b.readFloat32();
        sum += b.readFloat32();
        sum += b.readUint8();
        sum += b.readUint32();
      }
      sink += sum;
    };
    write(PACKETS);
    check(new Uint8Array(bytes));
    return { write, read };
  },
};

// ---- mixed types over four buffers: what the generic call is for -------------------------------------------------------------

const TYPES = [
  buffer_u8,
  buffer_s8,
  buffer_u16,
  buffer_s16,
  buffer_u32,
  buffer_s32,
  buffer_f32,
  buffer_f64,
];
const PLAN = Uint8Array.from({ length: N }, (_, i) => TYPES[(i * 2654435761) >>> 29]);
const VALUES = Float64Array.from({ length: N }, (_, i) => (i & 1 ? i : i + 0.5));
const ROOM = N * 8;

const mixed = {
  'bare wasm call'() {
    const { put, heap_alloc } = kernel_of();
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
  },
  'bytewire generic'() {
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
  },
  'pure JS twin'() {
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
  },
  'pure wasm twin'() {
    const { create, seek_start, write } = wasm();
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
  },
};

// ---- the same calls in a bundle, as a page has them ---------------------------------------------------------------------------

const BUNDLE = (imports, create, seek, write) => `
import { ${imports} } from '${create.startsWith('js') ? './bench/impls/js/buffer.mjs' : 'bytewire'}';
import { buffer_u8, buffer_u16, buffer_u32, buffer_f32 } from 'bytewire';
const SEQ = Uint16Array.from({ length: 1024 }, (_, i) => i * 7);
const X = Float32Array.from({ length: 1024 }, (_, i) => Math.sin(i) * 100);
const b = ${create.replace('js ', '')};
export function run(n) {
  let left = 0;
  for (let k = 0; k < n; k++) {
    const i = k & 1023;
    if (left-- === 0) { ${seek}; left = 999; }
    ${write}(b, buffer_u16, SEQ[i]);
    ${write}(b, buffer_f32, X[i]);
    ${write}(b, buffer_f32, 1.5);
    ${write}(b, buffer_f32, 0.75);
    ${write}(b, buffer_u8, k & 255);
    ${write}(b, buffer_u32, k);
  }
}`;

async function bundled(source) {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: top },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
  });
  const code = Buffer.from(outputFiles[0].contents).toString('base64');
  return (await import(`data:text/javascript;base64,${code}`)).run;
}

const goal = (row, must, aim, ...peers) => ({ row, column: '6 fields', must, aim, peers });

export const cases = [
  ...['write', 'read'].map((action) => ({
    name: `buffer single calls: ${action} a 6-field packet`,
    group: 'buffer',
    ours: 'bytewire typed',
    goals: [
      goal(`typed ${action} vs hand DataView, local position`, 0.25, 0.33, 'hand DataView'),
      goal(
        `typed ${action} vs smart-buffer, bytebuffer, bit-buffer`,
        1,
        3,
        'smart-buffer',
        'bytebuffer',
        'bit-buffer',
      ),
    ],
    contenders: () => Object.entries(makers).map(([name, make]) => ({ name, run: make()[action] })),
  })),
  {
    name: 'buffer single calls: mixed types over four buffers, generic write (4 calls)',
    group: 'buffer',
    ours: 'bytewire generic',
    goals: [goal('generic write vs bare wasm call, mixed types', 0.625, 0.8, 'bare wasm call')],
    contenders: () => Object.entries(mixed).map(([name, make]) => ({ name, run: make() })),
  },
  {
    name: 'buffer single calls: generic write in a bundle',
    group: 'buffer',
    ours: 'bytewire generic',
    goals: [
      goal('generic write in a bundle vs frozen table of JS writers', 1, 1.2, 'frozen JS table'),
    ],
    contenders: async () => [
      {
        name: 'bytewire generic',
        run: await bundled(
          BUNDLE(
            'buffer_create, buffer_seek, buffer_write',
            `buffer_create(${BYTES}, 0, 1)`,
            'buffer_seek(b, 0, 0)',
            'buffer_write',
          ),
        ),
      },
      {
        name: 'frozen JS table',
        run: await bundled(
          BUNDLE('create, seek_start, write', `js create(${BYTES})`, 'seek_start(b)', 'write'),
        ),
      },
    ],
  },
];

/** Keeps reads from being optimised away. */
export const used = () => sink;
