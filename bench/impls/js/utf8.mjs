// UTF-8 in plain JavaScript: strings into an array and back, ended by a zero byte.

/** Writes `text` and a zero at `at`; gives the position behind. Lone surrogates become U+FFFD. */
export function write_utf8(bytes, at, text) {
  for (let i = 0; i < text.length; i++) {
    let c = text.charCodeAt(i);
    if (c < 0x80) {
      bytes[at++] = c;
      continue;
    }
    if (c < 0x800) {
      bytes[at++] = 0xc0 | (c >> 6);
      bytes[at++] = 0x80 | (c & 63);
      continue;
    }
    if (c >= 0xd800 && c < 0xe000) {
      const low = c < 0xdc00 ? text.charCodeAt(i + 1) : 0;
      if (low >= 0xdc00 && low < 0xe000) {
        i++;
        c = 0x10000 + ((c & 0x3ff) << 10) + (low & 0x3ff);
        bytes[at++] = 0xf0 | (c >> 18);
        bytes[at++] = 0x80 | ((c >> 12) & 63);
        bytes[at++] = 0x80 | ((c >> 6) & 63);
        bytes[at++] = 0x80 | (c & 63);
        continue;
      }
      c = 0xfffd;
    }
    bytes[at++] = 0xe0 | (c >> 12);
    bytes[at++] = 0x80 | ((c >> 6) & 63);
    bytes[at++] = 0x80 | (c & 63);
  }
  bytes[at] = 0;
  return at + 1;
}

/** Units that String.fromCharCode gets at once. */
const CHUNK = 4096;
const units = new Uint16Array(CHUNK);

/** The string at `at`, up to its zero byte. The bytes are valid UTF-8. */
export function read_utf8(bytes, at) {
  let text = '';
  let n = 0;
  for (let c = bytes[at++]; c !== 0; c = bytes[at++]) {
    if (n >= CHUNK - 1) {
      text += String.fromCharCode.apply(null, units.subarray(0, n));
      n = 0;
    }
    if (c < 0x80) units[n++] = c;
    else if (c < 0xe0) units[n++] = ((c & 31) << 6) | (bytes[at++] & 63);
    else if (c < 0xf0) {
      units[n++] = ((c & 15) << 12) | ((bytes[at] & 63) << 6) | (bytes[at + 1] & 63);
      at += 2;
    } else {
      const high = ((c & 7) << 18) | ((bytes[at] & 63) << 12);
      const point = (high | ((bytes[at + 1] & 63) << 6) | (bytes[at + 2] & 63)) - 0x10000;
      at += 3;
      units[n++] = 0xd800 | (point >> 10);
      units[n++] = 0xdc00 | (point & 0x3ff);
    }
  }
  return text + String.fromCharCode.apply(null, units.subarray(0, n));
}
