// Compression: every file of the corpus at the levels of the package; packets with a dictionary of earlier ones; memory.
import { unzlibSync } from 'fflate';
import { compression_memory, corpus_file, corpus_packets, zlib_stream } from '../host.mjs';

// Names in the corpus. The last three do not compress, or to nearly nothing: shown, but not in the means.
const FILES = {
  s: [
    's1 bin 120 B',
    's2 json 100 B',
    's3 bin 440 B',
    's4 json 520 B',
    's5 bin 1.5 KB',
    's6 json 1.7 KB',
  ],
  m: ['m1 world 64K', 'm2 json 64K', 'm3 js 64K', 'm4 prose 64K'],
  l: [
    'l1 world 2M',
    'l2 logs 3M',
    'l3 rgba 2M',
    'l4 prose 1.8M',
    'l5 js 3M',
    'l6 exe 3M',
    'l7 wasm 3M',
  ],
  edge: ['l8 random 2M', 'l9 .z 0.5M', 'l0 zeros 3M'],
};
const ALL = Object.values(FILES).flat();
/** Text, JSON, code and wasm: what level 12 is for. */
const LEVEL_12_FILES = [...FILES.m, ...FILES.l].filter((name) =>
  /json|js|prose|logs|wasm/.test(name),
);
/** Levels at which packages take part, and that of megabytes; at the others node:zlib is enough to see that no file is slower. */
const PEER_LEVELS = [1, 6, 9];
const LARGE_PEER_LEVEL = 6;
/** Megabytes take so long that a call is a round, and a few of them agree. */
const LARGE_OPTIONS = { rounds: 3, warm_up_ms: 1 };
/** A turn in which everybody goes through all blocks of 64 KB: half a millisecond is two of the sixteen for one and fourteen for another. */
const BLOCKS_OPTIONS = { slice_ms: 4, time_ms: 300 };

const group = 'deflate';
const name_of = (what, file) => `deflate ${what}: ${file}`;

function equal_bytes(got, wanted) {
  if (got.length !== wanted.length) {
    throw new Error(`it gives ${got.length} bytes, not ${wanted.length}`);
  }
  for (let i = 0; i < wanted.length; i++) {
    if (got[i] !== wanted[i]) throw new Error(`byte ${i} is ${got[i]}, not ${wanted[i]}`);
  }
}

// Arrays of their own: pools of the host's make neighbours of them.
const plain_bytes = (bytes) => Uint8Array.from(bytes);

async function file_called(file_name) {
  const { items, kind } = await corpus_file(file_name);
  const most = Math.max(...items.map((item) => item.length));
  const small = file_name[0] === 's';
  return { items: items.map(plain_bytes), most, small, kind, count: items.length };
}

const class_of = (file_name) => (FILES.edge.includes(file_name) ? 'edge' : file_name[0]);
const about = (what, file_name) => ({
  group,
  series: what,
  name: name_of(what, file_name),
  ours: 'bytewire',
  tags: { file: file_name, class: class_of(file_name) },
  // Megabytes at every level by every peer take minutes, however few rounds.
  heavy: file_name[0] === 'l',
  options: file_name[0] === 'l' ? LARGE_OPTIONS : {},
});

// The mean size of an item is where a file stands on the axis of a chart.
const with_size = (input) => async () => {
  const made = await input();
  return { ...made, mean_bytes: made.items.reduce((n, item) => n + item.length, 0) / made.count };
};

const zlib_streams = (items) => Promise.all(items.map(zlib_stream));

const decompress_case = (file_name) => ({
  ...about('decompress', file_name),
  ...(file_name[0] === 'm' ? { options: BLOCKS_OPTIONS } : {}),
  operation: 'decompress',
  input: with_size(async () => {
    const file = await file_called(file_name);
    return { ...file, streams: await zlib_streams(file.items) };
  }),
  check: (got, i, { items }) => equal_bytes(got, items[i]),
});

