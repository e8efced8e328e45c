// The demo's game without any network: the same code that runs on servers and in pages, with wires that do as they are told.
import { buffer_copy, buffer_create, buffer_delete, buffer_fixed } from 'bytewire';
import { afterEach, describe, expect, it } from 'vitest';
import { Game } from '../../examples/arena/game/game.js';
import type { Guest } from '../../examples/arena/game/guest.js';
import type { Lane, Wire, WireOwner } from '../../examples/arena/game/lanes.js';
import { write_player_word } from '../../examples/arena/game/protocol.js';
import { KEY_BOOST, KEY_STEER } from '../../examples/arena/game/rules.js';
import { seeded_random } from '../../examples/arena/game/world.js';
import { ArenaClient, type ClientHooks } from '../../examples/arena/net/client.js';
import { LocalWire } from '../../examples/arena/net/local.js';

const undo: (() => void)[] = [];
afterEach(() => {
  for (const what of undo.splice(0).reverse()) what();
});

function new_game(max_players?: number): Game {
  let key = 0n;
  const game = new Game({ seed: 1, secret: () => ++key, max_players });
  undo.push(() => game.close());
  return game;
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function join(game: Game, name: string, hooks?: ClientHooks): Promise<ArenaClient> {
  const client = new ArenaClient((owner) => new LocalWire(game, owner), { name, hooks });
  undo.push(() => client.close());
  await settled();
  return client;
}

/** A wire with a fast lane that loses, repeats and reorders by a seed. */
class BadWire implements Wire {
  readonly carrier = 'WebSocket';
  fast = false;
  works = true;
  readonly guest: Guest;
  private readonly random = seeded_random(5);
  private held: (() => void) | undefined;

  constructor(
    private readonly game: Game,
    private readonly owner: WireOwner,
  ) {
    this.guest = game.enter({
      send: (lane, buffer, size) =>
        this.carry(lane, buffer, size, (copy) => owner.received(lane, copy, size)),
      close: () => owner.closed('the game has ended it', true),
    });
    queueMicrotask(() => owner.opened());
  }

  send(lane: Lane, buffer: number, size: number): number {
    return this.carry(lane, buffer, size, (copy) => {
      if (lane === 'fast' && !this.guest.was_fast) {
        const claimed = this.game.claimed_by(copy, size);
        if (claimed === this.guest) this.game.fast_came(claimed);
      } else this.game.take(this.guest, lane, copy, size);
    });
  }

  open_fast(): void {
    queueMicrotask(() => {
      this.fast = true;
      this.owner.fast_changed('');
    });
  }

  close(): void {
    this.game.leave(this.guest);
  }

  private carry(lane: Lane, buffer: number, size: number, deliver: (copy: number) => void): number {
    if (!this.works) return -1;
    const copy = buffer_create(size, buffer_fixed, 1);
    buffer_copy(buffer, 0, size, copy, 0);
    const bring = (): void => queueMicrotask(() => deliver(copy));
    const luck = lane === 'fast' ? this.random() : 1;
    if (luck < 0.2) buffer_delete(copy);
    else if (luck < 0.3 && this.held === undefined) this.held = bring;
    else {
      bring();
      this.held?.();
      this.held = undefined;
    }
    return size;
  }
}

describe('a game', () => {
  it('lets players join, see each other, fly and leave', async () => {
    const game = new_game();
    const seen: string[] = [];
    const ada = await join(game, 'Ada', {
      on_player: (_, name, came) => seen.push(`${name} ${came}`),
    });
    const bob = await join(game, '  B\u202eob  ');
    expect([...ada.names.values()]).toEqual(['Ada', 'Bob']);
    expect([...bob.names.values()]).toEqual(['Ada', 'Bob']);
    game.tick();
    await settled();
    const where = (): number => {
      const ships = bob.snapshots.newest_ships!;
      return ships.x[ships.id.indexOf(ada.id)];
    };
    const x = where();
    for (let tick = 0; tick < 30; tick++) {
      ada.send_input(KEY_STEER, x < 800 ? 0 : Math.PI);
      bob.send_input(0, 0);
      await settled();
      game.tick();
      await settled();
    }
    expect(Math.abs(where() - x)).toBeGreaterThan(100);
    bob.close();
    await settled();
    expect(seen).toEqual(['Bob true', 'Bob false']);
    expect(game.player_count).toBe(1);
    expect(game.totals).toMatchObject({ lost: 0, malformed: 0, refused: 0 });
  });

  it('says why it refuses', async () => {
    const game = new_game(1);
    await join(game, 'Ada');
    const reasons: string[] = [];
    const bob = await join(game, 'Bob', { on_closed: (_, reason) => reasons.push(reason) });
    expect(bob.state).toBe('closed');
    expect(reasons).toEqual(['This arena is full.']);
    expect(game.guests.size).toBe(1);
  });

  it('hands chat lines on, at the pace of people', async () => {
    const game = new_game();
    const heard: string[] = [];
    const told: string[] = [];
    const ada = await join(game, 'Ada', {
      on_chat: (_, from, text) => told.push(`${from} ${text}`),
    });
    await join(game, 'Bob', { on_chat: (_, from, text) => heard.push(`${from} ${text}`) });
    expect(ada.send_chat(' \u200b ')).toBe(false);
    for (let i = 0; i < 6; i++) expect(ada.send_chat(`line ${i}`)).toBe(true);
    await settled();
    expect(heard).toEqual([0, 1, 2, 3].map((i) => `${ada.id} line ${i}`));
    expect(told.slice(4)).toEqual(new Array(2).fill('0 Not so fast: that line was not sent.'));
  });

  it('goes on over a fast lane that loses, repeats and reorders, and without it when it goes', async () => {
    const game = new_game();
    let wire!: BadWire;
    const client = new ArenaClient((owner) => (wire = new BadWire(game, owner)), {
      name: 'Ada',
      fast: true,
    });
    undo.push(() => client.close());
    await settled();
    const play = async (ticks: number): Promise<void> => {
      for (let i = 0; i < ticks; i++) {
        client.send_input(KEY_STEER | KEY_BOOST, i / 20);
        game.tick();
        await settled();
      }
    };
    await play(300);
    expect(client.fast).toBe('open');
    expect(client.lost).toBeGreaterThan(30);
    expect(client.snapshots_in + client.lost).toBeGreaterThan(280);
    expect(game.totals.lost).toBeGreaterThan(30);
    expect(game.totals.malformed).toBe(0);
    // Acknowledged or not, what arrives is what is.
    const ships = client.snapshots.newest_ships!;
    const slot = ships.id.indexOf(client.id);
    const ship = game.world.ships.get(client.id)!;
    expect(Math.hypot(ships.x[slot] - ship.x, ships.y[slot] - ship.y)).toBeLessThan(150);

    wire.fast = false;
    game.fast_went(wire.guest);
    (wire as unknown as { owner: WireOwner }).owner.fast_changed('gone');
    const before = client.snapshots_in;
    await play(50);
    expect(client).toMatchObject({ fast: 'failed', fast_problem: 'gone', state: 'playing' });
    expect(client.snapshots_in).toBe(before + 50);
  });

  it('gives the fast lane to nobody else', async () => {
    const game = new_game();
    await join(game, 'Ada');
    const [guest] = game.guests;
    const claim = (player: number, key: bigint): Guest | undefined => {
      const buffer = buffer_create(64, buffer_fixed, 1);
      const size = write_player_word(buffer, 'claim', { player, key });
      const copy = buffer_create(size, buffer_fixed, 1);
      buffer_copy(buffer, 0, size, copy, 0);
      const claimed = game.claimed_by(copy, size);
      buffer_delete(buffer);
      buffer_delete(copy);
      return claimed;
    };
    expect(claim(guest.player, guest.key + 1n)).toBeUndefined();
    expect(claim(guest.player + 1, guest.key)).toBeUndefined();
    expect(claim(guest.player, guest.key)).toBe(guest);
  });

  it('shows those the door who do not join, or take nothing any more', async () => {
    const game = new_game();
    let closed = 0;
    game.enter({ send: () => 0, close: () => closed++ });
    let wire!: BadWire;
    const client = new ArenaClient((owner) => (wire = new BadWire(game, owner)), { name: 'Ada' });
    await settled();
    wire.works = false;
    for (let tick = 0; tick < 302; tick++) game.tick();
    expect(closed).toBe(1);
    expect(client.state).toBe('closed');
    expect(game.guests.size).toBe(0);
    expect(game.world.ships.size).toBe(0);
  });
});
