// Goals of digests and base64.
import { least_ratio, limits } from './measures.mjs';

const topic = 'digests and base64';
const LARGE = 16384;
const COLUMNS = [
  ['16 B', (bytes) => bytes === 16],
  ['64 B', (bytes) => bytes === 64],
  ['256 B', (bytes) => bytes === 256],
  ['1 KiB', (bytes) => bytes === 1024],
  ['16 KiB and more', (bytes) => bytes >= LARGE],
];

const PACKAGES_CRC32 = ['crc-32', 'hash-wasm'];
// Row, series, peers, and must|aim for each column.
const TABLE = [
  [
    'CRC-32 vs @node-rs/crc32 (PCLMUL)',
    'CRC-32',
    ['@node-rs/crc32'],
    '4|7 3|4 1.8|2.2 1.5|1.9 1.2|1.6',
  ],
  [
    'CRC-32 vs best JS or wasm package',
    'CRC-32',
    PACKAGES_CRC32,
    '0.9|1.2 1.2|1.5 2.5|3 5|6.5 7|10',
  ],
  ['MD5 hex vs crypto.hash', 'MD5', ['crypto.hash'], '1.7|2.2 1.5|2 1.2|1.5 1.05|1.2 0.97|1.04'],
  ['SHA-1 hex vs hash-wasm', 'SHA-1', ['hash-wasm'], '3.5|5 3|4 2.2|3 1.7|2.2 1.4|1.8'],
  [
    'SHA-1 hex vs crypto.hash (SHA-NI)',
    'SHA-1',
    ['crypto.hash'],
    '1.4|1.8 1.2|1.5 0.9|1.1 0.62|0.75 0.52|0.65',
  ],
  [
    'base64 encode vs Buffer.toString',
    'base64 encode',
    ['Buffer.toString'],
    '1.2|1.6 0.95|1.2 0.95|1.1 0.95|1 0.95|1.1',
  ],
  [
    'base64 decode vs Buffer.from',
    'base64 decode',
    ['Buffer.from'],
    '1.4|2 1.4|2 1.4|2 1.4|2 1.4|2',
  ],
  ...['encode', 'decode'].map((way) => [
    `base64 ${way}, wasm path alone, vs fast-base64`,
    `base64 ${way}, wasm path`,
    ['fast-base64'],
    '6|8 6|8 5|7 3|4 1.9|2.7',
  ]),
];

const by_size = TABLE.flatMap(([row, series, peers, cells]) =>
  cells.split(' ').map((cell, i) => {
    const [column, accept] = COLUMNS[i];
    const measure = least_ratio(series, peers, ({ bytes }) => accept(bytes));
    return { topic, row, column, ...limits(cell), measure };
  }),
);

const BATCHES = [
  ['MD5', 2.3],
  ['SHA-1', 1.5],
];
const batches = BATCHES.flatMap(([name, must]) =>
  [4, 8, 64].map((packets) => ({
    topic,
    row: `${name} batch vs our own single stream`,
    column: `${packets} packets`,
    must,
    measure: least_ratio(`${name} batch`, ['bytewire, one stream'], ({ x }) => x === packets),
  })),
);

export const DIGEST_GOALS = [...by_size, ...batches];
