// From a case and the implementations to a verified, timed contest. Runs in Node and in pages alike.
import { measure, median, quantile, ratio } from './harness.mjs';

/** What a contender is: our package; another build or form of ours; plain JavaScript of ours; a package; the host's native code. */
export const KINDS = ['ours', 'twin', 'js', 'package', 'native'];

/** Calls whose output is compared before anything is timed, where this is the first process of the case; in others one is. */
const CHECKED = 8;

const sink = { value: 0 };
/** What keeps results from being optimised away. */
export const used = () => sink.value;

// Each contender gets a loop of its own, made from text: a shared one would see every target and inline none.
function loop(call, count, is_async) {
  const wait = is_async ? 'await ' : '';
  return new Function(
    'call',
    'count',
    'sink',
    `/* ${Math.random()} */ let i = 0;
    return ${is_async ? 'async ' : ''}(n) => {
      let sum = 0;
      for (; n > 0; n--) {
        const result = ${wait}call(i);
        sum += typeof result === 'number' ? result : result.length;
        if (++i === count) i = 0;
      }
      sink.value += sum;
    };`,
  )(call, count, sink);
}

async function verified(one, input, made, name, checked) {
  const { call, run, output = call } = made;
  if (one.check !== undefined) {
    for (let i = 0; i < Math.min(input.count ?? 1, checked); i++) {
      try {
        one.check(output === undefined ? undefined : await output(i), i, input);
      } catch (error) {
        throw new Error(`${one.name}: ${name} is wrong: ${said_by(error)}`);
      }
    }
  }
  if (run !== undefined) return run;
  const is_async = typeof call(0)?.then === 'function';
  return loop(call, input.count ?? 1, is_async);
}

// What all items come to: a result is its size, or has a length.
async function counted_bytes({ count = 1 }, call) {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const result = await call(i);
    sum += typeof result === 'number' ? result : result.length;
  }
  return sum;
}

/** What was thrown, in words. */
export const said_by = (thrown) => String(thrown?.message ?? thrown);

/** What was thrown, with the name of the case. */
export function failure_of(one, thrown) {
  const said = said_by(thrown);
  return new Error(said.startsWith(one.name) ? said : `${one.name}: ${said}`);
}

async function contenders_from(one, impl, input, made, first) {
  if (!made) return [];
  const found = [];
  for (const each of [made].flat()) {
    const contender = typeof each === 'function' ? { call: each } : each;
    const { name = impl.name, kind = impl.kind, call, counted, done } = contender;
    const run = await verified(one, input, contender, name, first ? CHECKED : 1);
    // Once is enough for sizes.
    const bytes = counted && first ? await counted_bytes(input, call) : contender.bytes;
    found.push({ name, kind, run, done, bytes });
  }
  return found;
}

/**
 * Everybody who can do `one` on this host, verified: `first` in all items of the input, not only in one. `impls`: modules of bench/impls, each `{ name, kind, operations }`.
 * An operation gets the input of the case and gives `call(i)`, or `{ name?, kind?, call?, run?, output?, counted?, bytes?, done? }`, or several
 * of these, or nothing when this host lacks what it needs.
 */
export async function contenders_of(one, impls, first = true) {
  const input = await one.input();
  const found = [];
  for (const impl of impls) {
    const operation = impl.operations[one.operation];
    if (operation === undefined) continue;
    try {
      found.push(...(await contenders_from(one, impl, input, await operation(input), first)));
    } catch (error) {
      const said = said_by(error);
      throw new Error(said.startsWith(one.name) ? said : `${one.name}: ${impl.name}: ${said}`);
    }
  }
  const own = found.find(({ name }) => name === one.ours);
  if (own === undefined) throw new Error(`${one.name}: nobody is called ${one.ours}`);
  return { found, input };
}

const middle_half = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / quantile(sorted, 0.5);
};

// Of a row in several processes: each has its median, and the one in the middle counts; how far samples lie apart is asked of all.
function row_of(rows) {
  const [{ name, kind, bytes, facts }] = rows;
  const samples = rows.flatMap(({ samples_ns }) => samples_ns);
  const about = { name, kind, rounds: samples.length };
  if (samples.length > 0) {
    about.median_ns = median(rows.map(({ samples_ns }) => median(samples_ns)));
    const sorted = [...samples].sort((a, b) => a - b);
    about.p99_ns = quantile(sorted, 0.99);
    about.spread = middle_half(samples);
  }
  return { ...about, ...(bytes === undefined ? {} : { bytes }), ...facts, verified: true };
}

// The ratio to ours, round by round of each process: what two runs are compared by.
function ratio_of(rows, own) {
  const paired = rows.flatMap(({ samples_ns }, process) =>
    samples_ns.map((ns, i) => ns / own[process].samples_ns[i]),
  );
  const ratios = rows.map((row, process) => ratio(row, own[process]));
  return { ratio: median(ratios), ratio_spread: middle_half(paired), ratios };
}

/** The entry of a result file for a case; `measured` is what {@link measure_case} gave in each of some processes. */
export function result_of(one, measured, quick) {
  const runs = measured.map(({ rows }) => rows);
  const of = (i) => runs.map((rows) => rows[i]);
  const own = runs[0].findIndex(({ name }) => name === one.ours);
  const { group, series, name, bytes = measured[0].bytes, ours, x, unit = 'bytes', tags } = one;
  return {
    group,
    series,
    name,
    bytes,
    ...(x === undefined ? {} : { x, unit }),
    ...tags,
    ours,
    quick,
    processes: runs.length,
    rows: runs[0].map((_, i) => ({
      ...row_of(of(i)),
      ...(i === own || runs[0][i].samples_ns.length === 0 ? {} : ratio_of(of(i), of(own))),
    })),
  };
}

/**
 * Measures one case: `{ rows: [{ name, kind, samples_ns, bytes?, facts? }], bytes }`. `accept(name)` leaves contenders out, ours never; a
 * case with a `measure` of its own (processes, sockets) gives its rows itself.
 */
export async function measure_case(
  one,
  impls,
  { quick = false, quick_slice_ms = 0.01, first = true, accept = () => true, ...options },
) {
  if (one.measure !== undefined) return { rows: await one.measure({ quick, ...options }) };
  const { found, input } = await contenders_of(one, impls, first);
  const chosen = found.filter(({ name }) => name === one.ours || accept(name));
  const hurry = quick ? { time_ms: 1, slice_ms: quick_slice_ms, rounds: 3, warm_up_ms: 1 } : {};
  const timed = await measure(chosen, { ...options, ...one.options, ...hurry });
  for (const each of found) each.done?.();
  input.done?.();
  const rows = timed.map(({ name, samples_ns }, i) => {
    const { kind, bytes } = chosen[i];
    return { name, kind, samples_ns, bytes };
  });
  return { rows, bytes: input.mean_bytes };
}
