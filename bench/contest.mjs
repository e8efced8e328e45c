// From a case and the implementations to a verified, timed contest. Runs in Node and in pages alike.
import { measure, median, quantile, ratio } from './harness.mjs';
import { kept } from './shared-input.mjs';

/** What a contender is: our package; another build or form of ours; plain JavaScript of ours; a package; the host's native code. */
export const KINDS = ['ours', 'twin', 'js', 'package', 'native'];

/** Calls whose output is compared before anything is timed, where this is the first process of the case; in others one is. */
const CHECKED = 8;

const sink = { value: 0 };
/** What keeps results from being optimised away. */
export const used = () => sink.value;

// Each contender gets a loop of its own, made from text: a shared one would see every target and inline none.
// A text that `is_read` is looked at in one place: the engine puts off copying together what was added up, until somebody does.
function loop(call, count, is_async, is_read) {
  const wait = is_async ? 'await ' : '';
  const size = is_read ? 'result.charCodeAt(0)' : 'result.length';
  return new Function(
    'call',
    'count',
    'sink',
    `/* ${Math.random()} */ let i = 0;
    return ${is_async ? 'async ' : ''}(n) => {
      let sum = 0;
      for (; n > 0; n--) {
        const result = ${wait}call(i);
        sum += typeof result === 'number' ? result : ${size};
        if (++i === count) i = 0;
      }
      sink.value += sum;
    };`,
  )(call, count, sink);
}

/** What was thrown, in words. */
export const said_by = (thrown) => String(thrown?.message ?? thrown);

/** What was thrown, with the name of the case. */
export function failure_of(one, thrown) {
  const said = said_by(thrown);
  return new Error(said.startsWith(one.name) ? said : `${one.name}: ${said}`);
}

