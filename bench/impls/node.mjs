// Node's native code: the ceiling there, C++ and assembly behind JavaScript functions.
import * as crypto from 'node:crypto';
import * as zlib from 'node:zlib';

const as_buffer = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

// Newer than Node 20.
const one_shot = (algorithm) =>
  crypto.hash &&
  (({ parts }) => {
    const list = parts.map(as_buffer);
    return { name: 'crypto.hash', call: (i) => crypto.hash(algorithm, list[i], 'hex') };
  });

const created = (algorithm) => {
  const make =
    ({ parts }) =>
    (i) =>
      crypto.createHash(algorithm).update(parts[i]).digest('hex');
  return (input) => ({ name: 'crypto.createHash', call: make(input) });
};

const both =
  (...operations) =>
  (input) =>
    operations.flatMap((operation) => operation?.(input) ?? []);

const batch =
  (algorithm) =>
  ({ messages }) => ({
    name: 'crypto.createHash, calls',
    call() {
      let text = '';
      for (let i = 0; i < messages.length; i++) {
        text = crypto.createHash(algorithm).update(messages[i]).digest('hex');
      }
      return text;
    },
  });

export const hosts = ['node'];
export const name = 'node';
export const kind = 'native';
export const operations = {
  crc32: ({ parts }) => zlib.crc32 && { name: 'node:zlib', call: (i) => zlib.crc32(parts[i]) },
  md5: both(one_shot('md5'), created('md5')),
  sha1: both(one_shot('sha1'), created('sha1')),
  md5_batch: batch('md5'),
  sha1_batch: batch('sha1'),
  base64_encode({ parts }) {
    const list = parts.map(as_buffer);
    return { name: 'Buffer.toString', call: (i) => list[i].toString('base64') };
  },
  base64_decode: ({ texts }) => ({
    name: 'Buffer.from',
    call: (i) => Buffer.from(texts[i], 'base64'),
  }),
  string_write({ list, room }) {
    const bytes = Buffer.alloc(room);
    let at = 0;
    const call = (i) => {
      if (i === 0) at = 0;
      const text = list[i];
      at += bytes.utf8Write(text, at, text.length * 3);
      bytes[at++] = 0;
      return at;
    };
    const output = (i) => {
      const from = i === 0 ? 0 : at;
      return bytes.subarray(from, call(i));
    };
    return { name: 'utf8Write', call, output };
  },
  // The terminator has to be found by everybody.
  string_read({ bytes }) {
    const buffer = as_buffer(bytes);
    return { name: 'utf8Slice', call: () => buffer.utf8Slice(0, buffer.indexOf(0)) };
  },
  decompress: ({ streams }) => ({
    name: 'node:zlib',
    call: (i) => zlib.inflateSync(streams[i]),
  }),
  compress({ items, level }) {
    const options = { level: Math.min(level, 9) };
    return { name: 'node:zlib', call: (i) => zlib.deflateSync(items[i], options), counted: true };
  },
  compress_with_dictionary({ items, dictionaries, every }) {
    const call = (i) => zlib.deflateSync(items[i], { dictionary: dictionaries[(i / every) | 0] });
    return { name: 'node:zlib', call, counted: true };
  },
};
