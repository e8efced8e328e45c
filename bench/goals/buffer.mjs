// Goals of the buffer functions.
import { label, SIZES } from '../sizes.mjs';
import { least_ratio } from './measures.mjs';

const topic = 'buffers';
const goal = (row, must, aim, measure) => ({ topic, row, must, aim, measure });

const singles = ['write', 'read'].flatMap((action) => [
  goal(
    `typed ${action} vs hand DataView with a local position, 6 fields`,
    0.25,
    undefined,
    least_ratio(`single calls, ${action}`, ['hand DataView']),
  ),
  goal(
    `typed ${action} vs smart-buffer, bytebuffer, bit-buffer`,
    1,
    3,
    least_ratio(`single calls, ${action}`, ['smart-buffer', 'bytebuffer', 'bit-buffer']),
  ),
]);

/** What every kind of fill and copy is measured against, from 1 KiB on. */
const MEMCPY = [
  ['fill u8', 'Uint8Array.fill'],
  ['fill u16', 'typed array fill'],
  ['fill u32', 'typed array fill'],
  ['fill f32', 'typed array fill'],
  ['fill f64', 'typed array fill'],
  ['copy', 'Uint8Array.set'],
  ['copy inside, overlapping', 'copyWithin'],
  ['strided copy, side by side', 'Uint8Array.set'],
];

const bulk = MEMCPY.flatMap(([series, peer]) =>
  SIZES.filter((size) => size >= 1024).map((size) => ({
    ...goal(
      `${series} vs ${peer}`,
      0.9,
      undefined,
      least_ratio(series, [peer], ({ bytes }) => bytes === size),
    ),
    column: label(size),
  })),
);

const LENGTHS = [1, 4, 8, 16, 24, 32, 64, 128, 1000, 10_000];
const SCRIPTS = ['ASCII', 'Cyrillic', 'mixed with emoji'];
// Parity in writing; in reading with what pages have, and nearly so with Node's own.
const PEERS = {
  write: [
    ['encodeInto', 1],
    ['utf8Write', 1],
  ],
  read: [
    ['TextDecoder', 1],
    ['utf8Slice', 0.9, 1],
  ],
};

const strings = Object.entries(PEERS).flatMap(([action, peers]) =>
  SCRIPTS.flatMap((script) =>
    peers.flatMap(([peer, must, aim]) =>
      LENGTHS.map((length) => ({
        ...goal(
          `string ${action}, ${script}, vs ${peer}`,
          must,
          aim,
          least_ratio(`string ${action}, ${script}`, [peer], ({ x }) => x === length),
        ),
        column: `${length}`,
      })),
    ),
  ),
);

export const BUFFER_GOALS = [
  ...singles,
  goal(
    'generic write vs bare wasm call, mixed types over four buffers',
    0.625,
    undefined,
    least_ratio('single calls, mixed types', ['bare wasm call']),
  ),
  goal(
    'generic write in a bundle vs frozen table of JS writers',
    1,
    undefined,
    least_ratio('single calls, bundled', ['frozen table']),
  ),
  ...bulk,
  ...strings,
];
