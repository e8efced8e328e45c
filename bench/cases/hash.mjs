// CRC-32, MD5, SHA-1 and base64: one public call to the finished value, for messages of every size.

import { encode } from '../impls/js/base64.mjs';
import { crc32 } from '../impls/js/crc32.mjs';
import { md5, sha1 } from '../impls/js/hash.mjs';
import { label, SIZES } from '../sizes.mjs';

const MESSAGES = 8;
const LARGE = 1 << 18;

const byte_at = (i) => (Math.imul(i + 1, 0x9e3779b1) >>> 13) & 255;

/** Eight messages, in one array. Of the large sizes it is one eight times over: the caches are to hold it, not the bus to be measured. */
function messages(size) {
  const stride = size < LARGE ? size : 0;
  const bytes = new Uint8Array(stride === 0 ? size : size * MESSAGES);
  for (let i = 0; i < bytes.length; i++) bytes[i] = byte_at(i);
  const parts = Array.from({ length: MESSAGES }, (_, i) =>
    stride === 0 && i > 0 ? bytes : bytes.slice(i * stride, i * stride + size),
  );
  return { bytes, parts, stride, size, count: MESSAGES };
}

function equal(got, wanted) {
  if (got !== wanted) throw new Error(`it gives ${got}, not ${wanted}`);
}

function equal_bytes(got, wanted) {
  if (got.length !== wanted.length) throw new Error(`it gives ${got.length} bytes`);
  for (let i = 0; i < wanted.length; i++) {
    if (got[i] !== wanted[i]) throw new Error(`byte ${i} is ${got[i]}, not ${wanted[i]}`);
  }
}

// What is expected of a message is worked out once, however many give it.
const remembered = (digest) => {
  const known = new WeakMap();
  return (bytes) => {
    if (!known.has(bytes)) known.set(bytes, digest(bytes));
    return known.get(bytes);
  };
};
const expected = Object.fromEntries(
  Object.entries({ crc32, md5, sha1, encode }).map(([name, digest]) => [name, remembered(digest)]),
);

const group = 'hash';
const sized = (title, operation, { input = messages, check, ours = 'bytewire', is_read = false }) =>
  SIZES.map((size) => ({
    group,
    series: title,
    name: `hash ${title} ${label(size)}`,
    operation,
    bytes: size,
    ours,
    input: () => input(size),
    is_read,
    check,
  }));

// In one piece, as texts come from a socket or a file, not in the pieces that they were added up from.
const in_one_piece = (text) => new TextDecoder().decode(new TextEncoder().encode(text));

function texts_of(size) {
  const { parts } = messages(size);
  return { parts, texts: parts.map((part) => in_one_piece(encode(part))), count: MESSAGES };
}

// The host's own base64 is out of the way as long as the case runs.
const without_native = (make) => (size) => {
  const kept = Object.getOwnPropertyDescriptor(Uint8Array.prototype, 'toBase64');
  delete Uint8Array.prototype.toBase64;
  const done = () => kept && Object.defineProperty(Uint8Array.prototype, 'toBase64', kept);
  return { ...make(size), done };
};

const PACKET_BYTES = 1400;
const batch_case = (title, operation, digest, packets) => ({
  group,
  series: `${title} batch`,
  name: `hash ${title} batch of ${packets} packets`,
  operation,
  bytes: PACKET_BYTES * packets,
  x: packets,
  unit: `packets of ${PACKET_BYTES} B`,
  ours: 'bytewire batch',
  input() {
    const bytes = new Uint8Array(PACKET_BYTES * packets);
    for (let i = 0; i < bytes.length; i++) bytes[i] = byte_at(i);
    const list = Array.from({ length: packets }, (_, i) =>
      bytes.slice(i * PACKET_BYTES, (i + 1) * PACKET_BYTES),
    );
    return { bytes, packets, size: PACKET_BYTES, messages: list };
  },
  check: (got, _, input) => equal(got, digest(input.messages.at(-1))),
});

export const cases = [
  ...sized('CRC-32', 'crc32', {
    check: (got, i, { parts }) => equal(got, expected.crc32(parts[i])),
  }),
  ...sized('MD5', 'md5', { check: (got, i, { parts }) => equal(got, expected.md5(parts[i])) }),
  ...sized('SHA-1', 'sha1', { check: (got, i, { parts }) => equal(got, expected.sha1(parts[i])) }),
  ...sized('base64 encode', 'base64_encode', {
    check: (got, i, { parts }) => equal(got, expected.encode(parts[i])),
    is_read: true,
  }),
  ...sized('base64 decode', 'base64_decode', {
    input: texts_of,
    check: (got, i, { parts }) => equal_bytes(got, parts[i]),
  }),
  ...sized('base64 encode, wasm path', 'base64_encode_wasm', {
    input: without_native(messages),
    check: (got, i, { parts }) => equal(got, expected.encode(parts[i])),
    is_read: true,
    ours: 'bytewire, wasm',
  }),
  ...sized('base64 decode, wasm path', 'base64_decode_wasm', {
    input: without_native(texts_of),
    check: (got, i, { parts }) => equal_bytes(got, parts[i]),
    ours: 'bytewire, wasm',
  }),
  ...[4, 8, 64].map((packets) => batch_case('MD5', 'md5_batch', md5, packets)),
  ...[4, 8, 64].map((packets) => batch_case('SHA-1', 'sha1_batch', sha1, packets)),
];
