// base64-js: the most used base64 in JavaScript.
import base64js from 'base64-js';

export const name = 'base64-js';
export const kind = 'package';
export const operations = {
  base64_encode:
    ({ parts }) =>
    (i) =>
      base64js.fromByteArray(parts[i]),
  base64_decode:
    ({ texts }) =>
    (i) =>
      base64js.toByteArray(texts[i]),
};
