// Packets from objects: an input (a), a snapshot of 1000 objects (b), chat (c), bits (e). Each gives bytes ready to send.
import * as bw from 'bytewire';
import { contender } from '../packet/contender.mjs';
import { BUTTONS, CHAT, INPUTS, PADS, SNAPSHOT, same } from '../packet/data.mjs';
import {
  avsc,
  bebop,
  flat,
  msgpackr_codec,
  packcat,
  proto,
  schemapacks,
} from '../packet/peers.mjs';

const { packet, list, str, bits, bool, varint, u8, u16, u32, f32 } = bw;

const INPUT = { type: u8, seq: u16, buttons: u8, ax: f32, ay: f32, time: u32 };
const Entity = packet({ id: u16, x: f32, y: f32, angle: u16, hp: u8, flags: u8 });
const SNAPSHOT_SCHEMA = { tick: u32, ents: list(Entity, 2000) };
const CHAT_SCHEMA = { from: u16, channel: u8, name: str(32), text: str(200) };
const PAD = {
  ...Object.fromEntries(BUTTONS.map((key) => [key, bool])),
  weapon: bits(4),
  team: bits(2),
  ammo: bits(8),
  score: varint,
};

const own = (schema, engine) => {
  bw.packet_set_engine(engine);
  const made = packet(schema);
  // Its functions are made now, not under the clock.
  void made.engine;
  bw.packet_set_engine();
  return { encode: (value) => made.pack(value), decode: (bytes) => made.unpack(bytes), made };
};

const p = await packcat();

function packcat_codec(schema, size) {
  const { packInto, unpack } = p.build(schema);
  const into = new Uint8Array(size);
  return {
    encode: (value) => new Uint8Array(into.buffer, 0, packInto(value, into, 0).bytesWritten),
    decode: (bytes) => unpack(bytes),
  };
}

