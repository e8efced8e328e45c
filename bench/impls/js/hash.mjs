// MD5 and SHA-1 in plain JavaScript: unrolled by state rotation, one Int32Array of words, hex digits from a table.

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));
const K = Int32Array.from({ length: 64 }, (_, i) =>
  Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32),
);
const S = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const W = new Int32Array(80);
const LAST = new Uint8Array(128);
const rotl = (x, n) => (x << n) | (x >>> (32 - n));

/** Calls `block(bytes, offset)` for every block of the padded message. */
function each_block(bytes, big_endian, block) {
  const n = bytes.length;
  const full = n & ~63;
  for (let i = 0; i < full; i += 64) block(bytes, i);
  LAST.fill(0);
  LAST.set(bytes.subarray(full));
  LAST[n - full] = 0x80;
  const end = n - full < 56 ? 64 : 128;
  const bits = new DataView(LAST.buffer);
  const high = Math.floor(n / 2 ** 29);
  bits.setUint32(end - 8, big_endian ? high : n << 3, !big_endian);
  bits.setUint32(end - 4, big_endian ? n << 3 : high, !big_endian);
  for (let i = 0; i < end; i += 64) block(LAST, i);
}

export function md5(bytes) {
  let a0 = 0x67452301;
  let b0 = 0xefcdab89 | 0;
  let c0 = 0x98badcfe | 0;
  let d0 = 0x10325476;
  each_block(bytes, false, (p, o) => {
    for (let i = 0; i < 16; i++, o += 4)
      W[i] = p[o] | (p[o + 1] << 8) | (p[o + 2] << 16) | (p[o + 3] << 24);
    let a = a0;
    let b = b0;
    let c = c0;
    let d = d0;
    for (let i = 0; i < 64; i++) {
      let f;
      let g;
      if (i < 16) {
        f = d ^ (b & (c ^ d));
        g = i;
      } else if (i < 32) {
        f = c ^ (d & (b ^ c));
        g = (5 * i + 1) & 15;
      } else if (i < 48) {
        f = b ^ c ^ d;
        g = (3 * i + 5) & 15;
      } else {
        f = c ^ (b | ~d);
        g = (7 * i) & 15;
      }
      const t = (a + f + K[i] + W[g]) | 0;
      a = d;
      d = c;
      c = b;
      b = (b + rotl(t, S[((i >> 4) << 2) | (i & 3)])) | 0;
    }
    a0 = (a0 + a) | 0;
    b0 = (b0 + b) | 0;
    c0 = (c0 + c) | 0;
    d0 = (d0 + d) | 0;
  });
  let text = '';
  for (const w of [a0, b0, c0, d0])
    text += HEX[w & 255] + HEX[(w >>> 8) & 255] + HEX[(w >>> 16) & 255] + HEX[w >>> 24];
  return text;
}

export function sha1(bytes) {
  let a0 = 0x67452301;
  let b0 = 0xefcdab89 | 0;
  let c0 = 0x98badcfe | 0;
  let d0 = 0x10325476;
  let e0 = 0xc3d2e1f0 | 0;
  each_block(bytes, true, (p, o) => {
    for (let i = 0; i < 16; i++, o += 4)
      W[i] = (p[o] << 24) | (p[o + 1] << 16) | (p[o + 2] << 8) | p[o + 3];
    for (let i = 16; i < 80; i++) W[i] = rotl(W[i - 3] ^ W[i - 8] ^ W[i - 14] ^ W[i - 16], 1);
    let a = a0;
    let b = b0;
    let c = c0;
    let d = d0;
    let e = e0;
    for (let i = 0; i < 80; i++) {
      let f;
      if (i < 20) f = ((b & c) | (~b & d)) + 0x5a827999;
      else if (i < 40) f = (b ^ c ^ d) + 0x6ed9eba1;
      else if (i < 60) f = ((b & c) | (d & (b | c))) + 0x8f1bbcdc;
      else f = (b ^ c ^ d) + 0xca62c1d6;
      const t = (rotl(a, 5) + f + e + W[i]) | 0;
      e = d;
      d = c;
      c = rotl(b, 30);
      b = a;
      a = t;
    }
    a0 = (a0 + a) | 0;
    b0 = (b0 + b) | 0;
    c0 = (c0 + c) | 0;
    d0 = (d0 + d) | 0;
    e0 = (e0 + e) | 0;
  });
  let text = '';
  for (const w of [a0, b0, c0, d0, e0])
    text += HEX[w >>> 24] + HEX[(w >>> 16) & 255] + HEX[(w >>> 8) & 255] + HEX[w & 255];
  return text;
}
