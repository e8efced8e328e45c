// protobufjs: its reflection generates the same code as its static mode.
import protobuf from 'protobufjs';
import { decoding, encoding, sum_of } from '../packet/codec.mjs';
import { same } from '../packet/data.mjs';

function message(name, fields, nested = {}) {
  return protobuf.Root.fromJSON({ nested: { [name]: { fields, nested } } }).lookupType(name);
}

function numbered(fields, rule) {
  return Object.fromEntries(
    Object.entries(fields).map(([key, type], i) => [
      key,
      { type, id: i + 1, ...(rule && { rule, options: { packed: true } }) },
    ]),
  );
}

const proto_codec = (type) => ({
  encode: (value) => type.encode(value).finish(),
  decode: (bytes) => type.decode(bytes),
});

const PROTO_ENTITY = {
  id: 'uint32',
  x: 'float',
  y: 'float',
  angle: 'uint32',
  hp: 'uint32',
  flags: 'uint32',
};

const codecs = {
  input: proto_codec(
    message(
      'Input',
      numbered({
        type: 'uint32',
        seq: 'uint32',
        buttons: 'uint32',
        ax: 'float',
        ay: 'float',
        time: 'uint32',
      }),
    ),
  ),
  columns: proto_codec(message('Columns', numbered(PROTO_ENTITY, 'repeated'))),
  chat: proto_codec(
    message(
      'Chat',
      numbered({ from: 'uint32', channel: 'uint32', name: 'string', text: 'string' }),
    ),
  ),
};

export const name = 'protobufjs';
export const kind = 'package';
export const operations = {
  input_encode: encoding(codecs.input),
  input_decode: decoding(codecs.input, (bytes) => sum_of(codecs.input.decode(bytes))),
  chat_encode: encoding(codecs.chat),
  chat_decode: decoding(codecs.chat),
  columns_records({ columns }) {
    const lists = Object.fromEntries(
      Object.entries(columns).map(([key, values]) => [key, Array.from(values)]),
    );
    const call = () => codecs.columns.encode(lists);
    same(codecs.columns.decode(call()).hp, lists.hp, name);
    return { name: 'protobufjs packed', call, output: () => lists, bytes: call().length };
  },
};
