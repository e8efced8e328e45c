// CRC-32, MD5, SHA-1 and base64: one public call to the finished value, beside native code, packages and plain JavaScript.

import * as crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as zlib from 'node:zlib';
import noders from '@node-rs/crc32';
import base64js from 'base64-js';
import * as bw from 'bytewire';
import crc_32 from 'crc-32';
import * as fast from 'fast-base64';
import * as hash_wasm from 'hash-wasm';
import Spark from 'spark-md5';
import * as js_base64 from '../impls/js/base64.mjs';
import { crc32 as js_crc32 } from '../impls/js/crc32.mjs';
import * as js_hash from '../impls/js/hash.mjs';

// The builds without inlined wasm are files of their own, so second instances: what the host can do is looked up at the first
// call, and hidden for that long. `wasm_only` has no native base64 but Buffer's strings; `browser_like` has no Buffer at all.
async function instance_without(build, hidden) {
  const library = await import(new URL(`../../dist/${build}/index.js`, import.meta.url));
  await library.init({
    wasm: readFileSync(new URL('../../dist/wasm/bytewire.simd.wasm', import.meta.url)),
  });
  const kept = hidden.map(([owner, name]) => Object.getOwnPropertyDescriptor(owner, name));
  for (const [owner, name] of hidden) delete owner[name];
  const b = library.buffer_create(100, 0, 1);
  library.buffer_base64_encode(b, 0, 100);
  library.buffer_delete(b);
  hidden.forEach(([owner, name], i) => {
    if (kept[i]) Object.defineProperty(owner, name, kept[i]);
  });
  return library;
}

const to_base64 = [Uint8Array.prototype, 'toBase64'];
const wasm_only = await instance_without('node-slim', [
  [Buffer.prototype, 'base64Slice'],
  [Buffer.prototype, 'base64Write'],
  to_base64,
]);
const browser_like = await instance_without('browser-slim', [[globalThis, 'Buffer'], to_base64]);

// Slices of half a millisecond and many of them: another program on the processor then spoils few, and the median none.
const rounds_for = (size) => (size < 1 << 20 ? 401 : 61);
const SIZES = [16, 64, 256, 1024, 16384, 1 << 20];
const label = (n) => (n < 1024 ? `${n} B` : n < 1 << 20 ? `${n >> 10} KiB` : `${n >> 20} MiB`);

// [must, aim] for 16 B, 64 B, 256 B, 1 KiB, and 16 KiB and more (the last two columns).
const GOALS = {
  'CRC-32 vs @node-rs/crc32 (PCLMUL)': '4|7 3|4 1.8|2.2 1.5|1.9 1.2|1.6 1.2|1.6',
  'CRC-32 vs best JS or wasm package': '0.9|1.2 1.2|1.5 2.5|3 5|6.5 7|10 7|10',
  'MD5 hex vs crypto.hash': '1.7|2.2 1.5|2 1.2|1.5 1.05|1.2 0.97|1.04 0.97|1.04',
  'SHA-1 hex vs hash-wasm': '3.5|5 3|4 2.2|3 1.7|2.2 1.4|1.8 1.4|1.8',
  'SHA-1 hex vs crypto.hash (SHA-NI)': '1.4|1.8 1.2|1.5 0.9|1.1 0.62|0.75 0.52|0.65 0.52|0.65',
  'base64 encode vs Buffer.toString': '1.2|1.6 0.95|1.2 0.95|1.1 0.95|1 0.95|1.1 0.95|1.1',
  'base64 decode vs Buffer.from': '1.4|2 1.4|2 1.4|2 1.4|2 1.4|2 1.4|2',
  'base64 encode, wasm path alone, vs fast-base64': '6|8 6|8 5|7 3|4 1.9|2.7 1.9|2.7',
  'base64 decode, wasm path alone, vs fast-base64': '6|8 6|8 5|7 3|4 1.9|2.7 1.9|2.7',
};

function goal(row, size_index, peers) {
  const [must, aim] = GOALS[row].split(' ')[size_index].split('|').map(Number);
  return { row, column: label(SIZES[size_index]), must, aim, peers };
}

