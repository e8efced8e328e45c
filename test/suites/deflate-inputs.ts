// Inputs for compression tests, made from numbers: every shape that matchers and block splitters treat differently.

/** Whole numbers from 0 to n - 1, the same for the same seed. */
export type Random = (n: number) => number;

export function random_from(seed: number): Random {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n);
  };
}

type Fill = (out: Uint8Array, random: Random) => void;

const noise: Fill = (out, random) => {
  for (let i = 0; i < out.length; i++) out[i] = random(256);
};

const few_symbols: Fill = (out, random) => {
  const n = 1 + random(6);
  const base = random(250);
  for (let i = 0; i < out.length; i++) out[i] = base + random(n);
};

const runs: Fill = (out, random) => {
  for (let i = 0; i < out.length; ) {
    const n = 1 + random(random(4) === 0 ? 2000 : 12);
    out.fill(random(256), i, i + n);
    i += n;
  }
};

const skewed: Fill = (out, random) => {
  for (let i = 0; i < out.length; i++) out[i] = random(1 + random(1 + random(256)));
};

// Copies of earlier parts from any distance, with errors in between.
const copies: Fill = (out, random) => {
  let i = 0;
  while (i < out.length) {
    if (i < 8 || random(3) === 0) {
      const n = 1 + random(20);
      for (let k = 0; k < n && i < out.length; k++) out[i++] = random(256);
    } else {
      const reach = random(4) === 0 ? 40000 : random(3) === 0 ? 16 : 1000;
      const distance = 1 + random(Math.min(i, reach));
      const n = 2 + random(random(8) === 0 ? 600 : 20);
      for (let k = 0; k < n && i < out.length; k++, i++) out[i] = out[i - distance];
    }
  }
};

const WORDS =
  'player score {"x": "y": position weapon null true false , [ ] 0.25 server tick'.split(' ');
const text: Fill = (out, random) => {
  let i = 0;
  while (i < out.length) {
    for (const c of `${WORDS[random(WORDS.length)]}${random(3) ? ' ' : random(1000)}`) {
      if (i < out.length) out[i++] = c.charCodeAt(0);
    }
  }
};

const records: Fill = (out, random) => {
  const step = 4 + random(40);
  for (let i = 0; i < out.length; i++) {
    out[i] = i < step || random(8) === 0 ? random(256) : out[i - step] + (random(4) === 0 ? 1 : 0);
  }
};

// Parts of different kinds one after the other: blocks should split.
const mixed: Fill = (out, random) => {
  for (let i = 0; i < out.length; ) {
    const n = 1 + random(40000);
    SIMPLE[random(SIMPLE.length)](out.subarray(i, i + n), random);
    i += n;
  }
};

const SIMPLE: Fill[] = [noise, few_symbols, runs, skewed, copies, text, records];
const ALL: Fill[] = [...SIMPLE, mixed];

/** Bytes of some kind and size: mostly small, seldom up to `most`. */
export function make_input(random: Random, most: number): Uint8Array<ArrayBuffer> {
  const scale = random(10);
  const size = scale < 4 ? random(64) : scale < 8 ? random(Math.min(most, 4096)) : random(most + 1);
  const out = new Uint8Array(size);
  ALL[random(ALL.length)](out, random);
  return out;
}

/** A damaged copy: bits flipped, bytes changed, dropped, doubled, or the end cut off. */
export function damage(bytes: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  let out = new Uint8Array(bytes);
  const times = 1 + random(3);
  for (let i = 0; i < times && out.length > 0; i++) {
    const at = random(out.length);
    const kind = random(6);
    if (kind <= 1) out[at] ^= 1 << random(8);
    else if (kind === 2) out[at] = random(256);
    else if (kind === 3) out = out.slice(0, at);
    else if (kind === 4) out = new Uint8Array([...out.subarray(0, at), ...out.subarray(at + 1)]);
    else out = new Uint8Array([...out.subarray(0, at), random(256), ...out.subarray(at)]);
  }
  return out;
}