const peers_at = (level, file_name) =>
  file_name[0] === 'l' ? level === LARGE_PEER_LEVEL : PEER_LEVELS.includes(level);

const compress_case = (level, file_name) => ({
  ...about(`compress ${level}`, file_name),
  operation: 'compress',
  input: with_size(async () => ({
    ...(await file_called(file_name)),
    level,
    peers_too: peers_at(level, file_name),
    one_form: file_name[0] === 'l' || !PEER_LEVELS.includes(level),
  })),
  check: (got, i, { items }) => equal_bytes(unzlibSync(got), items[i]),
});

async function few_bytes() {
  const made = await corpus_packets('bin', 1, 8, 9);
  return made.map((packet) => plain_bytes(packet.subarray(0, 16)));
}

// The fixed costs of a call.
const tiny_case = (what, operation, more) => ({
  group,
  series: what,
  name: name_of(what, '16-byte packet'),
  ours: 'bytewire',
  tags: { file: '16-byte packet', class: 'tiny' },
  operation,
  input: with_size(async () => {
    const items = await few_bytes();
    return { items, most: 16, small: true, count: 8, ...(await more(items)) };
  }),
  check: (got, i, { items }) =>
    equal_bytes(operation === 'compress' ? unzlibSync(got) : got, items[i]),
});

const DICTIONARY_BYTES = 8192;
/** Packets that are measured, after so many earlier ones, and how many of them a dictionary serves until it is made anew. */
const MEASURED = 64;
const EARLIER = 192;
const RENEWED_EVERY = 16;

function joined(list) {
  const bytes = new Uint8Array(list.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of list) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Packets, and for each group of `every` of them the 8 KB of packets that came right before it. */
async function with_earlier_packets(players, seed, every) {
  const all = (await corpus_packets('json', players, EARLIER + MEASURED, seed)).map(plain_bytes);
  const dictionaries = [];
  for (let i = EARLIER; i < all.length; i += every) {
    dictionaries.push(joined(all.slice(0, i)).slice(-DICTIONARY_BYTES));
  }
  return { items: all.slice(EARLIER), dictionaries, every, count: MEASURED };
}

// With and without a dictionary: sizes and times of JSON packets. The players move on, so a dictionary ages.
const dictionary_case = (series, every, label, players, seed) => ({
  group,
  series,
  name: name_of(series, label),
  ours: 'bytewire',
  tags: { file: label, class: 's' },
  operation: 'compress_with_dictionary',
  input: () => with_earlier_packets(players, seed, every),
  check(got, i, { items, dictionaries }) {
    // FDICT says whether a stream needs one (RFC 1950 2.2).
    const dictionary = dictionaries[Math.floor(i / every)];
    equal_bytes(unzlibSync(got, (got[1] & 32) !== 0 ? { dictionary } : {}), items[i]);
  },
});
const JSON_PACKETS = [
  ['JSON 100 B', 0, 2],
  ['JSON 520 B', 4, 4],
  ['JSON 1.7 KB', 14, 6],
];

const memory_case = {
  group,
  series: 'memory',
  name: 'deflate memory: levels 0 to 9',
  ours: 'bytewire',
  hosts: ['node'],
  async measure() {
    const bytes = await compression_memory();
    return [{ name: 'bytewire', kind: 'ours', bytes, samples_ns: [] }];
  },
};

export const cases = [
  ...ALL.map(decompress_case),
  tiny_case('decompress', 'decompress', async (items) => ({ streams: await zlib_streams(items) })),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((level) => ALL.map((file) => compress_case(level, file))),
  ...[1, 6].map((level) =>
    tiny_case(`compress ${level}`, 'compress', () => ({ level, peers_too: true })),
  ),
  ...LEVEL_12_FILES.map((file) => compress_case(12, file)),
  ...JSON_PACKETS.map((packet) => dictionary_case('dictionary', RENEWED_EVERY, ...packet)),
  ...JSON_PACKETS.map((packet) => dictionary_case('dictionary made once', MEASURED, ...packet)),
  memory_case,
];