let sink = 0;
/** What keeps results from being optimised away. */
export const used = () => sink;

// Each contender gets loops of its own, made from text: a shared one would see every target and inline none.
function loop(call, value) {
  return new Function(
    'call',
    'value',
    'keep',
    'return (n) => { let s = 0; for (let i = 0; i < n; i++) s += value(call(i & 7)); keep(s); }',
  )(call, value, (s) => {
    sink += s;
  });
}

function async_loop(call, value) {
  return new Function(
    'call',
    'value',
    'keep',
    'return async (n) => { let s = 0; for (let i = 0; i < n; i++) s += value(await call(i & 7)); keep(s); }',
  )(call, value, (s) => {
    sink += s;
  });
}

/**
 * Eight messages, in a buffer of the library and as Buffers of their own. Of the largest size it is one eight times over: the
 * caches hold one, and not the bus is to be measured.
 */
function messages(size) {
  if (size >= 1 << 20) {
    const bytes = Buffer.alloc(size);
    for (let i = 0; i < size; i++) bytes[i] = (Math.imul(i + 1, 0x9e3779b1) >>> 13) & 255;
    return { bytes, parts: new Array(8).fill(bytes), stride: 0 };
  }
  const bytes = Buffer.alloc(size * 8);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (Math.imul(i + 1, 0x9e3779b1) >>> 13) & 255;
  const parts = Array.from({ length: 8 }, (_, i) =>
    Buffer.from(bytes.subarray(i * size, (i + 1) * size)),
  );
  return { bytes, parts, stride: size };
}

function same(got, want, name) {
  if (got !== want) throw new Error(`${name}: wrong result ${got}, not ${want}`);
}

// `calls`: name -> function of a message's index. Checked on all eight before it is timed.
function contest(name, size_index, ours, calls, expected, goals, value) {
  return {
    name: `hash ${name} ${label(SIZES[size_index])}`,
    group: 'hash',
    ours,
    bytes: SIZES[size_index],
    rounds: rounds_for(SIZES[size_index]),
    goals,
    contenders: () => {
      const { made, done } = calls();
      return Object.entries(made)
        .filter(([, call]) => call)
        .map(([peer, call]) => {
          const is_async = call.constructor.name === 'AsyncFunction';
          if (!is_async) for (let i = 0; i < 8; i++) same(call(i), expected(i), peer);
          return { name: peer, run: is_async ? async_loop(call, value) : loop(call, value), done };
        });
    },
  };
}

const number = (x) => x | 0;
const length = (text) => text.length;

function crc_case(size, k) {
  const { bytes, parts, stride } = messages(size);
  return contest(
    'CRC-32',
    k,
    'bytewire',
    () => {
      const b = bw.buffer_from(bytes);
      return {
        made: {
          bytewire: (i) => bw.buffer_crc32(b, i * stride, size),
          '@node-rs/crc32': (i) => noders.crc32(parts[i]),
          'node:zlib': zlib.crc32 && ((i) => zlib.crc32(parts[i])),
          'crc-32': (i) => crc_32.buf(parts[i]) >>> 0,
          'hash-wasm': (i) => Number.parseInt(wasm_crc32.init().update(parts[i]).digest(), 16),
          'plain JS': (i) => js_crc32(parts[i]),
        },
        done: () => bw.buffer_delete(b),
      };
    },
    (i) => js_crc32(parts[i]),
    [
      goal('CRC-32 vs @node-rs/crc32 (PCLMUL)', k, ['@node-rs/crc32']),
      goal('CRC-32 vs best JS or wasm package', k, ['crc-32', 'hash-wasm']),
    ],
    number,
  );
}

const wasm_crc32 = await hash_wasm.createCRC32();
const wasm_md5 = await hash_wasm.createMD5();
const wasm_sha1 = await hash_wasm.createSHA1();

