// crc-32: the most used CRC-32 in JavaScript.
import crc_32 from 'crc-32';

export const name = 'crc-32';
export const kind = 'package';
export const operations = {
  crc32:
    ({ parts }) =>
    (i) =>
      crc_32.buf(parts[i]) >>> 0,
};
