// bit-buffer: reads and writes at any bit.
import { BitStream } from 'bit-buffer';
import { BYTES, kept, SEQ, six_fields, X, Y } from '../single-data.mjs';

function packets() {
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
    kept.value += sum;
  };
  return { write, read, bytes: () => new Uint8Array(bytes) };
}

export const name = 'bit-buffer';
export const kind = 'package';
export const operations = six_fields(packets);
