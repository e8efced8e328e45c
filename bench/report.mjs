// A result as one HTML page that needs nothing else: a chart for each group, a sentence from the data, the goals.
// usage: node bench/report.mjs RESULT.json... > report.html
import { median } from './harness.mjs';
import { read_result } from './result.mjs';

const escape_html = (text) =>
  String(text).replace(
    /[&<>"]/g,
    (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c],
  );

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --back: #fff; --line: #c9ced6; --good: #0b6e4f; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ee; --back: #14171b; --line: #454c57; --good: #5ad1a5; --bad: #ff8a80; }
}
body { margin: 0 auto; padding: 1rem; max-width: 60rem; font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--back); }
.case { display: grid; grid-template-columns: minmax(0, 22rem) 1fr; gap: 0 1rem; border-top: 1px solid var(--line); }
.case svg { width: 100%; height: 1.5rem; overflow: visible; }
.good { color: var(--good); fill: var(--good); } .bad { color: var(--bad); fill: var(--bad); }
.axis { stroke: var(--line); }
.scale { display: flex; justify-content: space-between; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .2rem .5rem .2rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
@media (max-width: 40rem) { .case { grid-template-columns: 1fr; } }`;

const rated = (cases) =>
  cases.flatMap((one) =>
    one.rows.filter(({ ratio }) => ratio !== undefined).map((row) => ({ one, row })),
  );

/** What the data of a group says, in a sentence. */
export function conclusion(group, cases) {
  const all = rated(cases).sort((a, b) => a.row.ratio - b.row.ratio);
  if (all.length === 0) return `${group}: no peer was measured.`;
  const ahead = all.filter(({ row }) => row.ratio > 1).length;
  const middle = median(all.map(({ row }) => row.ratio));
  const { one, row } = all[0];
  return `${group}: bytewire is faster in ${ahead} of ${all.length} comparisons (median ratio ${middle.toFixed(2)}); its worst is ${row.ratio.toFixed(2)}, ${one.name} against ${row.name}.`;
}

// A dot for each peer on a logarithmic axis that all cases of the group share; the line is "equally fast".
function chart(cases) {
  const logs = rated(cases).map(({ row }) => Math.log10(row.ratio));
  const low = Math.floor(Math.min(0, ...logs));
  const high = Math.max(low + 1, Math.ceil(Math.max(0, ...logs)));
  const at = (log) => `${((100 * (log - low)) / (high - low)).toFixed(2)}%`;
  const lines = cases.map((one) => {
    const dots = rated([one]).map(({ row }) => {
      const title = `${row.name}: ${row.ratio.toFixed(2)} (${row.median_ns.toFixed(0)} ns)`;
      return `<circle cx="${at(Math.log10(row.ratio))}" cy="50%" r="5" class="${row.ratio < 1 ? 'bad' : 'good'}"><title>${escape_html(title)}</title></circle>`;
    });
    return `<div class="case"><span>${escape_html(one.name)}</span><svg role="img"><line class="axis" x1="${at(0)}" x2="${at(0)}" y1="0" y2="100%"/>${dots.join('')}</svg></div>`;
  });
  const marks = Array.from({ length: high - low + 1 }, (_, i) => `<span>${10 ** (low + i)}</span>`);
  const scale = `<div class="case"><span>time of the peer / our time</span><div class="scale">${marks.join('')}</div></div>`;
  return `${scale}${lines.join('\n')}${scale}`;
}

function verdict(met) {
  if (met === null) return 'not measured: the peer does not load on this host';
  return met ? 'met' : 'not met';
}

function goals(cases) {
  const rows = cases.flatMap((one) =>
    one.goals.map(
      ({ name, ratio, must, aim, met }) =>
        `<tr><td>${escape_html(name.startsWith('vs ') ? `${one.name}, ${name}` : name)}</td><td>${ratio?.toFixed(2) ?? ''}</td><td>${must} | ${aim}</td><td class="${met ? 'good' : 'bad'}">${verdict(met)}</td></tr>`,
    ),
  );
  return `<h2>Goals</h2><table><tr><th>Goal</th><th>Ratio</th><th>Must | aim</th><th></th></tr>${rows.join('\n')}</table>`;
}

function section(result) {
  const groups = [...new Set(result.cases.map(({ group }) => group))].map((group) => {
    const cases = result.cases.filter((one) => one.group === group);
    return `<h2>${escape_html(group)}</h2><p>${escape_html(conclusion(group, cases))}</p>${chart(cases)}`;
  });
  const { cpu, node, v8, date } = result;
  return `<h1>${escape_html(`${cpu}, Node ${node} (V8 ${v8}), ${date}`)}</h1>${groups.join('\n')}${goals(result.cases)}`;
}

const files = process.argv.slice(2);
try {
  if (files.length === 0)
    throw new Error('usage: node bench/report.mjs RESULT.json... > report.html');
  const body = files.map((file) => section(read_result(file))).join('\n');
  console.log(
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>bytewire benchmarks</title><style>${STYLE}</style><body>${body}</body></html>`,
  );
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
