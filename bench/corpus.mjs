// What compression is measured on: made from a seed, or taken from files that every install of the project has.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deflateSync } from 'node:zlib';

const top = fileURLToPath(new URL('..', import.meta.url));

/** Numbers from 0 to 1 that are the same on every host (mulberry32). */
export function random_from(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const NAMES =
  'ada grace linus dennis barbara edsger alan kathleen niklaus frances tony radia'.split(' ');
const WEAPONS = ['sword', 'bow', 'staff', 'railgun', 'shotgun', 'none'];
const STATES = ['idle', 'run', 'jump', 'attack', 'hurt', 'dead'];

/** A player of the simulated game: walks, turns, is hurt. */
function make_player(random, id) {
  return {
    id,
    name: `${NAMES[id % NAMES.length]}${(random() * 100) | 0}`,
    x: random() * 4000,
    y: random() * 3000,
    z: random() * 50,
    vx: 0,
    vy: 0,
    angle: random() * 6.283,
    hp: 100,
    ammo: 30,
    score: 0,
    weapon: WEAPONS[(random() * WEAPONS.length) | 0],
    state: 'idle',
  };
}

function step(p, random) {
  if (random() < 0.2) {
    p.vx = (random() - 0.5) * 12;
    p.vy = (random() - 0.5) * 12;
  }
  p.x += p.vx;
  p.y += p.vy;
  p.angle = (p.angle + (random() - 0.5) * 0.3 + 6.283) % 6.283;
  if (random() < 0.1) p.hp = Math.max(0, p.hp - ((random() * 20) | 0));
  if (random() < 0.3) p.ammo = (p.ammo + 29) % 31;
  if (random() < 0.05) p.score += 10;
  if (random() < 0.2) p.state = STATES[(random() * STATES.length) | 0];
}

const round = (v) => Math.round(v * 100) / 100;

function json_player(p) {
  return {
    id: p.id,
    name: p.name,
    x: round(p.x),
    y: round(p.y),
    a: round(p.angle),
    hp: p.hp,
    ammo: p.ammo,
    score: p.score,
    weapon: p.weapon,
    state: p.state,
  };
}

function binary_players(players, tick) {
  const bytes = Buffer.alloc(10 + players.length * 36);
  bytes.writeUInt16LE(17, 0);
  bytes.writeUInt32LE(tick, 2);
  bytes.writeUInt32LE(players.length, 6);
  let p = 10;
  for (const player of players) {
    bytes.writeUInt32LE(player.id, p);
    // Positions and speeds on a grid of 1/16, as physics engines keep them; the angle as it comes.
    for (const [i, key] of ['x', 'y', 'z', 'vx', 'vy'].entries()) {
      bytes.writeFloatLE(Math.round(player[key] * 16) / 16, p + 4 + i * 4);
    }
    bytes.writeFloatLE(player.angle, p + 24);
    bytes.writeUInt16LE(player.hp, p + 28);
    bytes.writeUInt16LE(player.ammo, p + 30);
    bytes.writeUInt32LE(player.score, p + 32);
    p += 36;
  }
  return bytes;
}

/** `count` packets of one kind out of a running game. `players` sets their size. */
export function packets(kind, players, count, seed) {
  const random = random_from(seed);
  const world = Array.from({ length: Math.max(players, 12) }, (_, i) => make_player(random, i));
  const result = [];
  for (let tick = 0; tick < count; tick++) {
    for (const p of world) step(p, random);
    const first = (tick * 3) % (world.length - players + 1);
    const seen = world.slice(first, first + players);
    if (kind === 'bin') result.push(binary_players(seen, 100000 + tick));
    else if (players === 0) {
      const p = world[tick % world.length];
      result.push(
        Buffer.from(
          JSON.stringify({
            t: 'move',
            tick: 100000 + tick,
            id: p.id,
            x: round(p.x),
            y: round(p.y),
            vx: round(p.vx),
            vy: round(p.vy),
            a: round(p.angle),
            keys: (random() * 16) | 0,
          }),
        ),
      );
    } else {
      result.push(
        Buffer.from(
          JSON.stringify({ t: 'state', tick: 100000 + tick, players: seen.map(json_player) }),
        ),
      );
    }
  }
  return result;
}

/** A world snapshot: entities as floats and small integers. */
function world(bytes, seed) {
  const random = random_from(seed);
  const list = Array.from({ length: Math.ceil(bytes / 36) }, (_, i) => make_player(random, i));
  for (let i = 0; i < 3; i++) for (const p of list) step(p, random);
  return binary_players(list, 5).subarray(0, bytes);
}

function state_json(bytes, seed) {
  const random = random_from(seed);
  const list = Array.from({ length: Math.ceil(bytes / 110) }, (_, i) => make_player(random, i));
  for (let i = 0; i < 3; i++) for (const p of list) step(p, random);
  return Buffer.from(JSON.stringify(list.map(json_player))).subarray(0, bytes);
}

function logs(bytes, seed) {
  const random = random_from(seed);
  const players = Array.from({ length: 200 }, (_, i) => make_player(random, i));
  const parts = [];
  let size = 0;
  let time = 1700000000000;
  while (size < bytes) {
    const p = players[(random() * players.length) | 0];
    step(p, random);
    time += (random() * 40) | 0;
    const kind = random();
    const line =
      kind < 0.5
        ? { time, level: 'info', event: 'move', player: p.id, x: round(p.x), y: round(p.y) }
        : kind < 0.8
          ? { time, level: 'info', event: 'state', ...json_player(p) }
          : kind < 0.95
            ? {
                time,
                level: 'debug',
                event: 'net',
                player: p.id,
                rtt_ms: round(random() * 120),
                loss: round(random() * 3),
                bytes: (random() * 9000) | 0,
              }
            : {
                time,
                level: 'warn',
                event: 'slow_tick',
                ms: round(16 + random() * 30),
                players: 200,
                message: 'tick took longer than its budget',
              };
    const text = `${JSON.stringify(line)}\n`;
    parts.push(text);
    size += text.length;
  }
  return Buffer.from(parts.join('')).subarray(0, bytes);
}

/** Sprite sheets: flat areas, gradients, dithered noise, transparent borders; RGBA. */
function rgba(width, height, seed) {
  const random = random_from(seed);
  const bytes = Buffer.alloc(width * height * 4);
  const palette = Array.from({ length: 24 }, () => [
    (random() * 256) | 0,
    (random() * 256) | 0,
    (random() * 256) | 0,
  ]);
  const cell = 32;
  for (let cy = 0; cy < height; cy += cell) {
    for (let cx = 0; cx < width; cx += cell) {
      const style = random();
      const c = palette[(random() * palette.length) | 0];
      const d = palette[(random() * palette.length) | 0];
      for (let y = 0; y < cell; y++) {
        for (let x = 0; x < cell; x++) {
          const at = ((cy + y) * width + cx + x) * 4;
          const r2 = (x - 16) ** 2 + (y - 16) ** 2;
          if (r2 > 220) continue;
          const noise = style < 0.25 ? (random() * 12) | 0 : 0;
          const mix = style > 0.6 ? y / cell : (x ^ y) & 4 ? 1 : 0;
          for (let k = 0; k < 3; k++)
            bytes[at + k] = Math.min(255, (c[k] * mix + d[k] * (1 - mix) + noise) | 0);
          bytes[at + 3] = 255;
        }
      }
    }
  }
  return bytes;
}

/** Prose: sentences over a few thousand made-up words with the frequencies of a language, names and phrases that return. */
function prose(bytes, seed) {
  const random = random_from(seed);
  const syllables =
    'an ber cor den el fa gra hin is jo kel lo mar nen or pra qua ros sil ta um ven wil xa yor ze th ing er ed ly tion'.split(
      ' ',
    );
  const short =
    'the of and to in a is that it was for on are as with his they at be this from have or by one had not but what all were when we there can an your which their said if do will each about how up out them then she many some so these would other into has more her two like him see time could no make than first been its who now people my made over did down only way find use may water long little very after words called just where most know'.split(
      ' ',
    );
  const words = [...short];
  while (words.length < 9000) {
    let word = '';
    const n = 1 + ((random() * 3.2) | 0);
    for (let i = 0; i <= n; i++) word += syllables[(random() * syllables.length) | 0];
    words.push(word);
  }
  // Zipf-like ranks, and each word prefers a few followers, so that phrases repeat as they do in writing.
  const rank = () =>
    Math.min(words.length - 1, Math.floor(Math.exp(random() * Math.log(words.length + 1)) - 1));
  const followers = words.map(() => [rank(), rank(), rank(), rank()]);
  let text = '';
  let at = 0;
  while (text.length < bytes) {
    const length = 5 + ((random() * 18) | 0);
    let sentence = '';
    for (let i = 0; i < length; i++) {
      at = random() < 0.55 ? followers[at][(random() * 4) | 0] : rank();
      sentence += (i ? (random() < 0.06 ? ', ' : ' ') : '') + words[at];
    }
    text += `${sentence[0].toUpperCase()}${sentence.slice(1)}. `;
    if (random() < 0.08) text += '\n\n';
  }
  return Buffer.from(text).subarray(0, bytes);
}

/** The WebAssembly module inside the binaryen package, caught as it is compiled. */
async function binaryen_wasm() {
  const { instantiate, Module } = WebAssembly;
  let found;
  const look = (source) => {
    const bytes = ArrayBuffer.isView(source)
      ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
      : source instanceof ArrayBuffer
        ? new Uint8Array(source)
        : undefined;
    if (bytes && (!found || bytes.length > found.length)) found = Buffer.from(bytes);
  };
  WebAssembly.instantiate = (source, ...rest) => {
    look(source);
    return instantiate(source, ...rest);
  };
  WebAssembly.Module = class extends Module {
    constructor(source) {
      look(source);
      super(source);
    }
  };
  try {
    await import(`${top}node_modules/binaryen/index.js`);
  } finally {
    WebAssembly.instantiate = instantiate;
    WebAssembly.Module = Module;
  }
  if (!found)
    throw new Error('binaryen compiled no module: take the wasm sample from somewhere else');
  return found.subarray(0, 3_000_000);
}

function noise(bytes, seed) {
  const random = random_from(seed);
  const result = Buffer.alloc(bytes);
  for (let i = 0; i + 4 <= bytes; i += 4) result.writeUInt32LE((random() * 2 ** 32) >>> 0, i);
  return result;
}

const BLOCKS = 16;

/**
 * The corpus: `{ name, class, items, kind }`, where packets and blocks of 64 KB are many items and large files one. `kind` 'edge' is shown but
 * not in the means: data that does not compress, or hardly anything else.
 */
export async function make_corpus({ classes = 'sml' } = {}) {
  const files = [];
  const add = (name, items, kind = 'data') =>
    files.push({ name, class: name[0], items: Array.isArray(items) ? items : [items], kind });
  if (classes.includes('s')) {
    add('s1 bin 120 B', packets('bin', 3, 64, 1));
    add('s2 json 100 B', packets('json', 0, 64, 2));
    add('s3 bin 440 B', packets('bin', 12, 64, 3));
    add('s4 json 520 B', packets('json', 4, 64, 4));
    add('s5 bin 1.5 KB', packets('bin', 40, 64, 5));
    add('s6 json 1.7 KB', packets('json', 14, 64, 6));
  }
  const typescript = readFileSync(`${top}node_modules/typescript/lib/typescript.js`);
  if (classes.includes('m')) {
    // Sixteen blocks of each kind: one alone, again and again, the processor's branch predictor learns by heart.
    const blocks = (make) => Array.from({ length: BLOCKS }, (_, i) => make(i));
    const text = prose(BLOCKS * 65536, 14);
    const slice = (bytes, at) => bytes.subarray(at, at + 65536);
    add(
      'm1 world 64K',
      blocks((i) => world(65536, 11 + 100 * i)),
    );
    add(
      'm2 json 64K',
      blocks((i) => state_json(65536, 12 + 100 * i)),
    );
    add(
      'm3 js 64K',
      blocks((i) => slice(typescript, 3_000_000 + 300_000 * i)),
    );
    add(
      'm4 prose 64K',
      blocks((i) => slice(text, 65536 * i)),
    );
  }
  if (classes.includes('l')) {
    add('l1 world 2M', world(2_000_000, 21));
    add('l2 logs 3M', logs(3_000_000, 22));
    add('l3 rgba 2M', rgba(1024, 512, 23));
    add('l4 prose 1.8M', prose(1_800_000, 24));
    add('l5 js 3M', typescript.subarray(1_000_000, 4_000_000));
    add('l6 exe 3M', readFileSync(process.execPath).subarray(20_000_000, 23_000_000));
    add('l7 wasm 3M', await binaryen_wasm());
    add('l8 random 2M', noise(2_000_000, 28), 'edge');
    add('l9 .z 0.5M', deflateSync(logs(4_000_000, 29)).subarray(0, 500_000), 'edge');
    add('l0 zeros 3M', Buffer.alloc(3_000_000), 'edge');
  }
  return files;
}
