// Results as one HTML page that needs nothing else: charts, a sentence for each from the data, the goals. Several results stand side by side.
// usage: node bench/report.mjs --help
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildSync } from 'esbuild';
import { run_as_main } from './is-main.mjs';
import { page_data } from './report/data.mjs';
import { by_host, read_result } from './result.mjs';

const require = createRequire(import.meta.url);
const text_of = (name) => readFileSync(new URL(`report/${name}`, import.meta.url), 'utf8');
const plot_file = (name) =>
  readFileSync(require.resolve('uplot').replace(/[^/\\]+$/, name), 'utf8');

/** The page's own script with uPlot in it. */
function page_script() {
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(new URL('report/page.js', import.meta.url))],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    legalComments: 'inline',
    write: false,
  });
  return outputFiles[0].text;
}

// Neither a script nor JSON inside one may hold what ends it.
const inline = (text) => text.replace(/<\/(script|style)/gi, '<\\/$1').replace(/<!--/g, '<\\!--');

/** The page for results, first the one that is shown first. */
export function report_html(results) {
  const data = JSON.stringify(page_data(results)).replace(/</g, '\\u003c');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>bytewire benchmarks</title>
<style>${inline(plot_file('uPlot.min.css'))}</style>
<style>${inline(text_of('page.css'))}</style>
</head>
<body>
<div id="page"></div>
<script type="application/json" id="data">${data}</script>
<script>${inline(page_script())}</script>
</body>
</html>`;
}

function committed_results() {
  const folder = fileURLToPath(new URL('results/', import.meta.url));
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const rank = (name) => `${name.includes('-node') ? 1 : 0}${name}`;
  return names.sort((a, b) => (rank(a) < rank(b) ? 1 : -1)).map((name) => `${folder}${name}`);
}

const USAGE = `usage: node bench/report.mjs RESULT.json... > report.html
       node bench/report.mjs --results > bench/results/report.html   (the committed ones, the newest Node first)
One page that loads nothing: charts, a sentence for each, the goals. Hosts stand side by side; several results of one host
count as one, the later file before the earlier.
exit code: 0; 2: a file that is no result`;

function main() {
  const flag = { type: 'boolean', default: false };
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { results: flag, help: flag },
  });
  if (values.help) return console.log(USAGE);
  if (values.results && positionals.length > 0) {
    throw new Error('--results takes the committed results, and no other');
  }
  const files = values.results ? committed_results() : positionals;
  if (files.length === 0) throw new Error(values.results ? 'bench/results has no result' : USAGE);
  const results = by_host(files.map(read_result));
  if (results.every(({ cases }) => cases.length === 0)) {
    throw new Error(`${files.join(', ')}: no cases to draw`);
  }
  console.log(report_html(results));
}

run_as_main(import.meta.url, main);
