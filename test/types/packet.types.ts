// What must and must not compile. Not run: test/types/types.test.ts compiles it.
import * as bw from '../../bindings/index.js';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const yes = <T extends true>(_?: T): void => {};

const Player = bw.packet({
  id: bw.u16,
  x: bw.f32,
  alive: bw.bool,
  name: bw.str(32),
  state: bw.enumOf('idle', 'run'),
  total: bw.u64,
  pos: bw.packet({ x: bw.f32, y: bw.f32 }),
  items: bw.list(bw.packet({ kind: bw.u8 }), 8),
  tags: bw.list(bw.str(8), 4),
  clan: bw.optional(bw.str(8)),
  raw: bw.bytes(16),
  at: bw.vec(bw.f32, 3),
});
type Player = bw.Infer<typeof Player>;

yes<
  Equal<
    Player,
    {
      id: number;
      x: number;
      alive: boolean;
      name: string;
      state: 'idle' | 'run';
      total: bigint;
      pos: { x: number; y: number };
      items: { kind: number }[];
      tags: string[];
      clan?: string | undefined;
      raw: Uint8Array;
      at: bw.Vector;
    }
  >
>();

declare const player: Player;
Player.write(0, player);
Player.writeFields(0, ['id', 'name'], 1, 'x');
Player.read(0).state satisfies 'idle' | 'run';
Player.view().pos.x = 1;
Player.pick(['id']).write(0, { id: 1 });
// @ts-expect-error wrong type
Player.write(0, { ...player, x: 'no' });
// @ts-expect-error missing fields
Player.write(0, { id: 1 });
// @ts-expect-error no such field
Player.write(0, { ...player, wrong: 1 });
// @ts-expect-error no such word
Player.write(0, { ...player, state: 'fly' });
// @ts-expect-error values in another order than their keys
Player.writeFields(0, ['id', 'name'], 'x', 1);
// @ts-expect-error a value is missing
Player.writeFields(0, ['id', 'name'], 1);
// @ts-expect-error no such field
Player.writeFields(0, ['nothing'], 1);
// @ts-expect-error not a field
bw.packet({ id: 'u16' });
// @ts-expect-error a vector of strings
bw.vec(bw.str(8), 3);

const Ent = bw.packet({
  id: bw.u16,
  x: bw.f32,
  alive: bw.bool,
  v: bw.vec(bw.f32, 2),
  q: bw.quant(0, 1, 8),
});
const columns = Ent.columns(10);
columns.id satisfies Uint16Array;
columns.x satisfies Float32Array;
columns.v[0] satisfies Float32Array;
columns.q satisfies Float32Array;
columns.length = 3;
// @ts-expect-error read-only
columns.capacity = 3;
// @ts-expect-error no such column
columns.y;
Ent.writeDelta(0, columns, columns, { mode: 'difference' });
// @ts-expect-error columns of another packet
Ent.writeColumns(0, bw.packet({ y: bw.f32 }).columns(1));
// @ts-expect-error no such layout
Ent.writeColumns(0, columns, { layout: 'rows' });

const Message = bw.union({ player: Player, ent: Ent });
const message = Message.read(0);
if (message.tag === 'ent') message.value.x satisfies number;
else message.value.name satisfies string;
// @ts-expect-error only players have a name
message.value.name;
Message.write(0, 'player', player);
// @ts-expect-error the value of another tag
Message.write(0, 'ent', player);
// @ts-expect-error no such tag
Message.write(0, 'nobody', player);

bw.network_send_value(0, Player, player);
bw.network_send_value(0, Message, 'player', player);
// @ts-expect-error wrong type of a field
bw.network_send_value(0, Player, { ...player, x: 'no' });
// @ts-expect-error missing fields
bw.network_send_value(0, Player, { id: 1 });
// @ts-expect-error the value of another tag
bw.network_send_value(0, Message, 'ent', player);
// @ts-expect-error no such tag
bw.network_send_value(0, Message, 'nobody', player);
