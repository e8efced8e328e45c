// What browsers have natively for digests, base64 and compression. Most of it is asynchronous.

const hex = (digest) =>
  [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');

async function through(stream, bytes) {
  const writer = stream.writable.getWriter();
  writer.write(bytes);
  writer.close();
  return new Uint8Array(await new Response(stream.readable).arrayBuffer());
}

export const hosts = ['browser'];
export const name = 'browser';
export const kind = 'native';
export const operations = {
  sha1: ({ parts }) =>
    globalThis.crypto?.subtle && {
      name: 'crypto.subtle',
      call: async (i) => hex(await crypto.subtle.digest('SHA-1', parts[i])),
    },
  base64_encode: ({ parts }) =>
    Uint8Array.prototype.toBase64 && {
      name: 'Uint8Array.toBase64',
      call: (i) => parts[i].toBase64(),
    },
  base64_decode: ({ texts }) =>
    Uint8Array.fromBase64 && {
      name: 'Uint8Array.fromBase64',
      call: (i) => Uint8Array.fromBase64(texts[i]),
    },
  decompress: ({ streams }) =>
    globalThis.DecompressionStream && {
      name: 'DecompressionStream',
      call: (i) => through(new DecompressionStream('deflate'), streams[i]),
    },
  // Its level cannot be chosen: browsers take 6.
  compress: ({ items, level }) =>
    globalThis.CompressionStream &&
    level === 6 && {
      name: 'CompressionStream',
      call: (i) => through(new CompressionStream('deflate'), items[i]),
    },
};
