// base64 in plain JavaScript: pairs of characters from a table of 4096, and a table of values back.

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PAIRS = Array.from({ length: 4096 }, (_, i) => ALPHABET[i >> 6] + ALPHABET[i & 63]);
const VALUES = new Uint8Array(256);
for (let i = 0; i < 64; i++) VALUES[ALPHABET.charCodeAt(i)] = i;

export function encode(b) {
  let text = '';
  let i = 0;
  for (const end = b.length - 2; i < end; i += 3) {
    const x = (b[i] << 16) | (b[i + 1] << 8) | b[i + 2];
    text += PAIRS[x >> 12] + PAIRS[x & 4095];
  }
  if (i === b.length - 1) text += `${PAIRS[b[i] << 4]}==`;
  else if (i === b.length - 2)
    text += `${PAIRS[(b[i] << 4) | (b[i + 1] >> 4)]}${ALPHABET[(b[i + 1] & 15) << 2]}=`;
  return text;
}

export function decode(text) {
  let n = text.length;
  while (n > 0 && text.charCodeAt(n - 1) === 61) n--;
  const out = new Uint8Array((n * 3) >> 2);
  let o = 0;
  for (let i = 0; i < n; i += 4) {
    const x =
      (VALUES[text.charCodeAt(i)] << 18) |
      (VALUES[text.charCodeAt(i + 1)] << 12) |
      (i + 2 < n ? VALUES[text.charCodeAt(i + 2)] << 6 : 0) |
      (i + 3 < n ? VALUES[text.charCodeAt(i + 3)] : 0);
    out[o++] = x >> 16;
    if (o < out.length) out[o++] = (x >> 8) & 255;
    if (o < out.length) out[o++] = x & 255;
  }
  return out;
}