function hand_input() {
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
      const d = new DataView(sent.buffer, sent.byteOffset, sent.byteLength);
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

/** Contenders of a workload: verified by a round trip, sizes shown in their names. */
function encoders(codecs, values) {
  return codecs
    .filter(([, codec]) => codec !== undefined)
    .map(([name, codec]) => {
      for (const value of [values[0], values[values.length - 1]]) {
        same(codec.decode(Uint8Array.from(codec.encode(value))), value, name);
      }
      return {
        ...contender(name, values, codec.encode),
        bytes: codec.encode(values[values.length - 1]).length,
      };
    });
}

function decoders(codecs, values) {
  return codecs
    .filter(([, codec]) => codec !== undefined)
    .map(([name, { encode, decode, result }]) => {
      const sent = values.map((value) => Uint8Array.from(encode(value)));
      same(decode(sent[1 & (sent.length - 1)]), values[1 & (values.length - 1)], name);
      return contender(name, sent, result ?? ((bytes) => (decode(bytes) === undefined ? 1 : 0)));
    });
}

const OURS = 'bytewire';

function by_new_object() {
  const { made, encode } = own(INPUT);
  return {
    encode,
    decode: (bytes) => made.unpack(bytes),
    result: (bytes) => sum(made.unpack(bytes)),
  };
}

const inputs = () => [
  [OURS, own(INPUT)],
  ['bytewire, clones', own(INPUT, 'clones')],
  ['bytewire, plain', own(INPUT, 'plain')],
  ['hand DataView', hand_input()],
  ['bebop', bebop.input],
  [
    'packcat',
    p &&
      packcat_codec(
        p.object({
          type: p.uint8(),
          seq: p.uint16(),
          buttons: p.uint8(),
          ax: p.float32(),
          ay: p.float32(),
          time: p.uint32(),
        }),
        64,
      ),
  ],
  ['protobufjs', proto.input],
  ['msgpackr records', msgpackr_codec()],
];

// The fields of a packet are looked at where they lie: nothing is made.
function by_view() {
  const { made, encode } = own(INPUT);
  const view = made.view();
  const look = (bytes) => view.of(bytes);
  return {
    encode,
    decode: look,
    result(bytes) {
      const v = look(bytes);
      return v.type + v.seq + v.buttons + v.ax + v.ay + v.time;
    },
  };
}

const sum = (o) => o.type + o.seq + o.buttons + o.ax + o.ay + o.time;

function by_object() {
  const { made, encode } = own(INPUT);
  const into = { type: 0, seq: 0, buttons: 0, ax: 0.5, ay: 0.5, time: 0 };
  return {
    encode,
    decode: (bytes) => made.unpack(bytes, into),
    result: (bytes) => sum(made.unpack(bytes, into)),
  };
}

const snapshots = () => [
  [OURS, own(SNAPSHOT_SCHEMA)],
  ['bebop', bebop.snapshot],
  [
    'packcat',
    p &&
      packcat_codec(
        p.object({
          tick: p.uint32(),
          ents: p.list(
            p.object({
              id: p.uint16(),
              x: p.float32(),
              y: p.float32(),
              angle: p.uint16(),
              hp: p.uint8(),
              flags: p.uint8(),
            }),
          ),
        }),
        1 << 16,
      ),
  ],
  ['flatbuffers', flat.snapshot],
];

const chats = () => [
  [OURS, own(CHAT_SCHEMA)],
  ['bebop', bebop.chat],
  ['avsc', avsc.chat],
  ['schemapack', schemapacks.chat],
  ['protobufjs', proto.chat],
];

const pads = () => [
  [OURS, own(PAD)],
  ['bytewire, clones', own(PAD, 'clones')],
  [
    'packcat',
    p &&
      packcat_codec(
        p.object({
          ...Object.fromEntries(BUTTONS.map((key) => [key, p.boolean()])),
          weapon: p.uint8(),
          team: p.uint8(),
          ammo: p.uint8(),
          score: p.varuint(),
        }),
        64,
      ),
  ],
  ['avsc', avsc.pad],
];

const group = 'packet';
// Many contenders share this process: each needs time until the engine has compiled it.
const options = { warm_up_ms: 300, rounds: 41 };
export const cases = [
  {
    group,
    name: 'packet (a) input, encode',
    ours: OURS,
    goals: [
      { peer: 'bebop', must: 1.4, aim: 1.8 },
      { peer: 'packcat', must: 1.0, aim: 1.4 },
      { peer: 'protobufjs', must: 4, aim: 6 },
      { peer: 'msgpackr records', must: 4, aim: 6 },
    ],
    contenders: () => encoders(inputs(), INPUTS),
  },
  {
    group,
    name: 'packet (a) input, decode by view',
    ours: 'bytewire view',
    goals: [{ peer: 'packcat', must: 1.1, aim: 2 }],
    contenders: () =>
      decoders(
        [
          ['bytewire view', by_view()],
          ...inputs()
            .slice(4, 6)
            .map(([name, c]) => [name, c && { ...c, result: (bytes) => sum(c.decode(bytes)) }]),
        ],
        INPUTS,
      ),
  },
  {
    group,
    name: 'packet (a) input, decode to an object',
    ours: OURS,
    goals: [{ peer: 'packcat', must: 0.8, aim: 1.1 }],
    contenders: () =>
      decoders(
        [
          [OURS, by_new_object()],
          ['bytewire, kept object', by_object()],
          ...inputs()
            .slice(3)
            .map(([name, c]) => [name, c && { ...c, result: (bytes) => sum(c.decode(bytes)) }]),
        ],
        INPUTS,
      ),
  },
  {
    group,
    name: 'packet (b) 1000 objects, encode',
    ours: OURS,
    goals: [
      { peer: 'packcat', must: 1.4, aim: 1.6 },
      { peer: 'flatbuffers', must: 2, aim: 3 },
      { peer: 'bebop', must: 3, aim: 4 },
    ],
    contenders: () => encoders(snapshots(), [SNAPSHOT, SNAPSHOT]),
  },
  {
    group,
    name: 'packet (b) 1000 objects, decode to new objects',
    ours: OURS,
    contenders: () => decoders(snapshots(), [SNAPSHOT, SNAPSHOT]),
  },
  ...['ascii', 'other'].flatMap((letters) => [
    {
      group,
      name: `packet (c) chat, ${letters}, encode`,
      ours: OURS,
      goals: [{ peer: ['bebop', 'avsc', 'schemapack'], must: 0.9, aim: 1.2 }],
      contenders: () => encoders(chats(), CHAT[letters]),
    },
    {
      group,
      name: `packet (c) chat, ${letters}, decode`,
      ours: OURS,
      goals: [{ peer: ['bebop', 'avsc', 'schemapack'], must: 0.9, aim: 1.2 }],
      contenders: () => decoders(chats(), CHAT[letters]),
    },
  ]),
  {
    group,
    name: 'packet (e) bits, encode',
    ours: OURS,
    goals: [{ peer: 'packcat', must: 1.2, aim: 1.5 }],
    fewest_bytes: true,
    contenders: () => encoders(pads(), PADS),
  },
  {
    group,
    name: 'packet (e) bits, decode',
    ours: OURS,
    contenders: () => decoders(pads(), PADS),
  },
].map((one) => ({ ...one, options }));