function md5_case(size, k) {
  const { bytes, parts, stride } = messages(size);
  const slices = parts.map((part) => part.buffer.slice(part.byteOffset, part.byteOffset + size));
  return contest(
    'MD5',
    k,
    'bytewire',
    () => {
      const b = bw.buffer_from(bytes);
      return {
        made: {
          bytewire: (i) => bw.buffer_md5(b, i * stride, size),
          'crypto.hash': (i) => crypto.hash('md5', parts[i], 'hex'),
          'crypto.createHash': (i) => crypto.createHash('md5').update(parts[i]).digest('hex'),
          'hash-wasm': (i) => wasm_md5.init().update(parts[i]).digest(),
          'spark-md5': (i) => Spark.ArrayBuffer.hash(slices[i]),
          'plain JS': (i) => js_hash.md5(parts[i]),
        },
        done: () => bw.buffer_delete(b),
      };
    },
    (i) => crypto.createHash('md5').update(parts[i]).digest('hex'),
    [goal('MD5 hex vs crypto.hash', k, ['crypto.hash'])],
    length,
  );
}

function sha1_case(size, k) {
  const { bytes, parts, stride } = messages(size);
  return contest(
    'SHA-1',
    k,
    'bytewire',
    () => {
      const b = bw.buffer_from(bytes);
      return {
        made: {
          bytewire: (i) => bw.buffer_sha1(b, i * stride, size),
          'crypto.hash': (i) => crypto.hash('sha1', parts[i], 'hex'),
          'crypto.createHash': (i) => crypto.createHash('sha1').update(parts[i]).digest('hex'),
          'hash-wasm': (i) => wasm_sha1.init().update(parts[i]).digest(),
          'plain JS': (i) => js_hash.sha1(parts[i]),
        },
        done: () => bw.buffer_delete(b),
      };
    },
    (i) => crypto.createHash('sha1').update(parts[i]).digest('hex'),
    [
      goal('SHA-1 hex vs hash-wasm', k, ['hash-wasm']),
      goal('SHA-1 hex vs crypto.hash (SHA-NI)', k, ['crypto.hash']),
    ],
    length,
  );
}

function encode_case(size, k) {
  const { bytes, parts, stride } = messages(size);
  return contest(
    'base64 encode',
    k,
    'bytewire',
    () => {
      const b = bw.buffer_from(bytes);
      return {
        made: {
          bytewire: (i) => bw.buffer_base64_encode(b, i * stride, size),
          'Buffer.toString': (i) => parts[i].toString('base64'),
          'base64-js': (i) => base64js.fromByteArray(parts[i]),
          'plain JS': (i) => js_base64.encode(parts[i]),
        },
        done: () => bw.buffer_delete(b),
      };
    },
    (i) => parts[i].toString('base64'),
    [goal('base64 encode vs Buffer.toString', k, ['Buffer.toString'])],
    length,
  );
}

// Makes a buffer and deletes it, as a program does that decodes one message after the other. A function of its own for each
// library, made from text: they would share what the engine learns about them.
function decoder(library, texts) {
  return new Function(
    'library',
    'texts',
    `const { buffer_base64_decode, buffer_get_size, buffer_delete } = library;
    return (i) => {
      const b = buffer_base64_decode(texts[i]);
      const n = buffer_get_size(b);
      buffer_delete(b);
      return n;
    };`,
  )(library, texts);
}

function decode_case(size, k) {
  const { parts } = messages(size);
  const texts = parts.map((part) => part.toString('base64'));
  for (const library of [bw, wasm_only, browser_like]) {
    const b = library.buffer_base64_decode(texts[3]);
    same(Buffer.compare(library.buffer_to_bytes(b), parts[3]), 0, 'bytes of bytewire');
    library.buffer_delete(b);
  }
  return contest(
    'base64 decode',
    k,
    'bytewire',
    () => ({
      made: {
        bytewire: decoder(bw, texts),
        'Buffer.from': (i) => Buffer.from(texts[i], 'base64').length,
        'base64-js': (i) => base64js.toByteArray(texts[i]).length,
        'plain JS': (i) => js_base64.decode(texts[i]).length,
      },
    }),
    (i) => parts[i].length,
    [goal('base64 decode vs Buffer.from', k, ['Buffer.from'])],
    number,
  );
}