/** `value`, or an Error when it is a promise that takes longer. */
async function within(limit_ms, value) {
  if (typeof value?.then !== 'function') return value;
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(
      () => fail(new Error(`its promise has not settled in ${limit_ms / 1000} s`)),
      limit_ms,
    );
    // Node ends a process in which nothing else is left, and that is noticed at once.
    timer.unref?.();
  });
  try {
    return await Promise.race([value, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function verified(one, input, { call, run, output = call }, { first, limit_ms }) {
  if (one.check !== undefined) {
    for (let i = 0; i < Math.min(input.count ?? 1, first ? CHECKED : 1); i++) {
      const got = output === undefined ? undefined : await within(limit_ms, output(i));
      try {
        one.check(got, i, input);
      } catch (error) {
        throw new Error(`is wrong: ${said_by(error)}`);
      }
    }
  }
  if (run !== undefined) return run;
  if (typeof call !== 'function') throw new Error('it has neither a call nor a run');
  const result = call(0);
  const is_async = typeof result?.then === 'function';
  if (is_async) await within(limit_ms, result);
  return loop(call, input.count ?? 1, is_async, one.is_read);
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

const reason_of = (thrown) => {
  const said = said_by(thrown);
  return said.startsWith('is wrong') ? said : `threw ${said}`;
};

const WRITES = 'writes into the input, which is for all';

/** So much longer than a promise may take is its sign of life awaited: the machine may be busy. */
const LATE_MS = 5000;

// One contender of an implementation, verified.
async function contender_from(one, input, made, how) {
  const { call, counted, done, bytes } = made;
  const run = await verified(one, input, made, how);
  // Once is enough for sizes.
  return { run, done, bytes: counted && how.first ? await counted_bytes(input, call) : bytes };
}

/**
 * Everybody who can do `one` on this host, verified: `first` in all items of the input, not only in one. `impls`: modules of bench/impls, each `{ name, kind, operations }`.
 * An operation gets the input of the case and gives `call(i)`, or `{ name?, kind?, call?, run?, output?, counted?, bytes?, done? }`, or several
 * of these, or nothing when this host lacks what it needs. `failed` names who threw something, was wrong, writes into the input, or has another's name.
 */
async function contenders_of(one, impls, { accept, announce, ...how }) {
  const input = await one.input();
  const was_changed = kept(input);
  const found = [];
  const failed = [];
  for (const impl of impls) {
    const operation = impl.operations[one.operation];
    if (operation === undefined) continue;
    // Nobody pays for what another has written.
    const fail = (name, reason) => {
      failed.push({ name, reason: was_changed() ? `${WRITES}; it ${reason}` : reason });
    };
    await announce({ impl: impl.name, who: impl.name, more_ms: LATE_MS });
    let made;
    try {
      made = [await within(how.limit_ms, operation(input))].flat().filter(Boolean);
    } catch (thrown) {
      fail(impl.name, reason_of(thrown));
      continue;
    }
    // Otherwise its contenders answer for it.
    if (made.length === 0 && was_changed()) fail(impl.name, WRITES);
    for (const each of made) {
      const contender = typeof each === 'function' ? { call: each } : Object(each);
      const { name = impl.name, kind = impl.kind } = contender;
      if (name !== one.ours && !accept(String(name))) {
        was_changed();
        continue;
      }
      if (typeof name !== 'string' || !KINDS.includes(kind)) {
        fail(impl.name, `calls itself ${name}, of the kind ${kind}: see bench/README.md`);
        continue;
      }
      if (found.some((other) => other.name === name)) {
        fail(name, `is the name of two contenders; the second is of ${impl.name}`);
        continue;
      }
      await announce({ impl: impl.name, who: name });
      try {
        const sound = await contender_from(one, input, contender, how);
        if (was_changed()) failed.push({ name, reason: WRITES });
        else found.push({ name, kind, impl: impl.name, ...sound });
      } catch (thrown) {
        fail(name, reason_of(thrown));
      }
    }
  }
  return { found, failed, input };
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

/**
 * The entry of a result file for a case; `measured` is what {@link measure_case} gave in each of some processes. Who failed in one of them has
 * no row; `left_out` names who, with those that the caller names.
 */
export function result_of(one, measured, quick, left_out = []) {
  const [first, ...others] = measured.map(
    ({ rows }) => new Map(rows.map((row) => [row.name, row])),
  );
  const names = [...first.keys()].filter((name) => others.every((rows) => rows.has(name)));
  const of = (name) => [first, ...others].map((rows) => rows.get(name));
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
    processes: measured.length,
    rows: names.map((name) => ({
      ...row_of(of(name)),
      ...(name === ours || of(name)[0].samples_ns.length === 0 ? {} : ratio_of(of(name), of(ours))),
    })),
    ...(left_out.length === 0 ? {} : { left_out }),
  };
}

/**
 * Measures one case: `{ rows: [{ name, kind, samples_ns, bytes?, facts? }], failed: [{ name, reason }], bytes }`. `accept(name)` leaves contenders
 * out, ours never; a case with a `measure` of its own (processes, sockets) gives its rows itself. `announce` hears whose turn it is;
 * `limit_ms` is how long a promise may take when it is verified. Throws when there is nothing of ours to compare with.
 */
export async function measure_case(
  one,
  impls,
  {
    quick = false,
    quick_slice_ms = 0.01,
    first = true,
    accept = () => true,
    announce = () => {},
    limit_ms = 60_000,
    ...options
  },
) {
  if (one.measure !== undefined) {
    await announce({ more_ms: 9 * limit_ms });
    return { rows: await one.measure({ quick, ...options }), failed: [] };
  }
  const how = { first, accept, announce, limit_ms };
  const { found, failed, input } = await contenders_of(one, impls, how);
  const fail = (name, reason) => failed.push({ name, reason });
  const need_ours = (list) => {
    if (list.some(({ name }) => name === one.ours)) return;
    const why = failed.map(({ name, reason }) => `; ${name} ${reason}`).join('');
    throw new Error(`${one.name}: ${one.ours} is not there to compare with${why}`);
  };
  let timed = [];
  try {
    need_ours(found);
    const hurry = quick ? { time_ms: 1, slice_ms: quick_slice_ms, rounds: 3, warm_up_ms: 1 } : {};
    const told = (about) =>
      announce({ ...about, impl: found.find(({ name }) => name === about.who)?.impl });
    timed = await measure(found, { ...options, ...one.options, ...hurry, announce: told });
    for (const each of timed) if ('thrown' in each) fail(each.name, reason_of(each.thrown));
    timed = timed.filter((each) => !('thrown' in each));
    need_ours(timed);
  } finally {
    for (const { name, done } of found) {
      try {
        await within(limit_ms, done?.());
      } catch (thrown) {
        fail(name, `when it is done, ${reason_of(thrown)}`);
      }
    }
    input.done?.();
  }
  const rows = timed.map(({ name, samples_ns }) => {
    const { kind, bytes } = found.find((each) => each.name === name);
    return { name, kind, samples_ns, bytes };
  });
  return { rows, failed, bytes: input.mean_bytes };
}
