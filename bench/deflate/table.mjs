// The whole of compression in one table: ratios of geometric means over the files of a class, sizes, and what was to be reached.
import { median, ratio } from '../harness.mjs';
import { PACKAGES } from './peers.mjs';

const CLASSES = ['s', 'm', 'l'];
const CLASS_NAMES = { s: 'packets', m: '64 KB', l: '1-10 MB' };

// Peers, then must|aim for packets, 64 KB and large files; `size`: most of the peer's size, must|aim.
const GOALS = {
  decompress: [
    { peers: ['node:zlib'], cells: ['3.3|5', '1.9|2.3', '1.8|2.1'] },
    { peers: PACKAGES, cells: ['8|12', '6.5|8.5', '5|6'] },
  ],
  'compress 1': [{ peers: ['node:zlib'], cells: ['4.2|7', '2.2|3', '1.75|2.2'], size: '1.01|1' }],
  'compress 6': [
    { peers: ['node:zlib'], cells: ['3|5', '1.6|2', '1.35|1.7'], size: '1|0.99' },
    { peers: ['libdeflate'], cells: ['5|9', '1.35|1.7', '1.3|1.6'] },
  ],
  'compress 9': [
    { peers: ['node:zlib'], cells: ['2.5|4', '1.1|1.3', '1.15|1.5'], size: '0.995|0.99' },
  ],
};
const LEVEL_12_SIZE = [0.965, 0.955];
const LEVEL_12_SPEED = 0.25;
const INCOMPRESSIBLE = 12;
const TINY_US = { compress: 0.8, decompress: 0.2 };
const MEMORY_BYTES = 600_000;

const results = [];
const facts = {};

function print_at_exit() {
  if (results.length === 0 && Object.keys(facts).length === 0) {
    process.once('exit', () => console.log(table()));
  }
}

/** A contender whose samples are kept for the table. `bytes`: what it compresses to. */
export function timed(name, run, bytes) {
  const samples_ns = [];
  return {
    name,
    bytes,
    samples_ns,
    run(n) {
      const start = performance.now();
      run(n);
      samples_ns.push(((performance.now() - start) * 1e6) / n);
    },
  };
}

/** Remembers a finished contest: the rounds that counted are its last ones. */
export function remember(what, file, contest, rounds) {
  print_at_exit();
  const rows = contest.map(({ name, bytes, samples_ns }) => ({
    name,
    bytes,
    samples_ns: samples_ns.slice(-rounds),
  }));
  const [ours] = rows;
  const peers = rows.slice(1).map((row) => ({
    name: row.name,
    ratio: ratio(row, ours),
    size: ours.bytes / row.bytes,
  }));
  results.push({ what, file, bytes: ours.bytes, ns: median(ours.samples_ns), peers });
}

/** Remembers something that is not a contest: shown as it is, with its limit. */
export function remember_fact(name, value, limit, unit) {
  print_at_exit();
  facts[name] = { value, limit, unit };
}

function mean(values) {
  return Math.exp(values.reduce((sum, v) => sum + Math.log(v), 0) / values.length);
}

const count = { aim: 0, must: 0, below: 0 };

function verdict(value, must, aim, less_is_better = false) {
  const reached = (limit) => (less_is_better ? value <= limit : value >= limit);
  const word = reached(aim) ? 'aim' : reached(must) ? 'must' : 'below';
  count[word]++;
  return word === 'below' ? 'BELOW' : word;
}

const percent = (share) => `${share >= 1 ? '+' : ''}${((share - 1) * 100).toFixed(2)} %`;
const better = (x) => x.toFixed(x < 10 ? 2 : 1);

// Of each file the best of the peers counts.
function best(result, names) {
  const there = result.peers.filter(({ name }) => names.includes(name));
  return there.reduce((a, b) => (b.ratio < a.ratio ? b : a));
}

function goal_lines(what) {
  const lines = [];
  for (const { peers, cells, size } of GOALS[what]) {
    CLASSES.forEach((c, i) => {
      const files = results.filter(
        (r) => r.what === what && r.file.class === c && r.file.kind === 'data',
      );
      if (files.length === 0) return;
      const [must, aim] = cells[i].split('|').map(Number);
      const factor = mean(files.map((r) => best(r, peers).ratio));
      let line = `  ${CLASS_NAMES[c].padEnd(9)}vs ${peers.join(', ').padEnd(20)}${factor.toFixed(2).padStart(7)}  (${cells[i]})`;
      line = `${line.padEnd(56)}${verdict(factor, must, aim)}`;
      if (size) {
        const [most, wanted] = size.split('|').map(Number);
        const share = mean(files.map((r) => best(r, peers).size));
        line = `${line.padEnd(64)}size ${percent(share)}  ${verdict(share, most, wanted, true)}`;
      }
      lines.push(line);
    });
  }
  return lines;
}

