// Compression: every file of the corpus, ours beside its peers; at the end a table of geometric means, sizes and goals.
import * as zlib from 'node:zlib';
import * as bw from 'bytewire';
import { make_corpus, packets } from '../corpus.mjs';
import { extra_memory } from '../deflate/memory.mjs';
import { compressors, decompressors } from '../deflate/peers.mjs';
import { MEMORY_BYTES, remember, remember_fact, timed } from '../deflate/table.mjs';

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
    'l1 world 3.8M',
    'l2 logs 6M',
    'l3 rgba 2M',
    'l4 prose 1.8M',
    'l5 js 9M',
    'l6 exe 10M',
    'l7 wasm 8M',
  ],
  edge: ['l8 random 4M', 'l9 .z 0.5M', 'l0 zeros 10M'],
};
const ALL = [...FILES.s, ...FILES.m, ...FILES.l, ...FILES.edge];
/** Text, JSON, code and wasm: what level 12 is for. */
const LEVEL_12_FILES = [...FILES.m, ...FILES.l].filter((name) =>
  /json|js|prose|logs|wasm/.test(name),
);

const ROUNDS = { s: 21, m: 21, l: 5 };
const WARM_UP_MS = 60;

let corpus;
async function file_called(name) {
  corpus ??= await make_corpus();
  const file = corpus.find((f) => f.name === name);
  if (!file) throw new Error(`the corpus has no file ${name}`);
  const bytes = file.items.reduce((sum, item) => sum + item.length, 0);
  return { ...file, bytes };
}

let sink = 0;
/** What keeps results from being optimised away. */
export const used = () => sink;

// Each contender gets a loop of its own, made from text: a shared one would see every target and inline none.
function loop(call, items) {
  return new Function(
    'call',
    'count',
    'keep',
    `/* ${Math.random()} */ let i = 0;
    return (n) => { let s = 0; for (; n > 0; n--) { s += call(i); if (++i === count) i = 0; } keep(s); }`,
  )(call, items.length, (s) => {
    sink += s;
  });
}

function check(name, got, wanted) {
  if (Buffer.compare(got, wanted) !== 0) throw new Error(`${name}: wrong bytes`);
}

const sum_of = (list) => list.reduce((sum, item) => sum + item.length, 0);

// A buffer for each item, all of them in linear memory before anything is timed.
const resident = (items) => items.map((item) => bw.buffer_from(item));

function done_with(buffers) {
  for (const b of buffers) bw.buffer_delete(b);
}

// Packets go into a buffer that is there already, as engines have it; larger ones to a new buffer, as peers make a new array.
function own_forms(file, into, to_new, bytes) {
  const small = file.class === 's' || file.class === '16';
  const [first, second] = small ? [into, to_new] : [to_new, into];
  return [
    timed('bytewire', first, bytes),
    timed(small ? 'bytewire, new buffer' : 'bytewire, into', second, bytes),
  ];
}

async function decompress_contest(file) {
  const streams = file.items.map((item) => zlib.deflateSync(item));
  const bytes = sum_of(streams);
  const sources = resident(streams);
  const sizes = streams.map((s) => s.length);
  const most = Math.max(...file.items.map((item) => item.length));
  const dest = bw.buffer_create(most, bw.buffer_fixed, 1);
  const into = (i) => bw.buffer_decompress_into(sources[i], 0, sizes[i], dest, 0);
  const to_new = (i) => {
    const b = bw.buffer_decompress(sources[i]);
    const n = bw.buffer_get_size(b);
    bw.buffer_delete(b);
    return n;
  };
  file.items.forEach((item, i) => {
    check('bytewire', bw.buffer_to_bytes(dest, 0, into(i)), item);
    const b = bw.buffer_decompress(sources[i]);
    check('bytewire, new buffer', bw.buffer_to_bytes(b), item);
    bw.buffer_delete(b);
  });
  const contest = own_forms(file, loop(into, streams), loop(to_new, streams), bytes);
  for (const [name, call] of Object.entries(await decompressors())) {
    file.items.forEach((item, i) => {
      check(name, call(streams[i]), item);
    });
    contest.push(
      timed(
        name,
        loop((i) => call(streams[i]).length, streams),
        bytes,
      ),
    );
  }
  return { contest, buffers: [...sources, dest] };
}

