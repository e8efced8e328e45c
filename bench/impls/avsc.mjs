// avsc: Avro records over Node's Buffer.
import avro from 'avsc';
import { decoding, encoding } from '../packet/codec.mjs';
import { BUTTONS } from '../packet/data.mjs';

function avro_codec(fields) {
  const type = avro.Type.forSchema({
    type: 'record',
    name: 'R',
    fields: Object.entries(fields).map(([name, of]) => ({ name, type: of })),
  });
  return {
    encode: (value) => type.toBuffer(value),
    decode: (bytes) => type.fromBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)),
  };
}

const codecs = {
  chat: avro_codec({ from: 'int', channel: 'int', name: 'string', text: 'string' }),
  pad: avro_codec({
    ...Object.fromEntries(BUTTONS.map((key) => [key, 'boolean'])),
    weapon: 'int',
    team: 'int',
    ammo: 'int',
    score: 'int',
  }),
};

export const hosts = ['node'];
export const name = 'avsc';
export const kind = 'package';
export const operations = {
  chat_encode: encoding(codecs.chat),
  chat_decode: decoding(codecs.chat),
  pad_encode: encoding(codecs.pad),
  pad_decode: decoding(codecs.pad),
};
