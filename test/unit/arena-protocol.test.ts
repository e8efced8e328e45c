// The demo's messages: what is written is what is read, and no bytes whatever make a reader throw.
import {
  buffer_create,
  buffer_delete,
  buffer_from,
  buffer_grow,
  buffer_tell,
  buffer_to_bytes,
} from 'bytewire';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import * as protocol from '../../examples/arena/game/protocol.js';
import { MAX_SHIPS } from '../../examples/arena/game/rules.js';
import { Seen, Snapshots, SnapshotsSeen } from '../../examples/arena/game/snapshots.js';
import {
  ChatAllowance,
  clean_chat,
  clean_name,
  MAX_CHAT,
  MAX_NAME,
} from '../../examples/arena/game/words.js';
import { add_ship, new_world, step_world, type World } from '../../examples/arena/game/world.js';

const out = buffer_create(64, buffer_grow, 1);
afterAll(() => buffer_delete(out));

type Side = 'player' | 'game';

/** The word in bytes that come from outside, in a slot that is used again and again as in the game. */
const slots = { player: protocol.new_slot(), game: protocol.new_slot() };
function read(side: Side, bytes: Uint8Array): { tag: string; value: unknown } | undefined {
  const buffer = buffer_from(bytes);
  const word =
    side === 'player'
      ? protocol.read_player_word(buffer, bytes.length, slots.player)
      : protocol.read_game_word(buffer, bytes.length, slots.game);
  buffer_delete(buffer);
  return word;
}

/** What a writer wrote, as a packet would carry it. */
const bytes_of = (size: number): Uint8Array => buffer_to_bytes(out, 0, size);

const SAMPLES: [Side, string, () => number, object][] = (
  [
    ['player', 'join', { layout: protocol.LAYOUT, name: 'Zoë' }],
    ['player', 'claim', { player: 65_535, key: 0xfedc_ba98_7654_3210n }],
    ['player', 'input', { sequence: 4_000_000_000, keys: 63, heading: 0, seen: -1 }],
    ['player', 'ping', { sent_ms: 12.5 }],
    ['player', 'chat', { text: 'Grüße, 宇宙船 🚀' }],
    [
      'game',
      'welcome',
      {
        player: 9,
        key: 1n,
        no_fast: '',
        players: Array.from({ length: MAX_SHIPS }, (_, i) => ({ player: i + 1, name: `P${i}` })),
      },
    ],
    ['game', 'refused', { reason: 'full' }],
    ['game', 'claimed', { player: 9 }],
    ['game', 'joined', { player: 3, name: 'Ada' }],
    ['game', 'left', { player: 3 }],
    ['game', 'chat', { from: 0, text: 'slower' }],
    ['game', 'pong', { sent_ms: 12.5 }],
  ] as [Side, string, object][]
).map(([side, tag, value]) => [
  side,
  tag,
  () =>
    side === 'player'
      ? protocol.write_player_word(out, tag as 'join', value as never)
      : protocol.write_game_word(out, tag as 'left', value as never),
  value,
]);

const sample_bytes = (): [Side, Uint8Array][] =>
  SAMPLES.map(([side, , write]) => [side, bytes_of(write())]);

function sample_world(): World {
  const world = new_world(4);
  for (let id = 1; id <= 5; id++) add_ship(world, id * 1000);
  for (let i = 0; i < 100; i++) step_world(world, 1 / 30);
  world.ships.get(2000)!.score = 70_000;
  return world;
}

