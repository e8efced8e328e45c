// The benchmark in a page: runs the cases, shows them, and hands the result over as a file of the same form as Node's.
import { chosen_from } from '../choose.mjs';
import { measure_case, result_of, said_by } from '../contest.mjs';
import { crossings_text } from '../crossing.mjs';
import { duration } from '../progress.mjs';
import { case_text } from '../table.mjs';

// Clocks are coarse where a page is not isolated from others.
const SLICE_MS = globalThis.crossOriginIsolated ? 1 : 5;

const find = (id) => document.getElementById(id);

/** The browser by its own words. */
function browser() {
  const agent = navigator.userAgent;
  const found =
    /(Firefox)\/([\d.]+)/.exec(agent) ??
    /(Edg)\/([\d.]+)/.exec(agent) ??
    /(Chrom)\w*\/([\d.]+)/.exec(agent) ??
    /Version\/()([\d.]+).*Safari/.exec(agent);
  const names = { Firefox: 'Firefox', Edg: 'Edge', Chrom: 'Chromium', '': 'Safari' };
  const engines = { Firefox: 'SpiderMonkey', Edg: 'V8', Chrom: 'V8', '': 'JavaScriptCore' };
  const [, key, version] = found ?? [undefined, undefined, 'unknown'];
  return { host: names[key] ?? 'browser', version, engine: engines[key] ?? agent };
}

async function machine() {
  const here = ['localhost', '127.0.0.1'].includes(location.hostname);
  if (here) return (await fetch('/machine')).json();
  return { date: new Date().toISOString().slice(0, 10), cpu: 'unknown', arch: 'unknown' };
}

async function post(path, value) {
  const response = await fetch(path, {
    method: 'POST',
    body: JSON.stringify(value),
    headers: { 'content-type': 'application/json' },
  });
  if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
}

async function load(list, tell) {
  const impls = [];
  const left_out = [];
  for (const [name, get] of list) {
    await tell('/at', { name: 'it was loaded', who: name });
    try {
      impls.push(await get());
    } catch (error) {
      left_out.push({ name, reason: said_by(error) });
    }
  }
  return { impls, left_out };
}

async function run_all({ cases, list, left_out_before, asked, packages }) {
  const tell = asked.auto ? post : async () => {};
  const { impls, left_out } = await load(list, tell);
  const host = { ...(await machine()), ...browser() };
  const result = { ...host, packages, cases: [] };
  const out = find('out');
  const say = (text) => out.append(`${text}\n`);
  out.textContent = '';
  say(`${result.host} ${result.version}`);
  for (const { name, reason } of [...left_out_before, ...left_out])
    say(`left out: ${name}: ${reason}`);
  await tell('/begun', { host, left_out });
  const chosen = chosen_from(cases, { ...asked, light: !asked.heavy });
  if (chosen.length === 0) throw new Error('no such case');
  const failures = [];
  const fail = (reason) => {
    failures.push(reason);
    say(`failed: ${reason}`);
  };
  const started = performance.now();
  for (const [i, one] of chosen.entries()) {
    const left = (((performance.now() - started) / 1000) * (chosen.length - i)) / i;
    find('progress').textContent =
      `${i} of ${chosen.length}${i > 0 ? `, ${duration(left)} left` : ''}: ${one.name}`;
    // The page stays alive, and what it shows is painted before the clock runs.
    await new Promise((done) => setTimeout(done, 20));
    let measured;
    try {
      measured = await measure_case(one, impls, {
        quick: asked.quick,
        quick_slice_ms: SLICE_MS,
        time_ms: asked.time,
        slice_ms: SLICE_MS,
        limit_ms: asked.limit * 1000,
        // Not waited for: who hangs the page has been named by then.
        announce: ({ who = 'one of those who take turns', more_ms }) =>
          void tell('/at', { name: one.name, who, more_ms }).catch(() => {}),
      });
    } catch (error) {
      fail(said_by(error));
      continue;
    }
    const left_out = measured.failed;
    for (const { name, reason } of left_out) fail(`${one.name}: ${name} ${reason}`);
    const found = result_of(one, [measured], asked.quick, left_out);
    result.cases.push(found);
    say(case_text(found));
    try {
      await tell('/case', { host, found, left_out });
    } catch (error) {
      fail(`${one.name}: ${said_by(error)}`);
    }
  }
  say(crossings_text(result.cases));
  find('progress').textContent =
    `${chosen.length} cases in ${duration((performance.now() - started) / 1000)}${failures.length > 0 ? `, ${failures.length} failures` : ''}`;
  return { result, failures };
}

function offer(result) {
  const file = new Blob([JSON.stringify(result, null, 1)], { type: 'application/json' });
  const link = find('download');
  link.href = URL.createObjectURL(file);
  link.download = `${result.date}-${result.host}${result.version}.json`.toLowerCase();
  link.hidden = false;
  return post('/result', result).then(() => {
    find('report').hidden = false;
  });
}

function above_zero(text) {
  const value = Number(text);
  return value > 0 && Number.isFinite(value) ? value : undefined;
}

function asked_from(query) {
  return {
    filter: query.has('filter') ? query.getAll('filter') : [''],
    quick: query.has('quick'),
    heavy: query.has('heavy'),
    auto: query.has('auto'),
    time: above_zero(query.get('time')) ?? 100,
    limit: above_zero(query.get('limit')) ?? 60,
  };
}

/** Fills the page; `list` has `[name, () => import(...)]` of every implementation that runs in browsers. */
export async function start({ cases, list, left_out, packages }) {
  const query = asked_from(new URLSearchParams(location.search));
  const form = find('form');
  form.filter.value = query.filter[0];
  form.quick.checked = query.quick;
  form.heavy.checked = query.heavy;
  const run = async (asked) => {
    form.run.disabled = true;
    try {
      const { result, failures } = await run_all({
        cases,
        list,
        left_out_before: left_out,
        asked,
        packages,
      });
      await offer(result);
      const failed = failures.length > 0 ? failures.join('\n') : undefined;
      if (asked.auto) await post('/done', { failed });
    } catch (error) {
      find('progress').textContent = String(error);
      if (asked.auto) await post('/done', { failed: said_by(error) });
    } finally {
      form.run.disabled = false;
    }
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    run({
      ...query,
      filter: form.filter.value === query.filter[0] ? query.filter : [form.filter.value],
      quick: form.quick.checked,
      heavy: form.heavy.checked,
    });
  });
  form.run.disabled = false;
  find('progress').textContent = `${cases.length} cases, ${list.length} implementations`;
  if (query.auto) await run(query);
}
