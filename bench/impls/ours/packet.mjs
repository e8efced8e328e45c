// Packets by bytewire, from objects: an input (a), a snapshot of 1000 objects (b), chat (c), bits (e).
import { decoding, encoding, sum_of } from '../../packet/codec.mjs';
import { BUTTONS } from '../../packet/data.mjs';
import { packet_column_operations } from './packet-columns.mjs';

/** Operations of `bw`, an instance of the package. */
export function packet_operations(bw) {
  const { packet, list, str, bits, bool, varint, u8, u16, u32, f32 } = bw;
  const INPUT = { type: u8, seq: u16, buttons: u8, ax: f32, ay: f32, time: u32 };
  const Entity = packet({ id: u16, x: f32, y: f32, angle: u16, hp: u8, flags: u8 });
  const SNAPSHOT = { tick: u32, ents: list(Entity, 2000) };
  const CHAT = { from: u16, channel: u8, name: str(32), text: str(200) };
  const PAD = {
    ...Object.fromEntries(BUTTONS.map((key) => [key, bool])),
    weapon: bits(4),
    team: bits(2),
    ammo: bits(8),
    score: varint,
  };

  // Each operation compiles schemas of its own: its functions know nothing of another's use.
  function codec(schema, engine) {
    bw.packet_set_engine(engine);
    const made = packet(schema);
    // Its functions are made now, not under the clock.
    void made.engine;
    bw.packet_set_engine();
    return { encode: (value) => made.pack(value), decode: (bytes) => made.unpack(bytes), made };
  }

  const engine = (label) => ({ name: `bytewire, ${label}`, kind: 'twin' });

  // The fields of a packet are looked at where they lie: nothing is made.
  function by_view() {
    const { made, encode } = codec(INPUT);
    const view = made.view();
    const look = (bytes) => view.of(bytes);
    const result = (bytes) => {
      const v = look(bytes);
      return v.type + v.seq + v.buttons + v.ax + v.ay + v.time;
    };
    return decoding({ encode, decode: look }, result, engine('view'));
  }

  function by_kept_object() {
    const { made, encode } = codec(INPUT);
    const into = { type: 0, seq: 0, buttons: 0, ax: 0.5, ay: 0.5, time: 0 };
    const decode = (bytes) => made.unpack(bytes, into);
    return decoding({ encode, decode }, (bytes) => sum_of(decode(bytes)), engine('kept object'));
  }

  function by_new_object() {
    const made = codec(INPUT);
    return decoding(made, (bytes) => sum_of(made.decode(bytes)));
  }

  const several =
    (...operations) =>
    (input) =>
      operations.map((operation) => operation(input));

  return {
    input_encode: (input) =>
      several(
        encoding(codec(INPUT)),
        encoding(codec(INPUT, 'clones'), engine('clones')),
        encoding(codec(INPUT, 'plain'), engine('plain')),
      )(input),
    input_decode: (input) => several(by_new_object(), by_kept_object(), by_view())(input),
    snapshot_encode: (input) => encoding(codec(SNAPSHOT))(input),
    snapshot_decode: (input) => decoding(codec(SNAPSHOT))(input),
    chat_encode: (input) => encoding(codec(CHAT))(input),
    chat_decode: (input) => decoding(codec(CHAT))(input),
    pad_encode: (input) =>
      several(encoding(codec(PAD)), encoding(codec(PAD, 'clones'), engine('clones')))(input),
    pad_decode: (input) => decoding(codec(PAD))(input),
    ...packet_column_operations(bw),
  };
}
