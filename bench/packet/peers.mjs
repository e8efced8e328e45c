// The peers of the packet benches, each used as its own documentation or generated code does it.
import { Encoder, schema, t } from '@colyseus/schema';
import avro from 'avsc';
import { BebopView } from 'bebop';
import * as flatbuffers from 'flatbuffers';
import { Packr } from 'msgpackr';
import protobuf from 'protobufjs';
import schemapack from 'schemapack';
import { BUTTONS } from './data.mjs';

/** What of a peer runs on this host; packcat needs Float16Array. */
export async function packcat() {
  try {
    const p = await import('packcat');
    p.build(p.object({ a: p.uint8() }));
    return p;
  } catch {
    return undefined;
  }
}

// --- bebop: what its compiler emits for a struct

const bebop_view = BebopView.getInstance();

function bebop_codec(write, read) {
  return {
    encode(value) {
      bebop_view.startWriting();
      write(bebop_view, value);
      return bebop_view.toArray();
    },
    decode(bytes) {
      bebop_view.startReading(bytes);
      return read(bebop_view);
    },
  };
}

export const bebop = {
  input: bebop_codec(
    (view, o) => {
      view.writeByte(o.type);
      view.writeUint16(o.seq);
      view.writeByte(o.buttons);
      view.writeFloat32(o.ax);
      view.writeFloat32(o.ay);
      view.writeUint32(o.time);
    },
    (view) => {
      const type = view.readByte();
      const seq = view.readUint16();
      const buttons = view.readByte();
      const ax = view.readFloat32();
      const ay = view.readFloat32();
      const time = view.readUint32();
      return { type, seq, buttons, ax, ay, time };
    },
  ),
  snapshot: bebop_codec(
    (view, o) => {
      view.writeUint32(o.tick);
      const length = o.ents.length;
      view.writeUint32(length);
      for (let i = 0; i < length; i++) {
        const e = o.ents[i];
        view.writeUint16(e.id);
        view.writeFloat32(e.x);
        view.writeFloat32(e.y);
        view.writeUint16(e.angle);
        view.writeByte(e.hp);
        view.writeByte(e.flags);
      }
    },
    (view) => {
      const tick = view.readUint32();
      const length = view.readUint32();
      const ents = new Array(length);
      for (let i = 0; i < length; i++) {
        const id = view.readUint16();
        const x = view.readFloat32();
        const y = view.readFloat32();
        const angle = view.readUint16();
        const hp = view.readByte();
        const flags = view.readByte();
        ents[i] = { id, x, y, angle, hp, flags };
      }
      return { tick, ents };
    },
  ),
  chat: bebop_codec(
    (view, o) => {
      view.writeUint16(o.from);
      view.writeByte(o.channel);
      view.writeString(o.name);
      view.writeString(o.text);
    },
    (view) => {
      const from = view.readUint16();
      const channel = view.readByte();
      const name = view.readString();
      const text = view.readString();
      return { from, channel, name, text };
    },
  ),
};

// --- protobufjs: its reflection generates the same code as its static mode

function message(name, fields, nested = {}) {
  return protobuf.Root.fromJSON({ nested: { [name]: { fields, nested } } }).lookupType(name);
}

function numbered(fields, rule) {
  return Object.fromEntries(
    Object.entries(fields).map(([key, type], i) => [
      key,
      { type, id: i + 1, ...(rule && { rule, options: { packed: true } }) },
    ]),
  );
}

const proto_codec = (type) => ({
  encode: (value) => type.encode(value).finish(),
  decode: (bytes) => type.decode(bytes),
});

const PROTO_ENTITY = {
  id: 'uint32',
  x: 'float',
  y: 'float',
  angle: 'uint32',
  hp: 'uint32',
  flags: 'uint32',
};

export const proto = {
  input: proto_codec(
    message(
      'Input',
      numbered({
        type: 'uint32',
        seq: 'uint32',
        buttons: 'uint32',
        ax: 'float',
        ay: 'float',
        time: 'uint32',
      }),
    ),
  ),
  columns: proto_codec(message('Columns', numbered(PROTO_ENTITY, 'repeated'))),
  chat: proto_codec(
    message(
      'Chat',
      numbered({ from: 'uint32', channel: 'uint32', name: 'string', text: 'string' }),
    ),
  ),
};