function level_12_lines() {
  const files = results.filter(({ what }) => what === 'compress 12');
  if (files.length === 0) return [];
  const against = files.map((r) => best(r, ['node:zlib']));
  const size = mean(against.map((peer) => peer.size));
  const speed = mean(against.map((peer) => peer.ratio));
  return [
    `  level 12 vs node:zlib 9 on text, JSON, code, wasm: size ${percent(size)} (at most -3.5 % | -4.5 %) ${verdict(size, ...LEVEL_12_SIZE, true)}, speed ${speed.toFixed(2)} of it (at least ${LEVEL_12_SPEED}) ${verdict(speed, LEVEL_12_SPEED, LEVEL_12_SPEED)}`,
  ];
}

function edge_lines() {
  const lines = [];
  const random = results.filter(
    (r) => r.what === 'compress 1' && r.file.kind === 'edge' && r.file.name.match(/^l[89]/),
  );
  for (const r of random) {
    const factor = best(r, ['node:zlib']).ratio;
    lines.push(
      `  incompressible, level 1, ${r.file.name}: ${better(factor)} (at least ${INCOMPRESSIBLE}) ${verdict(factor, INCOMPRESSIBLE, INCOMPRESSIBLE)}`,
    );
  }
  const levels = results.filter((r) => /^compress [1-9]$/.test(r.what));
  const slower = levels.filter((r) => best(r, ['node:zlib']).ratio < 1);
  if (levels.length > 0) {
    const tested = [...new Set(levels.map((r) => r.what.split(' ')[1]))].join(', ');
    count[slower.length ? 'below' : 'aim']++;
    lines.push(
      `  no file slower than node:zlib at levels ${tested}: ${slower.length ? 'BELOW' : 'aim'}`,
    );
    for (const r of slower)
      lines.push(`    ${r.what} ${r.file.name}: ${better(best(r, ['node:zlib']).ratio)}`);
  }
  return lines;
}

function fact_lines() {
  return Object.entries(facts).map(
    ([name, { value, limit, unit }]) =>
      `  ${name}: ${value.toFixed(unit === 'us' ? 3 : 2)} ${unit} (at most ${limit}) ${verdict(value, limit, limit, true)}`,
  );
}

function tiny_lines() {
  return results
    .filter(({ file }) => file.class === '16')
    .map(({ what, ns, peers }) => {
      const word = what.split(' ')[0];
      const limit = TINY_US[word];
      return `  16-byte packet, ${what}: ${(ns / 1000).toFixed(3)} us (at most ${limit}) ${verdict(ns / 1000, limit, limit, true)}; node:zlib takes ${((ns * best({ peers }, ['node:zlib']).ratio) / 1000).toFixed(1)} us`;
    });
}

// Every file on a line: our time or speed, then each peer's time over ours, and our size over theirs.
function file_lines(what) {
  const rows = results.filter((r) => r.what === what);
  return rows.map(({ file, ns, peers, bytes }) => {
    const speed =
      file.class === 's' || file.class === '16'
        ? `${(ns / 1000).toFixed(2)} us`
        : `${((file.bytes / file.items.length / ns) * 1000).toFixed(0)} MB/s`;
    const each = peers.map(({ name, ratio: factor, size }) => {
      const own = name.startsWith('bytewire');
      const sizes = what.startsWith('compress') && !own ? ` (${percent(size)})` : '';
      return `${name} ${better(factor)}${sizes}${factor < 1 && !own ? ' LOST' : ''}`;
    });
    return `  ${file.name.padEnd(16)}${speed.padStart(11)}  :${(file.bytes / bytes).toFixed(3).padEnd(8)} ${each.join(', ')}`;
  });
}

/** All that was remembered. */
export function table() {
  const lines = ['', '# Compression: time of the peer / our time; our size against its size', ''];
  for (const what of new Set(results.map((r) => r.what))) {
    lines.push(`${what}, file by file (ours; ratio of sizes; peers)`, ...file_lines(what), '');
  }
  lines.push('## Goals (must | aim), geometric means over the files of a class', '');
  for (const what of Object.keys(GOALS)) {
    const found = goal_lines(what);
    if (found.length > 0) lines.push(what, ...found);
  }
  lines.push('others', ...level_12_lines(), ...edge_lines(), ...tiny_lines(), ...fact_lines());
  const all = count.aim + count.must + count.below;
  lines.push('', `aim reached: ${count.aim} of ${all}; must: ${count.aim + count.must} of ${all}`);
  return lines.join('\n');
}

export { MEMORY_BYTES };
