// 1000 records from columns, as records and planar (b), and a delta of which a tenth has changed (d).
import * as bw from 'bytewire';
import { contender } from '../packet/contender.mjs';
import { ENTITIES, SNAPSHOT, same } from '../packet/data.mjs';
import { colyseus, proto } from '../packet/peers.mjs';

const { packet, u8, u16, f16, f32 } = bw;
const OURS = 'bytewire';
const group = 'packet';
const KEYS = ['id', 'x', 'y', 'angle', 'hp', 'flags'];

const Flat = packet({ id: u16, x: f32, y: f32, angle: u16, hp: u8, flags: u8 });
const Half = packet({ id: u16, x: f32, y: f32, angle: f16, hp: u8, flags: u8 });

function filled(schema, angle) {
  const columns = schema.columns(ENTITIES);
  columns.length = ENTITIES;
  SNAPSHOT.ents.forEach((entity, i) => {
    for (const key of KEYS) columns[key][i] = entity[key];
    columns.angle[i] = angle(entity.angle);
  });
  return columns;
}

const whole = (angle) => angle;
const turn = (angle) => (angle / 65536) * 360;

function ours(schema, angle, layout) {
  const b = bw.buffer_create(1 << 15, bw.buffer_fixed, 1);
  const columns = filled(schema, angle);
  const back = schema.columns(ENTITIES);
  const options = { layout };
  return {
    encode() {
      bw.buffer_seek(b, bw.buffer_seek_start, 0);
      return bw.buffer_view(b, 0, schema.writeColumns(b, columns, options));
    },
    columns,
    verify() {
      bw.buffer_seek(b, bw.buffer_seek_start, 0);
      schema.readColumns(b, back, options);
      same(back.x, columns.x, layout);
      same(back.hp, columns.hp, layout);
    },
  };
}

// The same values in arrays of the program's own.
function copies(columns) {
  return Object.fromEntries(KEYS.map((key) => [key, columns[key].slice()]));
}

const has_f16 = typeof DataView.prototype.setFloat16 === 'function';
const pun = new Float32Array(1);
const pun_bits = new Int32Array(pun.buffer);

// What one finds when one looks for "float to half in JavaScript": rounds to nearest.
function half(value) {
  pun[0] = value;
  const x = pun_bits[0];
  const sign = (x >> 16) & 0x8000;
  const mantissa = (x >> 12) & 0x07ff;
  const exponent = (x >> 23) & 0xff;
  if (exponent < 103) return sign;
  if (exponent > 142) return sign | 0x7c00;
  if (exponent < 113) {
    const m = mantissa | 0x0800;
    return sign | ((m >> (114 - exponent)) + ((m >> (113 - exponent)) & 1));
  }
  return (sign | ((exponent - 112) << 10) | (mantissa >> 1)) + (mantissa & 1);
}

function hand(columns, with_half) {
  const { id, x, y, angle, hp, flags } = copies(columns);
  const bytes = new Uint8Array(1 << 15);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, ENTITIES, true);
  return {
    encode() {
      let p = 4;
      for (let i = 0; i < ENTITIES; i++) {
        view.setUint16(p, id[i], true);
        view.setFloat32(p + 2, x[i], true);
        view.setFloat32(p + 6, y[i], true);
        if (!with_half) view.setUint16(p + 10, angle[i], true);
        else if (has_f16) view.setFloat16(p + 10, angle[i], true);
        else view.setUint16(p + 10, half(angle[i]), true);
        view.setUint8(p + 12, hp[i]);
        view.setUint8(p + 13, flags[i]);
        p += 14;
      }
      return new Uint8Array(bytes.buffer, 0, p);
    },
  };
}

const none = [0, 0];
const row = (name, encode) => ({ ...contender(name, none, encode), bytes: encode().length });

function records() {
  const own = ours(Flat, whole, 'records');
  const by_hand = hand(own.columns, false);
  const sent = own.encode();
  if (Buffer.compare(sent, by_hand.encode()) !== 0)
    throw new Error('records: other bytes than by hand');
  own.verify();
  const lists = Object.fromEntries(KEYS.map((key) => [key, Array.from(own.columns[key])]));
  same(proto.columns.decode(proto.columns.encode(lists)).hp, lists.hp, 'protobufjs');
  return [
    row(OURS, own.encode),
    row('hand DataView', by_hand.encode),
    row('protobufjs packed', () => proto.columns.encode(lists)),
  ];
}

