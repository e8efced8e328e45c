// msgpackr with records, its fast way.
import { Packr } from 'msgpackr';
import { decoding, encoding, sum_of } from '../packet/codec.mjs';

function codec() {
  const structures = [];
  const packr = new Packr({ structures, maxSharedStructures: 32, useRecords: true });
  return { encode: (value) => packr.pack(value), decode: (bytes) => packr.unpack(bytes) };
}

const input = codec();

export const name = 'msgpackr records';
export const kind = 'package';
export const operations = {
  input_encode: encoding(input),
  input_decode: decoding(input, (bytes) => sum_of(input.decode(bytes))),
};
