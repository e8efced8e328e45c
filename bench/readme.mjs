// README's table of ratios, made from the newest committed result; a test checks that both agree.
// usage: node bench/readme.mjs --help
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { quick_text } from './check-result.mjs';
import { counted, judged } from './goals.mjs';
import { run_as_main } from './is-main.mjs';
import { host_name, read_result } from './result.mjs';

const BEGIN = '<!-- ratios: made by bench/readme.mjs -->';
const END = '<!-- end of ratios -->';
const here = fileURLToPath(new URL('.', import.meta.url));

/** Name of the newest file in bench/results that Node made: of one day that of the newest Node; undefined if there is none. */
export function newest_result() {
  const folder = `${here}results`;
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names
    .filter((name) => /-node[\d.]+\.json$/.test(name))
    .sort()
    .at(-1);
}

/** Lines of the table: what it says, and the series that it is made of. */
const LINES = [
  ['CRC-32', ['CRC-32']],
  ['MD5', ['MD5']],
  ['SHA-1', ['SHA-1']],
  ['base64 encode', ['base64 encode']],
  ['base64 decode', ['base64 decode']],
  ['fill', [/^fill /]],
  ['copy', [/^copy/, /^strided copy, side/]],
  ['strings, write', [/^string write/]],
  ['strings, read', [/^string read/]],
  ['single values, typed calls', ['single calls, write', 'single calls, read']],
  ['single values, generic call', ['single calls, mixed types', 'single calls, bundled']],
  ['decompress', ['decompress']],
  ['compress, level 1', ['compress 1']],
  ['compress, level 6', ['compress 6']],
  ['compress, level 9', ['compress 9']],
  ['packets from objects', [/^packet .*(encode|decode)$/]],
  ['packets from columns, deltas', [/^packet .*(layout|f16 column|changed)$/]],
  ['WebSocket echo', [/^echo/]],
  ['WebSocket broadcast', [/^broadcast/]],
  ['HTTP download', ['download into a buffer']],
];
const COLUMNS = ['js', 'package', 'native'];

const belongs = (names, { series }) =>
  names.some((name) => (typeof name === 'string' ? name === series : name.test(series)));

/** Ratios of the best contender of `kind` in each case. */
function best_ratios(cases, kind) {
  return cases.flatMap(({ rows }) => {
    const ratios = rows.flatMap((row) => (row.kind === kind && row.ratio ? [row.ratio] : []));
    return ratios.length === 0 ? [] : [Math.min(...ratios)];
  });
}

const digits = (ratio) => ratio.toFixed(ratio < 9.95 ? 1 : 0);

/** "0.9 .. 7", lowest to highest, or nothing. */
function range(ratios) {
  if (ratios.length === 0) return '';
  const ends = [Math.min(...ratios), Math.max(...ratios)].map(digits);
  return [...new Set(ends)].join(' .. ');
}

/** The table in Markdown for the result file called `name`. */
export function table_of(name, result) {
  const body = LINES.flatMap(([what, names]) => {
    const cases = result.cases.filter((one) => belongs(names, one));
    const cells = COLUMNS.map((kind) => range(best_ratios(cases, kind)));
    return cells.every((cell) => cell === '') ? [] : [`| ${what} | ${cells.join(' | ')} |`];
  });
  const { measured, met, all } = counted(judged(result.cases));
  return [
    BEGIN,
    `Time of the other / our time, lowest .. highest over all sizes; above 1 bytewire is faster. Of packages and of native code the best one counts, case by case.`,
    `${host_name(result)}, ${result.cpu}, ${result.date}: [${name}](bench/results/${name}), as [a page with charts](bench/results/report.html).`,
    `${met} of the ${measured} goals measured there are met; \`node bench/goals.mjs bench/results/${name}\` names them all, and the ${all - measured} not measured there.`,
    '',
    '| What | plain JavaScript | best package | native code |',
    '| --- | --- | --- | --- |',
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

const USAGE = `usage: node bench/readme.mjs [--check]
Makes the table in the README from the newest result of Node in bench/results; --check changes nothing.
exit code: 0; 1: with --check, the table is another; 2: there is nothing to make it from`;

function main() {
  const flag = { type: 'boolean', default: false };
  const { values } = parseArgs({ options: { check: flag, help: flag } });
  if (values.help) return console.log(USAGE);
  const name = newest_result();
  if (name === undefined) throw new Error('bench/results has no result of Node');
  const result = read_result(`${here}results/${name}`);
  const quick = quick_text(result);
  if (quick !== '') throw new Error(`bench/results/${name}: ${quick}`);
  const file = `${here}../README.md`;
  const text = readFileSync(file, 'utf8');
  const wanted = with_table(text, table_of(name, result));
  if (!values.check) writeFileSync(file, wanted);
  else if (text !== wanted) {
    console.error(
      `README.md: its table is not that of bench/results/${name}: node bench/readme.mjs`,
    );
    process.exitCode = 1;
  }
}

run_as_main(import.meta.url, main);
