// Packets in plain JavaScript, written by hand over a DataView, field by field at fixed offsets.
import { decoding, encoding, sum_of } from '../../packet/codec.mjs';
import { BUTTONS } from '../../packet/data.mjs';
import { read_utf8, write_utf8 } from './utf8.mjs';

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

// What the last bit of a mantissa counts, by exponent.
const UNITS = Float64Array.from({ length: 32 }, (_, exponent) => 2 ** (Math.max(exponent, 1) - 25));

function from_half(x) {
  const exponent = (x >> 10) & 31;
  const mantissa = x & 1023;
  const size = (exponent === 0 ? mantissa : 1024 + mantissa) * UNITS[exponent];
  return x & 0x8000 ? -size : size;
}

const view_of = (sent) => new DataView(sent.buffer, sent.byteOffset, sent.byteLength);

function input() {
  const bytes = new Uint8Array(64);
  const view = new DataView(bytes.buffer);
  return {
    encode(o) {
      view.setUint8(0, o.type);
      view.setUint16(1, o.seq, true);
      view.setUint8(3, o.buttons);
      view.setFloat32(4, o.ax, true);
      view.setFloat32(8, o.ay, true);
      view.setUint32(12, o.time, true);
      return new Uint8Array(bytes.buffer, 0, 16);
    },
    decode(sent) {
      const d = view_of(sent);
      return {
        type: d.getUint8(0),
        seq: d.getUint16(1, true),
        buttons: d.getUint8(3),
        ax: d.getFloat32(4, true),
        ay: d.getFloat32(8, true),
        time: d.getUint32(12, true),
      };
    },
  };
}

function snapshot() {
  const bytes = new Uint8Array(1 << 16);
  const view = new DataView(bytes.buffer);
  return {
    encode({ tick, ents }) {
      view.setUint32(0, tick, true);
      view.setUint16(4, ents.length, true);
      let p = 6;
      for (const e of ents) {
        view.setUint16(p, e.id, true);
        view.setFloat32(p + 2, e.x, true);
        view.setFloat32(p + 6, e.y, true);
        view.setUint16(p + 10, e.angle, true);
        view.setUint8(p + 12, e.hp);
        view.setUint8(p + 13, e.flags);
        p += 14;
      }
      return new Uint8Array(bytes.buffer, 0, p);
    },
    decode(sent) {
      const d = view_of(sent);
      const ents = new Array(d.getUint16(4, true));
      for (let i = 0, p = 6; i < ents.length; i++, p += 14) {
        ents[i] = {
          id: d.getUint16(p, true),
          x: d.getFloat32(p + 2, true),
          y: d.getFloat32(p + 6, true),
          angle: d.getUint16(p + 10, true),
          hp: d.getUint8(p + 12),
          flags: d.getUint8(p + 13),
        };
      }
      return { tick: d.getUint32(0, true), ents };
    },
  };
}

function chat() {
  const bytes = new Uint8Array(1024);
  return {
    encode({ from, channel, name, text }) {
      bytes[0] = from;
      bytes[1] = from >> 8;
      bytes[2] = channel;
      return new Uint8Array(bytes.buffer, 0, write_utf8(bytes, write_utf8(bytes, 3, name), text));
    },
    decode(sent) {
      const name = read_utf8(sent, 3);
      return {
        from: sent[0] | (sent[1] << 8),
        channel: sent[2],
        name,
        text: read_utf8(sent, sent.indexOf(0, 3) + 1),
      };
    },
  };
}

function pad() {
  const bytes = new Uint8Array(16);
  return {
    encode(o) {
      let buttons = 0;
      for (let i = 0; i < BUTTONS.length; i++) if (o[BUTTONS[i]]) buttons |= 1 << i;
      const rest = o.weapon | (o.team << 4) | (o.ammo << 6);
      bytes[0] = buttons;
      bytes[1] = rest;
      bytes[2] = (rest >> 8) | ((o.score & 3) << 6);
      let n = 3;
      for (let left = o.score >>> 2; left > 0; left >>>= 8) bytes[n++] = left;
      return new Uint8Array(bytes.buffer, 0, n);
    },
    decode(sent) {
      const result = {};
      for (let i = 0; i < BUTTONS.length; i++) result[BUTTONS[i]] = ((sent[0] >> i) & 1) === 1;
      result.weapon = sent[1] & 15;
      result.team = (sent[1] >> 4) & 3;
      result.ammo = ((sent[1] >> 6) | (sent[2] << 2)) & 255;
      result.score = sent[2] >> 6;
      for (let i = 3; i < sent.length; i++) result.score += sent[i] << (8 * (i - 3) + 2);
      return result;
    },
  };
}

