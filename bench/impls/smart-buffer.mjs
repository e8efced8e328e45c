// smart-buffer: reads and writes over a Node Buffer that grows.
import { SmartBuffer } from 'smart-buffer';
import { BYTES, kept, SEQ, six_fields, X, Y } from '../single-data.mjs';

export const hosts = ['node'];

function packets() {
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
    kept.value += sum;
  };
  return { write, read, bytes: () => b.toBuffer() };
}

export const name = 'smart-buffer';
export const kind = 'package';
export const operations = six_fields(packets);
