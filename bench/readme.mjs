// README's table of ratios, made from the newest committed result; a test checks that both agree.
// usage: node bench/readme.mjs [--check]   (rewrites the table; --check only says, by exit code 1, that it is another)
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { read_result } from './result.mjs';

const BEGIN = '<!-- ratios: made by bench/readme.mjs -->';
const END = '<!-- end of ratios -->';
const here = fileURLToPath(new URL('.', import.meta.url));

/** Name of the newest file in bench/results. */
export function newest_result() {
  const names = readdirSync(`${here}results`).filter((name) => name.endsWith('.json'));
  return names.sort().at(-1);
}

// A goal over several sizes is one line of the table: its size stands last in its name.
function line_of(one, { name }) {
  return name.startsWith('vs ') ? `${one.name}, ${name}` : name.slice(0, name.lastIndexOf(', '));
}

/** The table in Markdown for the result file called `name`. */
export function table_of(name, result) {
  const lines = new Map();
  for (const one of result.cases) {
    for (const goal of one.goals) {
      const label = line_of(one, goal);
      if (!lines.has(label)) lines.set(label, []);
      lines.get(label).push(goal);
    }
  }
  const body = [...lines].map(([label, goals]) => {
    const ratios = goals.flatMap(({ ratio }) => ratio ?? []).sort((a, b) => a - b);
    if (ratios.length === 0) return `| ${label} | not measured here | |`;
    const range = [...new Set([ratios[0], ratios.at(-1)].map((ratio) => ratio.toFixed(2)))];
    const met = goals.filter((goal) => goal.met).length;
    return `| ${label} | ${range.join(' .. ')} | ${met} of ${ratios.length} |`;
  });
  const named = [...lines.values()].flat();
  const all = named.filter(({ ratio }) => ratio !== null);
  const met = all.filter((goal) => goal.met).length;
  const behind = all.filter(({ ratio }) => ratio < 1).length;
  return [
    BEGIN,
    `Time of the peer / our time, lowest and highest over all sizes; above 1 bytewire is faster. ${result.cpu}, Node ${result.node},`,
    `${result.date}, [${name}](bench/results/${name}): ${met} of ${all.length} goals met, in ${behind} of ${all.length} the peer is faster;`,
    `${named.length - all.length} more could not be measured there, because the peer does not load.`,
    '',
    '| What | Ratio | Goals met |',
    '| --- | --- | --- |',
    ...body,
    END,
  ].join('\n');
}

/** `text` of the README with `table` in the place of the old one. */
export function with_table(text, table) {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`README.md: no place for the table (${BEGIN})`);
  return text.slice(0, begin) + table + text.slice(end + END.length);
}

if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === process.argv[1]) {
  const file = `${here}../README.md`;
  const name = newest_result();
  const table = table_of(name, read_result(`${here}results/${name}`));
  const text = readFileSync(file, 'utf8');
  const wanted = with_table(text, table);
  if (!process.argv.includes('--check')) writeFileSync(file, wanted);
  else if (text !== wanted) {
    console.error(
      `README.md: its table is not that of bench/results/${name}: node bench/readme.mjs`,
    );
    process.exitCode = 1;
  }
}
