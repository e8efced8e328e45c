// Goals of compression: geometric means over the files of a class.
import { byte_share, least_ratio, limits, mean_ratio, mean_size, own_value } from './measures.mjs';

const topic = 'compression';
const CLASSES = [
  ['s', 'packets'],
  ['m', '64 KB'],
  ['l', '1-10 MB'],
];
const ZLIB = ['node:zlib'];
const PACKAGES = ['fflate', 'pako', 'foras'];

// Series, peers, must|aim by class, and of the size the most, in percent of change.
const TABLE = [
  ['decompress', ZLIB, '3.3|5 1.9|2.3 1.8|2.1'],
  ['decompress', PACKAGES, '8|12 6.5|8.5 5|6'],
  ['compress 1', ZLIB, '4.2|7 2.2|3 1.75|2.2', '1|0'],
  ['compress 6', ZLIB, '3|5 1.6|2 1.35|1.7', '0|-1'],
  ['compress 6', ['libdeflate'], '5|9 1.35|1.7 1.3|1.6'],
  ['compress 9', ZLIB, '2.5|4 1.1|1.3 1.15|1.5', '-0.5|-1'],
];

const of_class = (wanted) => (one) => one.class === wanted;
const by_class = TABLE.flatMap(([series, peers, cells, size]) => [
  ...cells.split(' ').map((cell, i) => {
    const [id, column] = CLASSES[i];
    const row = `${series} vs ${peers.length > 1 ? `best of ${peers.join(', ')}` : peers[0]}`;
    return {
      topic,
      row,
      column,
      ...limits(cell),
      measure: mean_ratio(series, peers, of_class(id)),
    };
  }),
  ...(size === undefined ? [] : CLASSES).map(([id, column]) => ({
    topic,
    row: `${series}, size against ${peers[0]}`,
    column,
    unit: '%',
    less: true,
    ...limits(size),
    measure: mean_size(series, peers, of_class(id)),
  })),
]);

const level_12 = () => true;
const INCOMPRESSIBLE = /^l[89]/;

/** The file that does worst at any of the levels 1 to 9. */
const worst_file = (series) => {
  const values = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((level) =>
    least_ratio(`compress ${level}`, ZLIB, (one) => one.class !== 'tiny')(series),
  );
  const missing = values.find((value) => typeof value !== 'number');
  return missing === undefined ? Math.min(...values) : { why: 'not all levels are in this result' };
};

const tiny = ({ class: of }) => of === 'tiny';
const microseconds = ({ median_ns }) => median_ns / 1000;
const one = (row, must, aim, measure, more = {}) => ({ topic, row, must, aim, measure, ...more });
const at_most = { less: true };

const DICTIONARIES = [
  ['dictionary', 'made anew every 16'],
  ['dictionary made once', 'made once for 64'],
];

export const DEFLATE_GOALS = [
  ...by_class,
  one(
    'level 12, size against node:zlib 9 on text, JSON, code and wasm',
    -3.5,
    -4.5,
    mean_size('compress 12', ZLIB, level_12),
    { unit: '%', ...at_most },
  ),
  one(
    'level 12, speed against node:zlib 9',
    0.25,
    undefined,
    mean_ratio('compress 12', ZLIB, level_12),
  ),
  one('no file slower than node:zlib at levels 1-9: the worst', 1, undefined, worst_file),
  one(
    'incompressible data at level 1 vs node:zlib',
    12,
    undefined,
    least_ratio('compress 1', ZLIB, ({ file }) => INCOMPRESSIBLE.test(file)),
  ),
  ...[1, 6].map((level) =>
    one(
      `16-byte packet, compress at level ${level}`,
      0.8,
      undefined,
      own_value(`compress ${level}`, microseconds, tiny),
      { unit: 'us', ...at_most },
    ),
  ),
  one('16-byte packet, decompress', 0.2, undefined, own_value('decompress', microseconds, tiny), {
    unit: 'us',
    ...at_most,
  }),
  ...DICTIONARIES.map(([series, how]) =>
    one(
      `8 KB dictionary of earlier packets, ${how}: size against none`,
      0.5,
      undefined,
      byte_share(series, ['bytewire, without']),
      at_most,
    ),
  ),
  one(
    'extra memory up to level 9',
    600,
    undefined,
    own_value('memory', ({ bytes }) => bytes / 1000),
    {
      unit: 'KB',
      digits: 0,
      ...at_most,
    },
  ),
  {
    ...one('bytes allocated per packet by the forms that write into a buffer', 0),
    ...at_most,
    elsewhere: 'test/dist/compress-allocations.test.ts',
  },
];