describe('words', () => {
  it('come back as they were written', () => {
    for (const [side, tag, write, value] of SAMPLES) {
      expect(read(side, bytes_of(write()))).toEqual({ tag, value });
    }
  });

  it('are refused when a byte is missing or one too many is there', () => {
    for (const [side, bytes] of sample_bytes()) {
      expect(read(side, bytes)).toBeDefined();
      for (let size = 0; size < bytes.length; size++) {
        expect(read(side, bytes.subarray(0, size))).toBeUndefined();
      }
      expect(read(side, Uint8Array.of(...bytes, 0))).toBeUndefined();
    }
  });

  it('never make a reader throw, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        read('player', bytes);
        read('game', bytes);
      }),
      { numRuns: 2000 },
    );
    const valid = sample_bytes();
    fc.assert(
      fc.property(
        fc.nat(valid.length - 1),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (which, changes) => {
          const [side, bytes] = valid[which];
          const changed = bytes.slice();
          for (const [at, value] of changes) changed[at % changed.length] = value;
          read(side, changed);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('snapshots', () => {
  /** One snapshot for a player, as it travels. */
  function packet(snapshots: Snapshots, seen: Seen, tick: number): Uint8Array {
    protocol.write_game_word(out, 'snapshot', { tick });
    snapshots.write(out, seen);
    return bytes_of(buffer_tell(out));
  }

  function take(into: SnapshotsSeen, bytes: Uint8Array, now_ms: number): boolean {
    const buffer = buffer_from(bytes);
    const word = protocol.read_game_word(buffer, bytes.length, protocol.new_slot());
    const taken = word?.tag === 'snapshot' && into.read(buffer, bytes.length, now_ms);
    buffer_delete(buffer);
    return taken;
  }

  it('bring every ship and orb, whole at first and as a fraction of that from then on', () => {
    const world = sample_world();
    const snapshots = new Snapshots();
    const seen = new Seen();
    const player = new SnapshotsSeen();
    const sizes: number[] = [];
    for (let tick = 0; tick < 60; tick++) {
      step_world(world, 1 / 30);
      snapshots.take(world);
      const bytes = packet(snapshots, seen, world.tick);
      sizes.push(bytes.length);
      // Every third one is lost on the way.
      if (tick % 3 === 1) continue;
      expect(take(player, bytes, tick * 33)).toBe(true);
      seen.acknowledge(player.seen);
      const ships = player.newest_ships!;
      const orbs = player.newest_orbs!;
      expect(ships.id.filter((id) => id !== 0)).toHaveLength(5);
      for (const ship of world.ships.values()) {
        const slot = ships.id.indexOf(ship.id);
        expect(Math.abs(ships.x[slot] - ship.x)).toBeLessThan(0.03);
        expect(Math.abs(ships.y[slot] - ship.y)).toBeLessThan(0.03);
        expect(Math.cos(ships.angle[slot] - ship.angle)).toBeGreaterThan(0.999);
        expect(ships.score[slot]).toBe(Math.min(ship.score, 65_535));
        expect([ships.bumps[slot], ships.flags[slot]]).toEqual([ship.bumps, ship.flags]);
      }
      expect([...orbs.kind]).toEqual(world.orbs.map((orb) => orb.kind));
    }
    expect(Math.max(...sizes.slice(1))).toBeLessThan(sizes[0] / 8);
    snapshots.free();
    player.free();
  });

  it('of any bytes at all change nothing and throw nothing', () => {
    const snapshots = new Snapshots();
    snapshots.take(sample_world());
    const player = new SnapshotsSeen();
    const good = packet(snapshots, new Seen(), 1);
    expect(take(player, good, 0)).toBe(true);
    const { seen } = player;
    for (let size = 0; size < good.length; size += 7) {
      expect(take(player, good.subarray(0, size), 1)).toBe(false);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        take(player, Uint8Array.of(good[0], 0, 0, 0, 0, ...bytes), 1);
      }),
      { numRuns: 1000 },
    );
    expect(player.seen).toBe(seen);
    snapshots.free();
    player.free();
  });
});

describe('what strangers write', () => {
  it('is fit to show as a name', () => {
    expect(clean_name('  Ada ')).toBe('Ada');
    expect(clean_name('')).toBe('Pilot');
    expect(clean_name('\u202e\u0000\n')).toBe('Pilot');
    expect(clean_name('x\u202ey')).toBe('xy');
    expect([...clean_name('🚀'.repeat(40))]).toHaveLength(MAX_NAME);
  });

  it('is fit to show as a line', () => {
    expect(clean_chat(' a\n\tb \u00a0 c\u2028d ')).toBe('a b c d');
    expect(clean_chat('\u202e\u200b\u0007')).toBe('');
    expect(clean_chat('e\u0301'.repeat(3))).toBe('e\u0301'.repeat(3));
    expect(clean_chat(`a${'\u0301'.repeat(50)}`)).toBe(`a${'\u0301'.repeat(3)}`);
    expect([...clean_chat('🚀'.repeat(500))]).toHaveLength(MAX_CHAT);
    expect(clean_chat('\ud800')).toBe('');
  });

  it('is as much as a person can write', () => {
    const allowance = new ChatAllowance();
    const passed = Array.from({ length: 20 }, () => allowance.take(0));
    expect(passed.filter(Boolean)).toHaveLength(4);
    expect(allowance.take(30)).toBe(false);
    expect(allowance.take(60)).toBe(true);
    expect(allowance.take(60)).toBe(false);
  });
});
