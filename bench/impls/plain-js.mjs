// Everything once in straightforward JavaScript, written to be good: what a program does without this package or any other.
import * as base64 from './js/base64.mjs';
import { bulk_operations } from './js/bulk.mjs';
import { crc32 } from './js/crc32.mjs';
import { deflate } from './js/deflate.mjs';
import { md5, sha1 } from './js/hash.mjs';
import { inflate } from './js/inflate.mjs';
import { packet_operations } from './js/packet.mjs';
import { single_operations } from './js/single.mjs';
import { read_utf8, write_utf8 } from './js/utf8.mjs';

const each =
  (digest) =>
  ({ parts }) =>
  (i) =>
    digest(parts[i]);

const batch =
  (digest) =>
  ({ messages }) => {
    const call = () => {
      let text = '';
      for (let i = 0; i < messages.length; i++) text = digest(messages[i]);
      return text;
    };
    return { call };
  };

export const name = 'plain JS';
export const kind = 'js';
export const operations = {
  crc32:
    ({ parts }) =>
    (i) =>
      crc32(parts[i]),
  md5:
    ({ parts }) =>
    (i) =>
      md5(parts[i]),
  sha1:
    ({ parts }) =>
    (i) =>
      sha1(parts[i]),
  md5_batch: batch(md5),
  sha1_batch: batch(sha1),
  base64_encode: each(base64.encode),
  base64_decode:
    ({ texts }) =>
    (i) =>
      base64.decode(texts[i]),
  ...bulk_operations,
  string_write({ list, room }) {
    const bytes = new Uint8Array(room);
    let at = 0;
    const call = (i) => {
      if (i === 0) at = 0;
      at = write_utf8(bytes, at, list[i]);
      return at;
    };
    const output = (i) => {
      const from = i === 0 ? 0 : at;
      return bytes.slice(from, call(i));
    };
    return { call, output };
  },
  string_read: ({ bytes }) => ({ call: () => read_utf8(bytes, 0) }),
  ...single_operations,
  decompress:
    ({ streams }) =>
    (i) =>
      inflate(streams[i]),
  compress({ items, level, peers_too }) {
    if (!peers_too) return undefined;
    return { call: (i) => deflate(items[i], level), counted: true };
  },
  ...packet_operations,
};