async function compress_contest(file, level, names) {
  const sources = resident(file.items);
  const sizes = file.items.map((item) => item.length);
  const most = Math.max(...sizes);
  const dest = bw.buffer_create(most + (most >> 8) + 100, bw.buffer_fixed, 1);
  const options = { level };
  const into = (i) => bw.buffer_compress_into(sources[i], 0, sizes[i], dest, 0, options);
  let bytes = 0;
  file.items.forEach((item, i) => {
    const n = into(i);
    bytes += n;
    check('bytewire', zlib.inflateSync(bw.buffer_to_bytes(dest, 0, n)), item);
  });
  const to_new = (i) => {
    const b = bw.buffer_compress(sources[i], 0, sizes[i], options);
    const n = bw.buffer_get_size(b);
    bw.buffer_delete(b);
    return n;
  };
  const contest = own_forms(file, loop(into, sizes), loop(to_new, sizes), bytes);
  // One of the two is enough where it takes long.
  if (file.class === 'l') contest.pop();
  for (const [name, call] of Object.entries(await compressors(level))) {
    if (!names.includes(name)) continue;
    let theirs = 0;
    for (const item of file.items) {
      const stream = call(item);
      theirs += stream.length;
      check(name, zlib.inflateSync(stream), item);
    }
    contest.push(
      timed(
        name,
        loop((i) => call(file.items[i]).length, sizes),
        theirs,
      ),
    );
  }
  return { contest, buffers: [...sources, dest] };
}

function case_of(what, name, make, rounds) {
  return {
    name: `deflate ${what}: ${name}`,
    group: 'deflate',
    ours: 'bytewire',
    // Megabytes at every level by every peer take minutes, however few rounds.
    heavy: name[0] === 'l',
    rounds,
    options: { warm_up_ms: WARM_UP_MS },
    contenders: async () => {
      const file = await file_called(name);
      const { contest, buffers } = await make(file);
      contest[0].done = () => {
        remember(what, file, contest, rounds);
        done_with(buffers);
      };
      return contest;
    },
  };
}

const decompress_case = (name) => case_of('decompress', name, decompress_contest, ROUNDS[name[0]]);

function compress_case(level, names, name, rounds = ROUNDS[name[0]]) {
  return case_of(`compress ${level}`, name, (file) => compress_contest(file, level, names), rounds);
}

// The fixed costs of a call.
function tiny_case(what, make) {
  return {
    name: `deflate ${what}: 16-byte packet`,
    group: 'deflate',
    ours: 'bytewire',
    rounds: ROUNDS.s,
    contenders: async () => {
      const items = packets('bin', 1, 8, 9).map((packet) => packet.subarray(0, 16));
      const file = { name: '16 bytes', class: '16', kind: 'edge', items, bytes: 16 * 8 };
      const { contest, buffers } = await make(file);
      contest[0].done = () => {
        remember(what, file, contest, ROUNDS.s);
        done_with(buffers);
      };
      return contest;
    },
  };
}

const DICTIONARY_BYTES = 8192;
/** Packets that one dictionary serves until it is made anew, and how many are measured. */
const RENEWED_EVERY = 16;
const MEASURED = 64;

/** Packets, and for each group of `every` of them the 8 KB of packets that came right before it. */
function with_earlier_packets(players, seed, every) {
  const before = 192;
  const all = packets('json', players, before + MEASURED, seed);
  const dictionaries = [];
  for (let i = before; i < all.length; i += every) {
    dictionaries.push(Buffer.concat(all.slice(0, i)).subarray(-DICTIONARY_BYTES));
  }
  return { items: all.slice(before), dictionaries };
}

