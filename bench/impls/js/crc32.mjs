// CRC-32 in plain JavaScript: slicing-by-8 over typed arrays.

const T = new Int32Array(8 * 256);
for (let n = 0; n < 256; n++) {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  T[n] = c;
}
for (let i = 256; i < T.length; i++) T[i] = T[T[i - 256] & 255] ^ (T[i - 256] >>> 8);

export function crc32(b) {
  let c = -1;
  let i = 0;
  for (const end = b.length - 7; i < end; i += 8) {
    c ^= b[i] | (b[i + 1] << 8) | (b[i + 2] << 16) | (b[i + 3] << 24);
    c =
      T[1792 + (c & 255)] ^
      T[1536 + ((c >>> 8) & 255)] ^
      T[1280 + ((c >>> 16) & 255)] ^
      T[1024 + (c >>> 24)] ^
      T[768 + b[i + 4]] ^
      T[512 + b[i + 5]] ^
      T[256 + b[i + 6]] ^
      T[b[i + 7]];
  }
  for (; i < b.length; i++) c = T[(c ^ b[i]) & 255] ^ (c >>> 8);
  return ~c >>> 0;
}
