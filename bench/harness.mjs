// Fair timing: contenders of a case take turns, in a new order each round; figures are per call, ratios are paired by round.

const now = () => performance.now();
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Rounds of a case: not so few that a median says nothing (over all processes), not more than help. */
const LEAST_ROUNDS = 12;
const MOST_ROUNDS = 201;

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

export function geometric_mean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
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

// Turns with pauses, in which the engine's background compiler gets the processor. What takes long is warm after one call.
async function warm_up(plans, warm_up_ms, guarded) {
  const turns = 3;
  const slow = new Set();
  for (let turn = 0; turn < turns; turn++) {
    for (const plan of plans) {
      const { run } = plan;
      if (slow.has(run)) continue;
      await guarded(plan, async () => {
        let n = 1;
        const end = now() + warm_up_ms / turns;
        while (now() < end) {
          if ((await time_batch(run, n)) > warm_up_ms && n === 1) slow.add(run);
          n = Math.min(n * 2, 4096);
        }
      });
    }
    await pause(5);
  }
}

/** What takes longer than this once is not asked for twice. */
const SURE_MS = 250;

// Repetitions that fill a slice of time, found after the warm-up: a cold estimate would be hundreds of times too small. The smaller of
// two counts: another program on the processor makes one call look as long as a slice, and one call is less than many clocks know.
async function calibrate(run, slice_ms) {
  let n = 1;
  for (;;) {
    let ms = await time_batch(run, n);
    if (ms >= slice_ms / 4 && ms < SURE_MS) ms = Math.min(ms, await time_batch(run, n));
    if (ms >= slice_ms / 4) {
      const fits = Math.max(1, Math.round((n * slice_ms) / ms));
      return { n: fits, ms: (fits * ms) / n };
    }
    n *= 2;
  }
}

/**
 * Times contenders `[{ name, run(n) }]`, where `run(n)` makes n calls (and gives a promise if it has to).
 * `time_ms` is about what each gets, slow ones more of it than others; short slices, many rounds: another program on the processor then spoils few of them, and the median none.
 * `announce({ who })` hears whose turn it is, in the rounds only with `announce_turns`: of these `announce({ more_ms })` hears how long they may take.
 * Gives `[{ name, samples_ns }]`, in the order given; `thrown` instead of the samples for one that threw something.
 */
export async function measure(
  contenders,
  {
    time_ms = 100,
    slice_ms = 0.5,
    rounds,
    warm_up_ms = 20,
    processes = 1,
    seed = 1,
    collect_garbage,
    announce = () => {},
    announce_turns = false,
  } = {},
) {
  const random = random_from(seed);
  const plans = contenders.map(({ name, run }) => ({ name, run, samples_ns: [] }));
  const sound = () => plans.filter(({ thrown }) => thrown === undefined);
  // Who throws something is out; the others go on.
  const guarded = async (plan, work) => {
    if (plan.thrown !== undefined) return;
    await announce({ who: plan.name });
    try {
      await work();
    } catch (thrown) {
      plan.thrown = { thrown };
    }
  };
  await warm_up(plans, warm_up_ms, guarded);
  for (const plan of plans) {
    await guarded(plan, async () => Object.assign(plan, await calibrate(plan.run, slice_ms)));
  }
  const timed = sound();
  const round_ms = timed.reduce((sum, { ms }) => sum + ms, 0);
  const affordable = Math.round((time_ms * timed.length) / round_ms);
  const fitting = Math.min(MOST_ROUNDS, Math.max(Math.ceil(LEAST_ROUNDS / processes), affordable));
  const all = rounds ?? fitting;
  // Many times what is expected: other programs may want the processor.
  await announce({ more_ms: 20 * all * round_ms });
  collect_garbage?.();
  for (let round = 0; round < all; round++) {
    for (const plan of shuffle(sound(), random)) {
      if (announce_turns) await announce({ who: plan.name });
      try {
        plan.samples_ns.push(((await time_batch(plan.run, plan.n)) * 1e6) / plan.n);
      } catch (thrown) {
        plan.thrown = { thrown };
      }
    }
  }
  return plans.map(({ name, samples_ns, thrown }) =>
    thrown === undefined ? { name, samples_ns } : { name, ...thrown },
  );
}

/** Time of `peer` over time of `ours`, round by round: its median. Above 1 means ours is faster. */
export function ratio(peer, ours) {
  return median(peer.samples_ns.map((ns, i) => ns / ours.samples_ns[i]));
}