// Columns of the program's own, as records one behind the other.
function columns({ columns: values, angle: form }) {
  const { id, x, y, angle, hp, flags } = values;
  const count = id.length;
  const bytes = new Uint8Array(1 << 15);
  const view = new DataView(bytes.buffer);
  const with_half = form === 'f16';
  view.setUint32(0, count, true);
  const encode = () => {
    let p = 4;
    for (let i = 0; i < count; i++) {
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
  };
  const into = Object.fromEntries(Object.entries(values).map(([key, list]) => [key, list.slice()]));
  const decode = () => {
    for (let i = 0, p = 4; i < count; i++, p += 14) {
      into.id[i] = view.getUint16(p, true);
      into.x[i] = view.getFloat32(p + 2, true);
      into.y[i] = view.getFloat32(p + 6, true);
      if (!with_half) into.angle[i] = view.getUint16(p + 10, true);
      else if (has_f16) into.angle[i] = view.getFloat16(p + 10, true);
      else into.angle[i] = from_half(view.getUint16(p + 10, true));
      into.hp[i] = view.getUint8(p + 12);
      into.flags[i] = view.getUint8(p + 13);
    }
    return count;
  };
  const output = () => {
    encode();
    decode();
    return into;
  };
  return { encode, decode, output };
}

function columns_encode(workload) {
  const { encode, output } = columns(workload);
  return { name: 'hand DataView', call: encode, output, bytes: encode().length };
}

// What has changed against the last time: a bit a record, then its position.
function delta({ columns: values }) {
  const x = values.x.slice();
  const y = values.y.slice();
  const base_x = x.slice();
  const base_y = y.slice();
  const bytes = new Uint8Array(1 << 15);
  const view = new DataView(bytes.buffer);
  const mask_bytes = (x.length + 7) >> 3;
  const encode = (i) => {
    for (let at = i; at < x.length; at += 10) {
      x[at] += 1;
      y[at] -= 1;
    }
    bytes.fill(0, 0, mask_bytes);
    let p = mask_bytes;
    for (let at = 0; at < x.length; at++) {
      if (x[at] === base_x[at] && y[at] === base_y[at]) continue;
      bytes[at >> 3] |= 1 << (at & 7);
      view.setFloat32(p, x[at], true);
      view.setFloat32(p + 4, y[at], true);
      p += 8;
      base_x[at] = x[at];
      base_y[at] = y[at];
    }
    return new Uint8Array(bytes.buffer, 0, p);
  };
  const output = (i) => (encode(i).length - mask_bytes) / 8;
  return { name: 'hand DataView', call: encode, output, bytes: encode(0).length };
}

const by_hand = { name: 'hand DataView' };
const codecs = { input: input(), snapshot: snapshot(), chat: chat(), pad: pad() };

export const packet_operations = {
  input_encode: encoding(codecs.input, by_hand),
  input_decode: decoding(codecs.input, (bytes) => sum_of(codecs.input.decode(bytes)), by_hand),
  snapshot_encode: encoding(codecs.snapshot, by_hand),
  snapshot_decode: decoding(codecs.snapshot, undefined, by_hand),
  chat_encode: encoding(codecs.chat, by_hand),
  chat_decode: decoding(codecs.chat, undefined, by_hand),
  pad_encode: encoding(codecs.pad, by_hand),
  pad_decode: decoding(codecs.pad, undefined, by_hand),
  columns_records: columns_encode,
  columns_planar: columns_encode,
  columns_decode(workload) {
    const { encode, decode, output } = columns(workload);
    encode();
    return { name: 'hand DataView', call: decode, output };
  },
  delta,
};