function sizes_with(players, seed, every) {
  const { items, dictionaries } = with_earlier_packets(players, seed, every);
  const sources = resident(items);
  const texts = resident(dictionaries);
  const prepared = texts.map((text) => bw.deflate_dictionary_create(text, 0, -1));
  const dest = bw.buffer_create(DICTIONARY_BYTES, bw.buffer_fixed, 1);
  const sizes = items.map((item) => item.length);
  // One object for each dictionary: none is made per packet.
  const options = prepared.map((dictionary) => ({ dictionary }));
  const into = (i) =>
    bw.buffer_compress_into(sources[i], 0, sizes[i], dest, 0, options[(i / every) | 0]);
  const without = (i) => bw.buffer_compress_into(sources[i], 0, sizes[i], dest, 0);
  let bytes = 0;
  let bytes_without = 0;
  items.forEach((item, i) => {
    const n = into(i);
    bytes += n;
    const dictionary = dictionaries[(i / every) | 0];
    check('bytewire', zlib.inflateSync(bw.buffer_to_bytes(dest, 0, n), { dictionary }), item);
    bytes_without += without(i);
  });
  const theirs = (i) =>
    zlib.deflateSync(items[i], { dictionary: dictionaries[(i / every) | 0] }).length;
  const done = () => {
    for (const id of prepared) bw.deflate_dictionary_delete(id);
    done_with([...texts, ...sources, dest]);
  };
  return { items, into, without, theirs, bytes, bytes_without, done };
}

// With and without a dictionary: sizes and times of JSON packets. The players move on, so a dictionary ages.
function dictionary_case(label, players, seed) {
  return {
    name: `deflate dictionary: ${label}`,
    group: 'deflate',
    ours: 'bytewire',
    rounds: ROUNDS.s,
    contenders: () => {
      const fresh = sizes_with(players, seed, RENEWED_EVERY);
      const once = sizes_with(players, seed, MEASURED);
      once.done();
      const node_bytes = sum_of(fresh.items.map((_, i) => ({ length: fresh.theirs(i) })));
      remember_fact(
        `8 KB dictionary made anew every ${RENEWED_EVERY} packets, ${label}: size against none`,
        fresh.bytes / fresh.bytes_without,
        0.5,
        `(${fresh.bytes} of ${fresh.bytes_without} bytes, node:zlib ${node_bytes})`,
      );
      remember_fact(
        `8 KB dictionary made once for ${MEASURED} packets, ${label}: size against none`,
        once.bytes / once.bytes_without,
        0.5,
        `(${once.bytes} of ${once.bytes_without} bytes)`,
      );
      return [
        {
          name: 'bytewire',
          bytes: fresh.bytes,
          run: loop(fresh.into, fresh.items),
          done: fresh.done,
        },
        {
          name: 'bytewire, without',
          bytes: fresh.bytes_without,
          run: loop(fresh.without, fresh.items),
        },
        { name: 'node:zlib', bytes: node_bytes, run: loop(fresh.theirs, fresh.items) },
      ];
    },
  };
}

const memory_case = {
  name: 'deflate memory: levels 0 to 9',
  group: 'deflate',
  ours: 'bytewire',
  rounds: 3,
  contenders: async () => {
    const bytes = await extra_memory();
    remember_fact('extra memory up to level 9', bytes / 1000, MEMORY_BYTES / 1000, 'KB');
    return [{ name: 'bytewire', bytes, run: (n) => n }];
  },
};

const with_all = (make, ...rest) => ALL.map((name) => make(...rest, name));

export const cases = [
  ...ALL.map(decompress_case),
  tiny_case('decompress', decompress_contest),
  ...with_all(compress_case, 1, ['node:zlib', 'libdeflate', 'fflate', 'pako', 'foras']),
  tiny_case('compress 1', (file) => compress_contest(file, 1, ['node:zlib'])),
  ...with_all(compress_case, 6, ['node:zlib', 'libdeflate', 'fflate']),
  tiny_case('compress 6', (file) => compress_contest(file, 6, ['node:zlib'])),
  ...with_all(compress_case, 9, ['node:zlib', 'libdeflate']),
  ...[2, 3, 4, 5, 7, 8].flatMap((level) => with_all(compress_case, level, ['node:zlib'])),
  ...LEVEL_12_FILES.map((name) => compress_case(12, ['node:zlib'], name, name[0] === 'm' ? 9 : 3)),
  dictionary_case('JSON 100 B', 0, 2),
  dictionary_case('JSON 520 B', 4, 4),
  dictionary_case('JSON 1.7 KB', 14, 6),
  memory_case,
];