function planar() {
  const own = ours(Half, turn, 'planar');
  own.encode();
  own.verify();
  return [
    row(OURS, own.encode),
    row('bytewire records', ours(Half, turn, 'records').encode),
    row('hand DataView', hand(own.columns, true).encode),
  ];
}

function decode_planar() {
  const own = ours(Half, turn, 'planar');
  const sent = own.encode().slice();
  const b = bw.buffer_from(sent);
  const back = Half.columns(ENTITIES);
  const view = new DataView(hand(own.columns, true).encode().slice().buffer);
  const into = copies(own.columns);
  return [
    contender(OURS, none, () => {
      bw.buffer_seek(b, bw.buffer_seek_start, 0);
      return Half.readColumns(b, back);
    }),
    contender('bytewire in place', none, () => {
      bw.buffer_seek(b, bw.buffer_seek_start, 0);
      return Half.overlayColumns(b).x[5];
    }),
    contender('hand DataView', none, () => {
      const { id, x, y, angle, hp, flags } = into;
      let p = 4;
      for (let i = 0; i < ENTITIES; i++, p += 14) {
        id[i] = view.getUint16(p, true);
        x[i] = view.getFloat32(p + 2, true);
        y[i] = view.getFloat32(p + 6, true);
        angle[i] = view.getUint16(p + 10, true);
        hp[i] = view.getUint8(p + 12);
        flags[i] = view.getUint8(p + 13);
      }
      return x[5];
    }),
  ];
}

// A tenth of the entities moves each time, and what has moved is sent; the baseline is then what was sent.
function deltas() {
  const columns = filled(Half, turn);
  const base = filled(Half, turn);
  const theirs = filled(Half, turn);
  const b = bw.buffer_create(1 << 15, bw.buffer_fixed, 1);
  let k = 0;
  const encode = () => {
    const { x, y } = columns;
    for (let i = k++ % 10; i < ENTITIES; i += 10) {
      x[i] += 1;
      y[i] -= 1;
    }
    bw.buffer_seek(b, bw.buffer_seek_start, 0);
    Half.writeDelta(b, columns, base);
    base.x.set(columns.x);
    base.y.set(columns.y);
    return bw.buffer_view(b, 0, bw.buffer_tell(b));
  };
  for (let i = 0; i < 20; i++) {
    encode();
    bw.buffer_seek(b, bw.buffer_seek_start, 0);
    if (Half.readDelta(b, theirs) !== 100) throw new Error('delta: not 100 records');
    same(theirs.x, columns.x, 'delta');
    same(theirs.y, columns.y, 'delta');
  }
  const peer = colyseus(SNAPSHOT.ents);
  let j = 0;
  const by_peer = () => {
    for (let i = j++ % 10; i < ENTITIES; i += 10) {
      const entity = peer.ents[i];
      entity.x += 1;
      entity.y -= 1;
    }
    return peer.encode();
  };
  return [row(OURS, encode), row('@colyseus/schema', by_peer)];
}

// Many contenders share this process: each needs time until the engine has compiled it.
const options = { warm_up_ms: 300, rounds: 41 };
export const cases = [
  {
    group,
    name: 'packet (b) 1000 records from columns, record layout',
    ours: OURS,
    goals: [{ peer: 'protobufjs packed', must: 8, aim: 9 }],
    contenders: records,
  },
  {
    group,
    name: 'packet (b) 1000 records from columns, planar, one f16 column',
    ours: OURS,
    goals: [{ peer: 'hand DataView', must: 4, aim: 9 }],
    contenders: planar,
  },
  {
    group,
    name: 'packet (b) planar columns, decode',
    ours: OURS,
    contenders: decode_planar,
  },
  {
    group,
    name: 'packet (d) delta, a tenth of 1000 records changed',
    ours: OURS,
    goals: [{ peer: '@colyseus/schema', must: 8, aim: 12, bytes: 0.75 }],
    contenders: deltas,
  },
].map((one) => ({ ...one, options }));
