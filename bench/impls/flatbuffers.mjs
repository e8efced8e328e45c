// flatbuffers: what its compiler emits for a table with a vector of structs.
import * as flatbuffers from 'flatbuffers';
import { decoding, encoding } from '../packet/codec.mjs';

const builder = new flatbuffers.Builder(1 << 16);

const codecs = {
  snapshot: {
    encode({ tick, ents }) {
      builder.clear();
      builder.startVector(16, ents.length, 4);
      for (let i = ents.length - 1; i >= 0; i--) {
        const e = ents[i];
        builder.prep(4, 16);
        builder.pad(2);
        builder.writeInt8(e.flags);
        builder.writeInt8(e.hp);
        builder.writeFloat32(e.y);
        builder.writeFloat32(e.x);
        builder.writeInt16(e.angle);
        builder.writeInt16(e.id);
      }
      const vector = builder.endVector();
      builder.startObject(2);
      builder.addFieldInt32(0, tick, 0);
      builder.addFieldOffset(1, vector, 0);
      builder.finish(builder.endObject());
      return builder.asUint8Array();
    },
    decode(bytes) {
      const bb = new flatbuffers.ByteBuffer(bytes);
      const table = bb.readInt32(bb.position()) + bb.position();
      const tick = bb.readUint32(table + bb.__offset(table, 4));
      const at = table + bb.__offset(table, 6);
      const length = bb.__vector_len(at);
      const from = bb.__vector(at);
      const ents = new Array(length);
      for (let i = 0; i < length; i++) {
        const p = from + i * 16;
        ents[i] = {
          id: bb.readUint16(p),
          x: bb.readFloat32(p + 4),
          y: bb.readFloat32(p + 8),
          angle: bb.readUint16(p + 2),
          hp: bb.readUint8(p + 12),
          flags: bb.readUint8(p + 13),
        };
      }
      return { tick, ents };
    },
  },
};

export const name = 'flatbuffers';
export const kind = 'package';
export const operations = {
  snapshot_encode: encoding(codecs.snapshot),
  snapshot_decode: decoding(codecs.snapshot),
};
