// schemapack: schemas over Node's Buffer.
import schemapack from 'schemapack';
import { decoding, encoding } from '../packet/codec.mjs';

const pack_codec = (fields) => {
  const s = schemapack.build(fields);
  return {
    encode: (value) => s.encode(value),
    decode: (bytes) => s.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)),
  };
};

const codecs = {
  chat: pack_codec({ from: 'uint16', channel: 'uint8', name: 'string', text: 'string' }),
};

export const hosts = ['node'];
export const name = 'schemapack';
export const kind = 'package';
export const operations = {
  chat_encode: encoding(codecs.chat),
  chat_decode: decoding(codecs.chat),
};
