// The six-field packet and the plan of mixed types that single calls are measured with: the same values for every contender.

/** Contenders start over when so many packets of 19 bytes are written. */
export const PACKETS = 1000;
export const BYTES = PACKETS * 19;

const N = 1024;
export const SEQ = Uint16Array.from({ length: N }, (_, i) => i * 7);
export const X = Float32Array.from({ length: N }, (_, i) => Math.sin(i) * 100);
export const Y = Float32Array.from({ length: N }, (_, i) => Math.cos(i) * 100);

// u8, s8, u16, s16, u32, s32, f32, f64 as the package numbers them.
const TYPES = [1, 2, 3, 4, 5, 6, 9, 10];
export const PLAN = Uint8Array.from({ length: N }, (_, i) => TYPES[(i * 2654435761) >>> 29]);
export const VALUES = Float64Array.from({ length: N }, (_, i) => (i & 1 ? i : i + 0.5));
export const ROOM = N * 8;

/** Keeps reads from being optimised away. */
export const kept = { value: 0 };

/** Operations from `make()`, which gives loops `write(n)` and `read(n)` over packets, and `bytes()`. */
export function six_fields(make) {
  return {
    six_fields_write() {
      const { write, bytes } = make();
      return { run: write, output: () => written(write, bytes) };
    },
    six_fields_read() {
      const { write, read, bytes } = make();
      return { run: read, output: () => written(write, bytes) };
    },
  };
}

function written(write, bytes) {
  write(PACKETS);
  return bytes();
}

/** Throws unless `bytes` hold the second packet. */
export function check_packet(bytes) {
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
  if (String(got) !== String(expected)) throw new Error(`the packet is ${got}, not ${expected}`);
}