function wasm_encode_case(size, k) {
  const { bytes, parts, stride } = messages(size);
  return contest(
    'base64 encode, wasm path',
    k,
    'bytewire, wasm',
    () => {
      const b = wasm_only.buffer_from(bytes);
      const o = browser_like.buffer_from(bytes);
      return {
        made: {
          'bytewire, wasm': (i) => wasm_only.buffer_base64_encode(b, i * stride, size),
          'fast-base64': async (i) => fast.toBase64(parts[i]),
          'bytewire, no Buffer': (i) => browser_like.buffer_base64_encode(o, i * stride, size),
        },
        done: () => {
          wasm_only.buffer_delete(b);
          browser_like.buffer_delete(o);
        },
      };
    },
    (i) => parts[i].toString('base64'),
    [goal('base64 encode, wasm path alone, vs fast-base64', k, ['fast-base64'])],
    length,
  );
}

function wasm_decode_case(size, k) {
  const { parts } = messages(size);
  const texts = parts.map((part) => part.toString('base64'));
  return contest(
    'base64 decode, wasm path',
    k,
    'bytewire, wasm',
    () => ({
      made: {
        'bytewire, wasm': decoder(wasm_only, texts),
        'fast-base64': async (i) => (await fast.toBytes(texts[i])).length,
        'bytewire, no Buffer': decoder(browser_like, texts),
      },
    }),
    (i) => parts[i].length,
    [goal('base64 decode, wasm path alone, vs fast-base64', k, ['fast-base64'])],
    number,
  );
}

// `packets` messages of 1400 bytes in one call, against one stream of as many bytes.
function batch_case(algorithm, packets, must) {
  const size = 1400;
  const name = algorithm === 'md5' ? 'MD5' : 'SHA-1';
  return {
    name: `hash ${name} batch of ${packets} packets`,
    group: 'hash',
    ours: 'bytewire batch',
    bytes: size * packets,
    rounds: rounds_for(size),
    goals: [
      {
        row: `${name} batch vs our own single stream`,
        column: `${packets} packets`,
        must,
        aim: must,
        peers: ['bytewire, one stream'],
      },
    ],
    contenders: () => {
      const bytes = Buffer.alloc(size * packets, 'packets');
      const b = bw.buffer_from(bytes);
      const offsets = bw.buffer_from(Uint32Array.from({ length: packets }, (_, i) => i * size));
      const sizes = bw.buffer_from(new Uint32Array(packets).fill(size));
      const result = bw.buffer_create(20 * packets, bw.buffer_fixed, 1);
      const [batch, single] =
        algorithm === 'md5'
          ? [bw.buffer_md5_batch, bw.buffer_md5]
          : [bw.buffer_sha1_batch, bw.buffer_sha1];
      batch(b, offsets, sizes, packets, result);
      const each = algorithm === 'md5' ? 16 : 20;
      const hex = Buffer.from(bw.buffer_to_bytes(result, each, each)).toString('hex');
      same(hex, single(b, size, size), 'batch');
      return [
        {
          name: 'bytewire batch',
          run: loop(() => batch(b, offsets, sizes, packets, result), number),
        },
        { name: 'bytewire, one stream', run: loop(() => single(b, 0, size * packets), length) },
        {
          name: 'bytewire, single calls',
          run: loop(() => {
            let n = 0;
            for (let i = 0; i < packets; i++) n += single(b, i * size, size).length;
            return n;
          }, number),
        },
        {
          name: 'crypto.hash, calls',
          run: loop(() => {
            let n = 0;
            for (let i = 0; i < packets; i++) {
              n += crypto.hash(algorithm, bytes.subarray(i * size, i * size + size), 'hex').length;
            }
            return n;
          }, number),
        },
      ];
    },
  };
}

const by_size = (make) => SIZES.map((size, k) => make(size, k));

export const cases = [
  ...by_size(crc_case),
  ...by_size(md5_case),
  ...by_size(sha1_case),
  ...by_size(encode_case),
  ...by_size(decode_case),
  ...by_size(wasm_encode_case),
  ...by_size(wasm_decode_case),
  ...[4, 8, 64].map((packets) => batch_case('md5', packets, 2.3)),
  ...[4, 8, 64].map((packets) => batch_case('sha1', packets, 1.5)),
];
