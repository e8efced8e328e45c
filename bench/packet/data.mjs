// The five workloads of the packet benches: the same values for every contender.

let seed = 7;
function random() {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
  return seed / 0x7fffffff;
}

/** (a) what a player does, 60 times a second. */
export const INPUTS = Array.from({ length: 1024 }, (_, i) => ({
  type: 3,
  seq: (i * 7) & 65535,
  buttons: i & 255,
  ax: Math.fround(random() * 2 - 1),
  ay: Math.fround(random() * 2 - 1),
  time: 1_000_000 + i * 16,
}));

/** (b) a snapshot of the world. */
export const ENTITIES = 1000;
export const SNAPSHOT = {
  tick: 123456,
  ents: Array.from({ length: ENTITIES }, (_, i) => ({
    id: i,
    x: Math.fround(random() * 4096),
    y: Math.fround(random() * 4096),
    angle: (random() * 65535) | 0,
    hp: (random() * 100) | 0,
    flags: (random() * 16) | 0,
  })),
};

/** (c) chat, in letters of one byte and of more. */
export const CHAT = {
  ascii: [0, 1, 2, 3].map((i) => ({
    from: 40 + i,
    channel: i,
    name: 'Alice_the_2nd',
    text: `hello there, anyone here ${i}?`,
  })),
  other: [0, 1, 2, 3].map((i) => ({
    from: 40 + i,
    channel: i,
    name: 'Алиса_вторая',
    text: `привет, есть кто-нибудь ${i}?`,
  })),
};

/** (e) a controller in bits. */
export const BUTTONS = ['jump', 'crouch', 'fire', 'aim', 'sprint', 'reload', 'use', 'zoom'];
export const PADS = Array.from({ length: 1024 }, (_, i) => ({
  jump: (i & 1) === 1,
  crouch: (i & 2) === 2,
  fire: (i & 4) === 4,
  aim: i % 5 === 0,
  sprint: i % 3 === 0,
  reload: i % 7 === 0,
  use: i % 11 === 0,
  zoom: i % 13 === 0,
  weapon: i & 15,
  team: i & 3,
  ammo: (i * 3) & 255,
  score: (i * 97) & 16383,
}));

/** Compares what a decoder gave with what went in; f32 values are exact, so is everything else. */
export function same(got, wanted, who) {
  for (const key of Object.keys(wanted)) {
    const a = wanted[key];
    const b = got[key];
    if (typeof a === 'object' && a !== null) same(b, a, `${who}.${key}`);
    else if (Number(a) !== Number(b) && String(a) !== String(b)) {
      throw new Error(`${who}: ${key} is ${String(b)}, not ${String(a)}`);
    }
  }
}

/** The snapshot as columns; the angle as it is (u16) or in degrees, as a half float has it (f16). */
export const KEYS = ['id', 'x', 'y', 'angle', 'hp', 'flags'];
export function columns_of(angle) {
  const columns = {
    id: new Uint16Array(ENTITIES),
    x: new Float32Array(ENTITIES),
    y: new Float32Array(ENTITIES),
    angle: angle === 'u16' ? new Uint16Array(ENTITIES) : new Float32Array(ENTITIES),
    hp: new Uint8Array(ENTITIES),
    flags: new Uint8Array(ENTITIES),
  };
  SNAPSHOT.ents.forEach((entity, i) => {
    for (const key of KEYS) columns[key][i] = entity[key];
    if (angle === 'f16') columns.angle[i] = (entity.angle / 65536) * 360;
  });
  return columns;
}
