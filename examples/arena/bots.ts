// Players that need nobody at the keys: they join over real connections and each has a character of its own.
import { ArenaClient } from './client.js';
import { turn_between } from './flight.js';
import { FLAG_BOOST, FLAG_SHIELD, KEY_BOOST, KEY_STEER, ORB_GOLD, ORB_SHARD } from './rules.js';
import type { Snapshot, SnapshotShip } from './snapshot.js';
import { seeded_random } from './world.js';

/** How a bot sees the world. */
interface Character {
  names: string[];
  /** Worth of a gold orb or a shard, measured in plain orbs. */
  gold: number;
  shard: number;
  /** Distance at which it rams ships that have points; 0 never does. */
  hunts: number;
  /** Distance at which it swerves before boosting ships. */
  fears: number;
  /** Ticks between two decisions. */
  reaction: number;
  /** Radians by which it misses its aim. */
  wobble: number;
  /** Boosts when the target is farther than this. */
  boosts_beyond: number;
}

// biome-ignore format: a table reads better by column
const CHARACTERS: Character[] = [
  { names: ['Magpie', 'Nugget', 'Midas'],    gold: 6,   shard: 2, hunts: 0,   fears: 120, reaction: 4, wobble: 0.10, boosts_beyond: 420 },
  { names: ['Bramble', 'Rhino', 'Comet'],    gold: 2,   shard: 3, hunts: 430, fears: 0,   reaction: 3, wobble: 0.06, boosts_beyond: 600 },
  { names: ['Willow', 'Nimbus', 'Drift'],    gold: 1.5, shard: 1, hunts: 0,   fears: 190, reaction: 8, wobble: 0.50, boosts_beyond: 900 },
  { names: ['Jackal', 'Raven', 'Vulture'],   gold: 2,   shard: 9, hunts: 180, fears: 70,  reaction: 4, wobble: 0.15, boosts_beyond: 380 },
  { names: ['Biscuit', 'Pixel', 'Tango'],    gold: 3,   shard: 3, hunts: 260, fears: 90,  reaction: 5, wobble: 0.20, boosts_beyond: 520 },
];

/** A bot looks at the newest only; one more tells gaps in the numbers. */
const SNAPSHOTS_KEPT = 2;

/** A point worth flying to. */
interface Target {
  x: number;
  y: number;
  worth: number;
  ram: boolean;
}

class Bot {
  readonly client: ArenaClient;
  private readonly character: Character;
  private readonly random: () => number;
  private keys = 0;
  private heading = 0;

  constructor(url: string, number: number, seed: number, on_closed: (reason: string) => void) {
    this.character = CHARACTERS[number % CHARACTERS.length];
    this.random = seeded_random(seed + number * 7919);
    const names = this.character.names;
    const name = names[Math.floor(number / CHARACTERS.length) % names.length];
    this.client = new ArenaClient(
      url,
      name,
      {
        on_snapshot: (_, snapshot) => this.play(snapshot),
        on_closed: (_, reason) => on_closed(reason),
      },
      SNAPSHOTS_KEPT,
    );
  }

  /** One input for every snapshot; a new decision only as often as the character thinks. */
  private play(snapshot: Snapshot): void {
    const own = find_ship(snapshot, this.client.id);
    if (own === undefined) return;
    if (snapshot.tick % this.character.reaction === 0) this.decide(snapshot, own);
    this.client.send_input(this.keys, this.heading);
    if (snapshot.tick % this.client.tick_hz === 0) this.client.send_ping();
  }

  private decide(snapshot: Snapshot, own: SnapshotShip): void {
    const danger = this.nearest_danger(snapshot, own);
    if (danger !== undefined) {
      // Across its path, not straight away: it is the faster one.
      const away = Math.atan2(own.y - danger.y, own.x - danger.x);
      this.heading = away + (turn_between(danger.angle, away) > 0 ? 0.7 : -0.7);
      this.keys = KEY_STEER;
      return;
    }
    const target = this.best_target(snapshot, own);
    const dx = target.x - own.x;
    const dy = target.y - own.y;
    const distance = Math.hypot(dx, dy);
    this.heading = Math.atan2(dy, dx) + (this.random() - 0.5) * 2 * this.character.wobble;
    const hurry = target.ram || distance > this.character.boosts_beyond;
    this.keys = KEY_STEER | (hurry && own.energy > 0.1 ? KEY_BOOST : 0);
  }

  private nearest_danger(snapshot: Snapshot, own: SnapshotShip): SnapshotShip | undefined {
    for (let i = 0; i < snapshot.ship_count; i++) {
      const ship = snapshot.ships[i];
      if (ship.id === own.id || !(ship.flags & FLAG_BOOST)) continue;
      const away = Math.hypot(ship.x - own.x, ship.y - own.y);
      const towards = Math.atan2(own.y - ship.y, own.x - ship.x);
      const aimed = Math.abs(turn_between(ship.angle, towards)) < 0.6;
      if (aimed && away < this.character.fears) return ship;
    }
    return undefined;
  }

  /** The best worth per way, orbs and victims alike; the middle of the arena when there is nothing. */
  private best_target(snapshot: Snapshot, own: SnapshotShip): Target {
    const { gold, shard, hunts } = this.character;
    const best: Target = {
      x: this.client.width / 2,
      y: this.client.height / 2,
      worth: 0,
      ram: false,
    };
    const offer = (x: number, y: number, value: number, ram: boolean): void => {
      const way = Math.hypot(x - own.x, y - own.y);
      const turn = Math.abs(turn_between(own.angle, Math.atan2(y - own.y, x - own.x)));
      const worth = value / (way + 60 + turn * 45);
      if (worth > best.worth) Object.assign(best, { x, y, worth, ram });
    };
    for (let i = 0; i < snapshot.orb_count; i++) {
      const orb = snapshot.orbs[i];
      offer(orb.x, orb.y, orb.kind === ORB_GOLD ? gold : orb.kind === ORB_SHARD ? shard : 1, false);
    }
    for (let i = 0; i < snapshot.ship_count; i++) {
      const ship = snapshot.ships[i];
      const way = Math.hypot(ship.x - own.x, ship.y - own.y);
      if (ship.id === own.id || way > hunts || own.energy < 0.45) continue;
      if (ship.score > 0 && !(ship.flags & FLAG_SHIELD)) offer(ship.x, ship.y, 2.5, true);
    }
    return best;
  }
}

function find_ship(snapshot: Snapshot, id: number): SnapshotShip | undefined {
  for (let i = 0; i < snapshot.ship_count; i++) {
    if (snapshot.ships[i].id === id) return snapshot.ships[i];
  }
  return undefined;
}

/** All bots of one server. */
export class Bots {
  /** Bots that lost their connection before anybody sent them home. */
  errors = 0;
  private readonly bots: Bot[];
  private leaving = false;

  constructor(url: string, count: number, seed: number, report: (line: string) => void) {
    this.bots = Array.from(
      { length: count },
      (_, number) =>
        new Bot(url, number, seed, (reason) => {
          if (this.leaving) return;
          this.errors++;
          report(`bot ${number}: ${reason}`);
        }),
    );
  }

  get clients(): ArenaClient[] {
    return this.bots.map((bot) => bot.client);
  }

  close(): void {
    this.leaving = true;
    for (const bot of this.bots) bot.client.close();
  }
}