// --- msgpackr with records, its fast way

export function msgpackr_codec() {
  const structures = [];
  const packr = new Packr({ structures, maxSharedStructures: 32, useRecords: true });
  return { encode: (value) => packr.pack(value), decode: (bytes) => packr.unpack(bytes) };
}

// --- avsc

function avro_codec(fields) {
  const type = avro.Type.forSchema({
    type: 'record',
    name: 'R',
    fields: Object.entries(fields).map(([name, of]) => ({ name, type: of })),
  });
  return {
    encode: (value) => type.toBuffer(value),
    decode: (bytes) => type.fromBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)),
  };
}

export const avsc = {
  chat: avro_codec({ from: 'int', channel: 'int', name: 'string', text: 'string' }),
  pad: avro_codec({
    ...Object.fromEntries(BUTTONS.map((key) => [key, 'boolean'])),
    weapon: 'int',
    team: 'int',
    ammo: 'int',
    score: 'int',
  }),
};

// --- schemapack

const pack_codec = (fields) => {
  const s = schemapack.build(fields);
  return {
    encode: (value) => s.encode(value),
    decode: (bytes) => s.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)),
  };
};

export const schemapacks = {
  chat: pack_codec({ from: 'uint16', channel: 'uint8', name: 'string', text: 'string' }),
};

// --- flatbuffers: what its compiler emits for a table with a vector of structs

const builder = new flatbuffers.Builder(1 << 16);

export const flat = {
  snapshot: {
    encode({ tick, ents }) {
      builder.clear();
      builder.startVector(16, ents.length, 4);
      for (let i = ents.length - 1; i >= 0; i--) {
        const e = ents[i];
        builder.prep(4, 16);
        builder.pad(2);
        builder.writeInt8(e.flags);
        builder.writeInt8(e.hp);
        builder.writeFloat32(e.y);
        builder.writeFloat32(e.x);
        builder.writeInt16(e.angle);
        builder.writeInt16(e.id);
      }
      const vector = builder.endVector();
      builder.startObject(2);
      builder.addFieldInt32(0, tick, 0);
      builder.addFieldOffset(1, vector, 0);
      builder.finish(builder.endObject());
      return builder.asUint8Array();
    },
    decode(bytes) {
      const bb = new flatbuffers.ByteBuffer(bytes);
      const table = bb.readInt32(bb.position()) + bb.position();
      const tick = bb.readUint32(table + bb.__offset(table, 4));
      const at = table + bb.__offset(table, 6);
      const length = bb.__vector_len(at);
      const from = bb.__vector(at);
      const ents = new Array(length);
      for (let i = 0; i < length; i++) {
        const p = from + i * 16;
        ents[i] = {
          id: bb.readUint16(p),
          x: bb.readFloat32(p + 4),
          y: bb.readFloat32(p + 8),
          angle: bb.readUint16(p + 2),
          hp: bb.readUint8(p + 12),
          flags: bb.readUint8(p + 13),
        };
      }
      return { tick, ents };
    },
  },
};

// --- @colyseus/schema: a state whose setters track changes

const Entity = schema(
  {
    id: t.uint16(),
    x: t.float32(),
    y: t.float32(),
    angle: t.float32(),
    hp: t.uint8(),
    flags: t.uint8(),
  },
  'Entity',
);
const State = schema({ ents: t.array(Entity) }, 'State');

/** Gives `{ ents, encode }`: change the entities, then encode what has changed. */
export function colyseus(entities) {
  const state = new State();
  for (const value of entities) {
    const entity = new Entity();
    Object.assign(entity, value);
    state.ents.push(entity);
  }
  Encoder.BUFFER_SIZE = 1 << 18;
  const encoder = new Encoder(state);
  encoder.encode();
  encoder.discardChanges();
  return {
    ents: [...state.ents],
    encode() {
      const bytes = encoder.encode();
      encoder.discardChanges();
      return bytes;
    },
  };
}
