// Processes of their own for each series of cases: what the engine has learnt and the memory it holds then do not depend on what ran before.
import { fileURLToPath } from 'node:url';
import { contains } from './choose.mjs';
import { failure_of, measure_case } from './contest.mjs';
import { collect_garbage } from './host.mjs';
import { is_main } from './is-main.mjs';
import { load_cases } from './suite.mjs';
import { do_job, tell, watch } from './watched.mjs';

const self = fileURLToPath(import.meta.url);

const series_id = ({ group, series }) => `${group} ${series}`;

/** Cases in runs of one series, as they stand. */
export function series_of(cases) {
  const found = [];
  for (const one of cases) {
    const last = found.at(-1);
    if (last !== undefined && series_id(last[0]) === series_id(one)) last.push(one);
    else found.push([one]);
  }
  return found;
}

// Cases in one process, until all are through or it has ended early: then how, at which case, and whose turn it was.
async function in_one_process(cases, found, options, { begun, done, failed }) {
  const takes_part = ({ operations }) =>
    cases.some(({ operation }) => operations.includes(operation));
  const impls = found.filter(takes_part).map(({ name, url }) => ({ name, url }));
  const names = cases.map(({ group, name }) => [group, name]);
  const left = new Set(cases);
  let turn = {};
  const hear = ({ at, measured, reason, ...about }) => {
    const one = cases[at];
    if (measured !== undefined) done(one, measured);
    else if (reason !== undefined) failed(one, reason);
    else {
      if (about.begins) begun(one);
      turn = { one, ...about };
      return;
    }
    left.delete(one);
  };
  const { limit_s } = options;
  const ended = await watch(self, { names, impls, options }, { limit_ms: limit_s * 1000, hear });
  return { ended, left: [...left], turn };
}

/**
 * Measures the cases of one series in a process of their own, in order; `found` has the implementations and their files.
 * `begun(one)`, `done(one, measured)` and `failed(one, reason)` hear of each case; one that fails leaves the others alone. Who hangs or ends the
 * process does not come back: `banned(name, one, reason)` hears of it, and another process goes on.
 */
export async function measure_apart(cases, found, options, hear) {
  let left = cases;
  let here = found;
  let announce_turns = false;
  while (left.length > 0) {
    const how = { ...options, announce_turns };
    const { ended, turn, ...rest } = await in_one_process(left, here, how, hear);
    left = rest.left;
    if (ended === undefined) return;
    const { one, impl, who } = turn;
    if (impl === undefined && one !== undefined && one.measure === undefined && !announce_turns) {
      // It was while they took turns. Once more, and each says first that its turn has come.
      announce_turns = true;
      continue;
    }
    announce_turns = false;
    const culprit = here.find(({ name }) => name === impl);
    if (culprit === undefined || culprit.kind === 'ours' || who === one?.ours) {
      for (const each of one === undefined ? left : [one]) {
        hear.failed(each, `${each.name}: ${who === undefined ? '' : `${who}: `}${ended}`);
      }
      left = one === undefined ? [] : left.filter((each) => each !== one);
    } else {
      hear.banned(impl, one, ended);
      here = here.filter((each) => each !== culprit);
    }
  }
}

async function measure_all({ names, impls, options }) {
  const { quick, time_ms, impl, first, processes, announce_turns, limit_s } = options;
  const all = await load_cases();
  const modules = [];
  for (const { name, url } of impls) {
    await tell({ impl: name, who: name });
    modules.push(await import(url));
  }
  const accept = (name) => impl === undefined || contains(name, impl);
  for (const [at, [group, name]] of names.entries()) {
    const one = all.find((each) => each.group === group && each.name === name);
    await tell({ at, begins: true });
    collect_garbage();
    try {
      const measured = await measure_case(one, modules, {
        quick,
        time_ms,
        first,
        processes,
        collect_garbage,
        accept,
        limit_ms: limit_s * 1000,
        announce: (about) => tell({ at, ...about }),
        announce_turns,
      });
      await tell({ at, measured });
    } catch (error) {
      await tell({ at, reason: failure_of(one, error).message });
    }
  }
}

if (is_main(import.meta.url) && process.send !== undefined) do_job(measure_all);
