// Result files side by side: did our ratio to a peer change by more than noise, and are runs of the same code stable?
// usage: node bench/compare.mjs --help
import { parseArgs } from 'node:util';
import { compare, differences, lacking, vanished } from './changes.mjs';
import { quick_text } from './check-result.mjs';
import { chosen_from } from './choose.mjs';
import { is_main } from './is-main.mjs';
import { host_name, read_result } from './result.mjs';

/** Runs of the same code are stable when at least this share of the ratios differs by less than this much. */
const STABLE_SHARE = 0.9;
const STABLE_DIFFERENCE = 0.15;
/** How many ratios that differ are named. */
const NAMED = 25;

/** What the command ends with; of several the first. */
const EXIT = { same: 0, slower: 1, cannot: 2, vanished: 3 };

const USAGE = `usage: node bench/compare.mjs BEFORE.json AFTER.json
       node bench/compare.mjs --stable A.json B.json C.json...
  --filter TEXT   only cases whose group and name contain TEXT, capitals or not; several: any of them
  --stable        runs of the same code: at least ${STABLE_SHARE * 100} % of their ratios must differ by less than ${STABLE_DIFFERENCE * 100} %
  --help          this text

Each ratio (time of the peer / our time) has an interval: from the lowest to the highest of its processes. It is slower or
faster when the two intervals lie more than 5 % apart; "cannot tell" when they are so wide that a change by half as much
again would not show.
exit code: 0: nothing is slower; 1: something is slower (--stable: too much differs); 2: cannot compare;
3: nothing is slower, but cases or contenders of BEFORE are missing in AFTER (--stable: in some of the files)`;

const row_text = ({ name, peer }) => `${name} vs ${peer}`.padEnd(72);
const number = (value) => (value < 100 ? value.toFixed(2) : value.toFixed(0));

function print_stable(results) {
  const all = differences(results);
  if (all.length === 0) throw new Error('the results have no ratio in common');
  const stable = all.filter(({ difference }) => difference < STABLE_DIFFERENCE).length;
  const others = all.slice(0, all.length - stable);
  for (const one of others.slice(0, NAMED)) {
    const list = one.ratios.map(number).join(' ');
    console.log(`${row_text(one)} ${list}  ${(one.difference * 100).toFixed(0)} %`);
  }
  if (others.length > NAMED) console.log(`... and ${others.length - NAMED} more`);
  const share = stable / all.length;
  const met = share >= STABLE_SHARE;
  console.log(
    `${stable} of ${all.length} ratios (${(share * 100).toFixed(1)} %) differ by less than ${STABLE_DIFFERENCE * 100} % over ${results.length} runs; at least ${STABLE_SHARE * 100} % must: ${met ? 'met' : 'NOT MET'}`,
  );
  const { any, each } = lacking(results);
  if (any > all.length) {
    console.log(
      `${any - all.length} of ${any} ratios are not in all files, and nothing is said of them; they lack ${each.join(', ')}`,
    );
  }
  if (!met) return EXIT.slower;
  return any > all.length ? EXIT.vanished : EXIT.same;
}

function print_vanished({ cases, contenders }) {
  if (cases.length > 0) console.log(`\nmissing in AFTER: ${cases.length} cases`);
  for (const name of cases) console.log(`  ${name}`);
  if (contenders.length > 0) console.log('\nmissing in cases that are in AFTER');
  for (const { name, cases } of contenders) {
    console.log(
      `  ${name}: ${cases.length === 1 ? cases[0] : `${cases.length} cases, the first ${cases[0]}`}`,
    );
  }
}

function print_changes([a, b]) {
  const lines = compare(a, b);
  const gone = vanished(a, b);
  if (lines.length === 0 && gone.cases.length === a.cases.length) {
    throw new Error('the two results have no case in common');
  }
  for (const [what, result] of [
    ['before', a],
    ['after', b],
  ]) {
    const about = [host_name(result), result.cpu, result.date, result.commit].filter(Boolean);
    console.log(`${`${what}:`.padEnd(8)}${about.join(', ')}`);
  }
  console.log(
    'ratio = time of the peer / our time, before and after, each with its interval; change',
  );
  for (const line of lines) {
    const { before, after, intervals, change, word } = line;
    const [was, is] = [before, after].map(
      (ratio, i) => `${number(ratio)} (${intervals[i].map(number).join(' .. ')})`,
    );
    console.log(`${row_text(line)} ${was.padEnd(24)}${is.padEnd(24)}${number(change)}x  ${word}`);
  }
  const of_word = (wanted) => lines.filter(({ word }) => word === wanted);
  const unclear = of_word('cannot tell');
  if (unclear.length > 0)
    console.log('\ncannot tell: too noisy to show a change by half as much again');
  for (const { name, peer } of unclear) console.log(`  ${name} vs ${peer}`);
  print_vanished(gone);
  const fresh = vanished(b, a);
  const added = fresh.contenders.reduce((sum, { cases }) => sum + cases.length, 0);
  if (fresh.cases.length + added > 0) {
    console.log(`\nonly in AFTER: ${fresh.cases.length} cases, and ${added} rows of others`);
  }
  const words = ['slower', 'faster', 'same', 'cannot tell', 'quick'];
  const counts = words.map((word) => [word, of_word(word).length]);
  const told = counts.filter(([word, count]) => word !== 'quick' || count > 0);
  console.log(`\n${told.map(([word, count]) => `${count} ${word}`).join(', ')}`);
  if (of_word('slower').length > 0) return EXIT.slower;
  return gone.cases.length + gone.contenders.length > 0 ? EXIT.vanished : EXIT.same;
}

function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      filter: { type: 'string', multiple: true, default: [''] },
      stable: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return EXIT.same;
  }
  const count = positionals.length;
  if (values.stable ? count < 2 : count !== 2) throw new Error(USAGE);
  const results = positionals.map((file) => {
    const result = read_result(file);
    const quick = quick_text(result);
    if (quick !== '') console.log(`${file}: ${quick}`);
    return { ...result, cases: chosen_from(result.cases, values) };
  });
  return values.stable ? print_stable(results) : print_changes(results);
}

if (is_main(import.meta.url)) {
  try {
    process.exitCode = main();
  } catch (error) {
    console.error(error.message);
    process.exitCode = EXIT.cannot;
  }
}
