// packcat: schemas compiled to JavaScript. It needs Float16Array, so Node 24 or a new browser.
import * as p from 'packcat';
import { decoding, encoding, sum_of } from '../packet/codec.mjs';
import { BUTTONS } from '../packet/data.mjs';

// Throws on a host without it.
p.build(p.object({ a: p.uint8() }));

function codec_of(schema, size) {
  const { packInto, unpack } = p.build(schema);
  const into = new Uint8Array(size);
  return {
    encode: (value) => new Uint8Array(into.buffer, 0, packInto(value, into, 0).bytesWritten),
    decode: (bytes) => unpack(bytes),
  };
}

const input = codec_of(
  p.object({
    type: p.uint8(),
    seq: p.uint16(),
    buttons: p.uint8(),
    ax: p.float32(),
    ay: p.float32(),
    time: p.uint32(),
  }),
  64,
);
const snapshot = codec_of(
  p.object({
    tick: p.uint32(),
    ents: p.list(
      p.object({
        id: p.uint16(),
        x: p.float32(),
        y: p.float32(),
        angle: p.uint16(),
        hp: p.uint8(),
        flags: p.uint8(),
      }),
    ),
  }),
  1 << 16,
);
const pad = codec_of(
  p.object({
    ...Object.fromEntries(BUTTONS.map((key) => [key, p.boolean()])),
    weapon: p.uint8(),
    team: p.uint8(),
    ammo: p.uint8(),
    score: p.varuint(),
  }),
  64,
);

export const name = 'packcat';
export const kind = 'package';
export const operations = {
  input_encode: encoding(input),
  input_decode: decoding(input, (bytes) => sum_of(input.decode(bytes))),
  snapshot_encode: encoding(snapshot),
  snapshot_decode: decoding(snapshot),
  pad_encode: encoding(pad),
  pad_decode: decoding(pad),
};
