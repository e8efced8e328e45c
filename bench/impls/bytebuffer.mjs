// bytebuffer: the typed reader and writer that protobufjs grew up with.
import ByteBuffer from 'bytebuffer';
import { BYTES, kept, SEQ, six_fields, X, Y } from '../single-data.mjs';

function packets() {
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
    kept.value += sum;
  };
  // An ArrayBuffer in pages, a Buffer in Node.
  const bytes = () => (b.buffer instanceof ArrayBuffer ? new Uint8Array(b.buffer) : b.buffer);
  return { write, read, bytes };
}

export const name = 'bytebuffer';
export const kind = 'package';
export const operations = six_fields(packets);
