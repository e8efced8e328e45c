// The demo's messages: what is written is what is read, and no bytes whatever make a reader throw.
import {
  buffer_create,
  buffer_delete,
  buffer_from,
  buffer_grow,
  buffer_seek,
  buffer_seek_start,
  buffer_to_bytes,
} from 'bytewire';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import * as protocol from '../../examples/arena/protocol.js';
import { KIND_SNAPSHOT, write_snapshot } from '../../examples/arena/snapshot.js';
import { add_ship, new_world, step_world } from '../../examples/arena/world.js';

const out = buffer_create(64, buffer_grow, 1);
const client_message = protocol.new_client_message();
const server_message = protocol.new_server_message();
afterAll(() => buffer_delete(out));

type Side = 'client' | 'server';

function read(side: Side, bytes: Uint8Array): number {
  const buffer = buffer_from(bytes);
  buffer_seek(buffer, buffer_seek_start, 0);
  const kind =
    side === 'client'
      ? protocol.read_client_message(buffer, bytes.length, client_message)
      : protocol.read_server_message(buffer, bytes.length, server_message);
  buffer_delete(buffer);
  return kind;
}

/** What a writer wrote, as a packet would carry it. */
const bytes_of = (size: number): Uint8Array => buffer_to_bytes(out, 0, size);

function sample_world() {
  const world = new_world(4, 30);
  for (let id = 1; id <= 5; id++) add_ship(world, id * 1000);
  for (let i = 0; i < 100; i++) step_world(world, 1 / 30);
  world.ships.get(2000)!.score = 70_000;
  return world;
}

/** One valid message of every kind, with the side that reads it. */
function samples(): [Side, Uint8Array][] {
  const world = sample_world();
  const names = new Map([
    [1, 'Zoë'],
    [65535, '宇宙船'],
  ]);
  return [
    ['client', bytes_of(protocol.write_join(out, 'Ada'))],
    ['client', bytes_of(protocol.write_input(out, 77, 5, 1))],
    ['client', bytes_of(protocol.write_ping(out, 12.5))],
    ['server', bytes_of(protocol.write_welcome(out, 9, world, names))],
    ['server', bytes_of(write_snapshot(out, world))],
    ['server', bytes_of(protocol.write_pong(out, 12.5))],
    ['server', bytes_of(protocol.write_joined(out, 3, 'Ada'))],
    ['server', bytes_of(protocol.write_left(out, 3))],
  ];
}

describe('messages', () => {
  it('come back as they were written', () => {
    expect(read('client', bytes_of(protocol.write_join(out, 'Ada')))).toBe(protocol.KIND_JOIN);
    expect(client_message).toMatchObject({ version: protocol.PROTOCOL_VERSION, name: 'Ada' });
    expect(read('client', bytes_of(protocol.write_input(out, 4_000_000_000, 63, -1)))).toBe(
      protocol.KIND_INPUT,
    );
    expect(client_message).toMatchObject({ sequence: 4_000_000_000, keys: 63 });
    expect(client_message.heading).toBeCloseTo(Math.PI * 2 - 1, 1);
    const world = sample_world();
    const names = new Map([[65535, '宇宙船']]);
    expect(read('server', bytes_of(protocol.write_welcome(out, 9, world, names)))).toBe(
      protocol.KIND_WELCOME,
    );
    expect(server_message).toMatchObject({ id: 9, width: 1600, height: 1000, tick_hz: 30, names });
    expect(read('server', bytes_of(write_snapshot(out, world)))).toBe(KIND_SNAPSHOT);
    const { snapshot } = server_message;
    expect(snapshot.tick).toBe(100);
    expect(snapshot.ship_count).toBe(5);
    for (const [i, ship] of [...world.ships.values()].entries()) {
      const got = snapshot.ships[i];
      expect([got.id, got.hue, got.flags]).toEqual([ship.id, ship.hue, ship.flags]);
      expect(Math.abs(got.x - ship.x)).toBeLessThan(0.03);
      expect(Math.abs(got.y - ship.y)).toBeLessThan(0.03);
      expect(got.score).toBe(Math.min(ship.score, 65535));
    }
    expect(snapshot.orb_count).toBe(world.orbs.filter((orb) => orb.kind !== 0).length);
  });

  it('are malformed when a byte is missing or one too many is there', () => {
    for (const [side, bytes] of samples()) {
      expect(read(side, bytes)).toBe(bytes[0]);
      for (let size = 0; size < bytes.length; size++) {
        expect(read(side, bytes.subarray(0, size))).toBe(protocol.MALFORMED);
      }
      expect(read(side, Uint8Array.of(...bytes, 0))).toBe(protocol.MALFORMED);
    }
  });

  it('never make a reader throw, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        read('client', bytes);
        read('server', bytes);
      }),
      { numRuns: 2000 },
    );
    const valid = samples();
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

  it('carry names that are fit to show', () => {
    expect(protocol.clean_name('  Ada ')).toBe('Ada');
    expect(protocol.clean_name('')).toBe('Pilot');
    expect(protocol.clean_name('\u202e\u0000\n')).toBe('Pilot');
    expect(protocol.clean_name('x\u202ey')).toBe('xy');
    expect([...protocol.clean_name('🚀'.repeat(40))]).toHaveLength(protocol.MAX_NAME);
  });
});
