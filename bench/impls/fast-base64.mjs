// fast-base64: base64 in wasm, behind promises.
import * as fast from 'fast-base64';

export const name = 'fast-base64';
export const kind = 'package';
export const operations = {
  base64_encode_wasm: ({ parts }) => ({ call: async (i) => fast.toBase64(parts[i]) }),
  base64_decode_wasm: ({ texts }) => ({ call: async (i) => fast.toBytes(texts[i]) }),
};
