// npm run bench:page: serves the benchmark to any browser, or runs it in one without a window.
// usage: npm run bench:page -- --help
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { chosen_from, nothing_found } from './choose.mjs';
import { find_browser, NAMES, open_browser } from './page/browsers.mjs';
import { page_options, USAGE } from './page/options.mjs';
import { add_case, open_result } from './result.mjs';
import { load_cases } from './suite.mjs';
import { case_text } from './table.mjs';

/** Somebody or something failed while it was measured. */
class Failed extends Error {}

/** The part of a page's address that says what is asked for. */
function query_of({ filter, quick, heavy, time_ms }) {
  const query = new URLSearchParams();
  for (const text of filter) if (text !== '') query.append('filter', text);
  for (const [name, is_asked] of Object.entries({ quick, heavy })) {
    if (is_asked) query.set(name, '');
  }
  if (time_ms !== 100) query.set('time', time_ms);
  return query;
}

const say_left_out = (list) => {
  for (const { name, reason } of list) console.log(`left out: ${name}: ${reason}`);
};

/** The file of one browser where several run: a file holds what one host has found. */
const file_for = (file, name) => file?.replace(/(\.json)?$/, `-${name}$1`);

/** Cases that are through, and the file with the last of them: for who ends the run early. */
const through_with = { cases: 0, file: undefined };

/** A browser that starts on a busy machine may need longer than anything that it measures. */
const START_MS = 120_000;
/** A page finds out by itself whose promise does not settle. Its word may take so much longer where others want the processor. */
const WORD_MS = 60_000;

/** Runs everything in one browser; resolves when its page says that it is through, to what failed. */
async function run_headless(name, asked, impls, serve) {
  const limit_ms = asked.limit_s * 1000;
  let finish;
  let stop;
  const through = new Promise((done, fail) => {
    finish = done;
    stop = fail;
  });
  let result;
  let at = 'it was loaded';
  let timer;
  const within = (awaited_ms, ms) => {
    clearTimeout(timer);
    const silence = new Failed(`${at}: nothing came of it for ${awaited_ms / 1000} s`);
    timer = setTimeout(() => stop(silence), ms);
  };
  const alive = (more_ms = 0) => {
    within(limit_ms, Math.min(limit_ms + WORD_MS + more_ms, 2 ** 31 - 1));
  };
  const page = await serve({
    address: asked.address,
    port: asked.port,
    impls,
    on: {
      at(about) {
        at = [about.name, about.who].filter((text) => text !== undefined).join(': ');
        alive(about.more_ms);
      },
      begun({ host, left_out }) {
        alive();
        console.log(`${host.host} ${host.version}`);
        say_left_out(left_out);
        try {
          if (asked.json !== undefined) result = open_result(asked.json, host, asked);
        } catch (error) {
          stop(error);
        }
      },
      case({ found, left_out = [] }) {
        alive();
        console.log(case_text(found));
        for (const each of left_out) {
          console.error(`${found.name}: ${each.name} ${each.reason}: it is left out of this case`);
        }
        try {
          if (result !== undefined) add_case(asked.json, result, found);
          through_with.cases++;
          through_with.file = asked.json;
        } catch (error) {
          stop(new Failed(error.message));
        }
      },
      done: finish,
    },
  });
  say_left_out(page.lost);
  if (page.lost.length > 0) process.exitCode = 1;
  const query = query_of(asked);
  query.set('auto', '');
  query.set('limit', asked.limit_s);
  console.log(`\n${name}`);
  const { gone, close } = open_browser(name, `${page.url}?${query}`);
  gone.then((why) => stop(new Failed(`before it was through: ${why}`)));
  const start_ms = Math.max(limit_ms, START_MS);
  within(start_ms, start_ms);
  try {
    const { failed } = await through;
    if (failed) throw new Failed(failed);
  } finally {
    clearTimeout(timer);
    await close();
    await page.close();
  }
}

async function main() {
  const asked = page_options(process.argv.slice(2));
  if (asked.help) return console.log(USAGE);
  if (!existsSync(new URL('node_modules', import.meta.url))) {
    throw new Error('the peers are not installed: npm ci in bench/');
  }
  const { filter, quick, heavy, limit_s } = asked;
  const cases = await load_cases('browser');
  if (chosen_from(cases, { filter, quick, light: !heavy }).length === 0) {
    throw new Error(nothing_found(cases, asked));
  }
  const names = asked.headless === 'any' ? NAMES.filter(find_browser) : [asked.headless];
  if (names.length === 0) throw new Error(`none of ${NAMES.join(', ')} is installed`);
  if (asked.headless !== undefined && find_browser(names[0]) === undefined) {
    throw new Error(`${names[0]} is not installed`);
  }
  // What needs the peers, and only now they are there for certain.
  const { find_impls } = await import('./probe.mjs');
  const { serve } = await import('./page/server.mjs');
  const rivals = asked.rivals === undefined ? undefined : resolve(asked.rivals);
  const impls = await find_impls({ host: 'browser', rivals, limit_s });
  for (const hint of impls.hints) console.error(hint);
  say_left_out(impls.left_out);
  if (asked.headless === undefined) {
    const { url, lost } = await serve({ ...asked, impls });
    say_left_out(lost);
    const query = query_of(asked).toString();
    return console.log(`open ${url}${query === '' ? '' : `?${query}`}\nends with Ctrl-C`);
  }
  if (impls.left_out.some(({ failed }) => failed)) process.exitCode = 1;
  for (const name of names) {
    try {
      const json = asked.headless === 'any' ? file_for(asked.json, name) : asked.json;
      await run_headless(name, { ...asked, json }, impls, serve);
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      console.error(error.message);
      process.exitCode = 1;
    }
  }
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.once(signal, () => {
    const { cases, file } = through_with;
    const kept = file === undefined ? '' : `, and what they found is in ${file}`;
    if (cases > 0) console.error(`ended early: ${cases} cases are through${kept}`);
    process.exit(code);
  });
}
try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
