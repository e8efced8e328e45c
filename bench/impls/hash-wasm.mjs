// hash-wasm: digests in wasm, each kept and begun anew per message, its fastest way.
import { createCRC32, createMD5, createSHA1 } from 'hash-wasm';

const crc32 = await createCRC32();
const md5 = await createMD5();
const sha1 = await createSHA1();

export const name = 'hash-wasm';
export const kind = 'package';
export const operations = {
  crc32:
    ({ parts }) =>
    (i) =>
      Number.parseInt(crc32.init().update(parts[i]).digest(), 16),
  md5:
    ({ parts }) =>
    (i) =>
      md5.init().update(parts[i]).digest(),
  sha1:
    ({ parts }) =>
    (i) =>
      sha1.init().update(parts[i]).digest(),
};
