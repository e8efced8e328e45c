// From a case and the implementations to a verified, timed contest. Runs in Node and in pages alike.
import { measure, median, quantile, ratio, summary } from './harness.mjs';

/** What a contender is: our package; another build or form of ours; plain JavaScript of ours; a package; the host's native code. */
export const KINDS = ['ours', 'twin', 'js', 'package', 'native'];

/** Calls whose output is compared before anything is timed. */
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

async function verified(one, input, made, name) {
  const { call, run, output = call } = made;
  if (one.check !== undefined) {
    for (let i = 0; i < Math.min(input.count ?? 1, CHECKED); i++) {
      try {
        one.check(output === undefined ? undefined : await output(i), i, input);
      } catch (error) {
        throw new Error(`${one.name}: ${name} is wrong: ${error.message}`);
      }
    }
  }
  if (run !== undefined) return run;
  const is_async = typeof call(0)?.then === 'function';
  return loop(call, input.count ?? 1, is_async);
}

/**
 * Everybody who can do `one` on this host, verified. `impls`: modules of bench/impls, each `{ name, kind, operations }`.
 * An operation gets the input of the case and gives `call(i)`, or `{ name?, kind?, call?, run?, output?, bytes?, done? }`, or several
 * of these, or nothing when this host lacks what it needs.
 */
export async function contenders_of(one, impls) {
  const input = await one.input();
  const found = [];
  for (const impl of impls) {
    const operation = impl.operations[one.operation];
    if (operation === undefined) continue;
    const made = await operation(input);
    if (!made) continue;
    for (const each of [made].flat()) {
      const contender = typeof each === 'function' ? { call: each } : each;
      const { name = impl.name, kind = impl.kind, bytes, done } = contender;
      const run = await verified(one, input, contender, name);
      found.push({ name, kind, run, bytes, done });
    }
  }
  const own = found.find(({ name }) => name === one.ours);
  if (own === undefined) throw new Error(`${one.name}: nobody is called ${one.ours}`);
  return { found, input };
}

// Median and middle half of the ratios round by round: what two runs are compared by.
function paired(row, own) {
  const ratios = row.samples_ns.map((ns, i) => ns / own.samples_ns[i]).sort((a, b) => a - b);
  return {
    ratio: ratio(row, own),
    ratio_spread: (quantile(ratios, 0.75) - quantile(ratios, 0.25)) / median(ratios),
  };
}

function result_of(one, rows, quick) {
  const own = rows.find((row) => row.name === one.ours);
  const { group, series, name, bytes, ours, x, unit = 'bytes', tags } = one;
  return {
    group,
    series,
    name,
    bytes,
    ...(x === undefined ? {} : { x, unit }),
    ...(tags === undefined ? {} : tags),
    ours,
    quick,
    rows: rows.map((row) => ({
      name: row.name,
      kind: row.kind,
      median_ns: row.median_ns,
      p99_ns: row.p99_ns,
      spread: row.spread,
      rounds: row.samples_ns.length,
      ...(row === own ? {} : paired(row, own)),
      ...(row.bytes === undefined ? {} : { bytes: row.bytes }),
      ...row.facts,
      verified: true,
    })),
  };
}

/**
 * Runs one case: its entry of a result file. `accept(name)` leaves contenders out, ours never; a case with a `measure` of its own
 * (processes, sockets) gives its rows itself.
 */
export async function run_case(
  one,
  impls,
  { quick = false, quick_slice_ms = 0.01, accept = () => true, ...options },
) {
  if (one.measure !== undefined) {
    const measured = await one.measure({ quick, ...options });
    const rows = measured.map((row) => ({ ...row, ...summary(row.samples_ns) }));
    return result_of(one, rows, quick);
  }
  const { found, input } = await contenders_of(one, impls);
  const chosen = found.filter(({ name }) => name === one.ours || accept(name));
  const hurry = quick ? { time_ms: 1, slice_ms: quick_slice_ms, rounds: 3, warm_up_ms: 1 } : {};
  const rows = await measure(chosen, { ...options, ...one.options, ...hurry });
  rows.forEach((row, i) => {
    row.kind = chosen[i].kind;
    row.bytes = chosen[i].bytes;
  });
  for (const each of found) each.done?.();
  input.done?.();
  return result_of({ bytes: input.mean_bytes, ...one }, rows, quick);
}
