// Fair timing: contenders of a case take turns, in a new order each round; figures are per call, ratios are paired by round.

const now = () => performance.now();
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export function quantile(sorted, q) {
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const high = Math.ceil(at);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

export function median(values) {
  return quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}

function shuffle(list, random) {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
}

function random_from(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

// A contender that can only work asynchronously gives a promise.
async function time_batch(run, n) {
  const start = now();
  const pending = run(n);
  if (pending) await pending;
  return now() - start;
}

// Repetitions that fill a slice of time, found after the warm-up: a cold estimate would be hundreds of times too small.
async function calibrate(run, slice_ms) {
  let n = 1;
  for (;;) {
    const ms = await time_batch(run, n);
    if (ms >= slice_ms / 4) return Math.max(1, Math.round((n * slice_ms) / ms));
    n *= 2;
  }
}

/**
 * Times contenders `[{ name, run(n) }]`, where `run(n)` makes n calls (and gives a promise if it has to).
 * Gives `[{ name, median_ns, p99_ns, spread, samples_ns }]`, in the order given; `spread` is the middle half over the median.
 */
export async function measure(
  contenders,
  { time_ms = 400, rounds = 21, warm_up_ms = 60, seed = 1 } = {},
) {
  const random = random_from(seed);
  const slice_ms = Math.max(0.5, time_ms / rounds / 2);
  // Warm up in turns, with pauses in which the engine's background compiler gets the processor.
  for (let turn = 0; turn < 3; turn++) {
    for (const { run } of contenders) {
      let n = 1;
      const end = now() + warm_up_ms / 3;
      while (now() < end) {
        await time_batch(run, n);
        n = Math.min(n * 2, 4096);
      }
    }
    await pause(5);
  }
  const plans = [];
  for (const { name, run } of contenders) {
    plans.push({ name, run, n: await calibrate(run, slice_ms), samples_ns: [] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const plan of shuffle([...plans], random)) {
      plan.samples_ns.push(((await time_batch(plan.run, plan.n)) * 1e6) / plan.n);
    }
  }
  return plans.map(({ name, samples_ns }) => {
    const sorted = [...samples_ns].sort((a, b) => a - b);
    const middle = quantile(sorted, 0.5);
    return {
      name,
      median_ns: middle,
      p99_ns: quantile(sorted, 0.99),
      spread: (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / middle,
      samples_ns,
    };
  });
}

/** Time of `peer` over time of `ours`, round by round: its median. Above 1 means ours is faster. */
export function ratio(peer, ours) {
  return median(peer.samples_ns.map((ns, i) => ns / ours.samples_ns[i]));
}
