// @node-rs/crc32: native code with carry-less multiplication (PCLMUL).
import noders from '@node-rs/crc32';

export const hosts = ['node'];
export const name = '@node-rs/crc32';
export const kind = 'native';
export const operations = {
  crc32: ({ parts }) => {
    const list = parts.map((part) => Buffer.from(part));
    return (i) => noders.crc32(list[i]);
  },
};
