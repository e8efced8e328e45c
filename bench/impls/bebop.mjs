// bebop: what its compiler emits for a struct.
import { BebopView } from 'bebop';
import { decoding, encoding, sum_of } from '../packet/codec.mjs';

const bebop_view = BebopView.getInstance();

function bebop_codec(write, read) {
  return {
    encode(value) {
      bebop_view.startWriting();
      write(bebop_view, value);
      return bebop_view.toArray();
    },
    decode(bytes) {
      bebop_view.startReading(bytes);
      return read(bebop_view);
    },
  };
}

const codecs = {
  input: bebop_codec(
    (view, o) => {
      view.writeByte(o.type);
      view.writeUint16(o.seq);
      view.writeByte(o.buttons);
      view.writeFloat32(o.ax);
      view.writeFloat32(o.ay);
      view.writeUint32(o.time);
    },
    (view) => {
      const type = view.readByte();
      const seq = view.readUint16();
      const buttons = view.readByte();
      const ax = view.readFloat32();
      const ay = view.readFloat32();
      const time = view.readUint32();
      return { type, seq, buttons, ax, ay, time };
    },
  ),
  snapshot: bebop_codec(
    (view, o) => {
      view.writeUint32(o.tick);
      const length = o.ents.length;
      view.writeUint32(length);
      for (let i = 0; i < length; i++) {
        const e = o.ents[i];
        view.writeUint16(e.id);
        view.writeFloat32(e.x);
        view.writeFloat32(e.y);
        view.writeUint16(e.angle);
        view.writeByte(e.hp);
        view.writeByte(e.flags);
      }
    },
    (view) => {
      const tick = view.readUint32();
      const length = view.readUint32();
      const ents = new Array(length);
      for (let i = 0; i < length; i++) {
        const id = view.readUint16();
        const x = view.readFloat32();
        const y = view.readFloat32();
        const angle = view.readUint16();
        const hp = view.readByte();
        const flags = view.readByte();
        ents[i] = { id, x, y, angle, hp, flags };
      }
      return { tick, ents };
    },
  ),
  chat: bebop_codec(
    (view, o) => {
      view.writeUint16(o.from);
      view.writeByte(o.channel);
      view.writeString(o.name);
      view.writeString(o.text);
    },
    (view) => {
      const from = view.readUint16();
      const channel = view.readByte();
      const name = view.readString();
      const text = view.readString();
      return { from, channel, name, text };
    },
  ),
};

export const name = 'bebop';
export const kind = 'package';
export const operations = {
  input_encode: encoding(codecs.input),
  input_decode: decoding(codecs.input, (bytes) => sum_of(codecs.input.decode(bytes))),
  snapshot_encode: encoding(codecs.snapshot),
  snapshot_decode: decoding(codecs.snapshot),
  chat_encode: encoding(codecs.chat),
  chat_decode: decoding(codecs.chat),
};
