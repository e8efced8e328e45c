// Players that need nobody at the keys: they join as anybody does, and each has a character of its own.
import { turn_between } from '../game/flight.js';
import type { Wire, WireOwner } from '../game/lanes.js';
import {
  ARENA_HEIGHT,
  ARENA_WIDTH,
  FLAG_BOOST,
  FLAG_SHIELD,
  KEY_BOOST,
  KEY_STEER,
  MAX_ORBS,
  MAX_SHIPS,
  ORB_GOLD,
  ORB_SHARD,
  TICK_HZ,
} from '../game/rules.js';
import type { OrbColumns, ShipColumns } from '../game/snapshots.js';
import { seeded_random } from '../game/world.js';
import { ArenaClient } from './client.js';

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

/** A point worth flying to. */
interface Target {
  x: number;
  y: number;
  worth: number;
  ram: boolean;
}

/** The columns of the newest snapshot, and where in them this bot is. */
interface Sight {
  ships: ShipColumns;
  orbs: OrbColumns;
  own: number;
}

class Bot {
  readonly client: ArenaClient;
  private readonly character: Character;
  private readonly random: () => number;
  private keys = 0;
  private heading = 0;

  constructor(
    connect: (owner: WireOwner) => Wire,
    number: number,
    seed: number,
    on_closed: (reason: string) => void,
  ) {
    this.character = CHARACTERS[number % CHARACTERS.length];
    this.random = seeded_random(seed + number * 7919);
    const names = this.character.names;
    this.client = new ArenaClient(connect, {
      name: names[Math.floor(number / CHARACTERS.length) % names.length],
      hooks: {
        on_snapshot: () => this.play(),
        on_closed: (_, reason) => on_closed(reason),
      },
    });
  }

  /** One input for every snapshot; a new decision only as often as the character thinks. */
  private play(): void {
    const { client } = this;
    const { newest_ships: ships, newest_orbs: orbs } = client.snapshots;
    const own = ships?.id.indexOf(client.id) ?? -1;
    if (ships === undefined || orbs === undefined) return;
    if (own >= 0 && client.tick % this.character.reaction === 0) this.decide({ ships, orbs, own });
    client.send_input(this.keys, this.heading);
    if (client.tick % TICK_HZ === 0) client.send_ping();
  }

  private decide(sight: Sight): void {
    const { ships, own } = sight;
    const danger = this.nearest_danger(sight);
    if (danger >= 0) {
      // Across its path, not straight away: it is the faster one.
      const away = Math.atan2(ships.y[own] - ships.y[danger], ships.x[own] - ships.x[danger]);
      this.heading = away + (turn_between(ships.angle[danger], away) > 0 ? 0.7 : -0.7);
      this.keys = KEY_STEER;
      return;
    }
    const target = this.best_target(sight);
    const dx = target.x - ships.x[own];
    const dy = target.y - ships.y[own];
    const distance = Math.hypot(dx, dy);
    this.heading = Math.atan2(dy, dx) + (this.random() - 0.5) * 2 * this.character.wobble;
    const hurry = target.ram || distance > this.character.boosts_beyond;
    this.keys = KEY_STEER | (hurry && ships.energy[own] > 0.1 ? KEY_BOOST : 0);
  }

  /** The slot of a ship that boosts this way, or -1. */
  private nearest_danger({ ships, own }: Sight): number {
    const { id, x, y, angle, flags } = ships;
    for (let i = 0; i < MAX_SHIPS; i++) {
      if (id[i] === 0 || i === own || !(flags[i] & FLAG_BOOST)) continue;
      const away = Math.hypot(x[i] - x[own], y[i] - y[own]);
      const towards = Math.atan2(y[own] - y[i], x[own] - x[i]);
      const aimed = Math.abs(turn_between(angle[i], towards)) < 0.6;
      if (aimed && away < this.character.fears) return i;
    }
    return -1;
  }

  /** The best worth per way, orbs and victims alike; the middle of the arena when there is nothing. */
  private best_target({ ships, orbs, own }: Sight): Target {
    const { gold, shard, hunts } = this.character;
    const { id, x, y, angle, energy, score, flags } = ships;
    const best: Target = { x: ARENA_WIDTH / 2, y: ARENA_HEIGHT / 2, worth: 0, ram: false };
    const offer = (at_x: number, at_y: number, value: number, ram: boolean): void => {
      const dx = at_x - x[own];
      const dy = at_y - y[own];
      const turn = Math.abs(turn_between(angle[own], Math.atan2(dy, dx)));
      const worth = value / (Math.hypot(dx, dy) + 60 + turn * 45);
      if (worth > best.worth) Object.assign(best, { x: at_x, y: at_y, worth, ram });
    };
    for (let i = 0; i < MAX_ORBS; i++) {
      const kind = orbs.kind[i];
      if (kind === 0) continue;
      offer(orbs.x[i], orbs.y[i], kind === ORB_GOLD ? gold : kind === ORB_SHARD ? shard : 1, false);
    }
    for (let i = 0; i < MAX_SHIPS; i++) {
      if (id[i] === 0 || i === own || energy[own] < 0.45) continue;
      if (Math.hypot(x[i] - x[own], y[i] - y[own]) > hunts) continue;
      if (score[i] > 0 && !(flags[i] & FLAG_SHIELD)) offer(x[i], y[i], 2.5, true);
    }
    return best;
  }
}

/** All bots of one game. */
export class Bots {
  /** Bots that lost their connection before anybody sent them home. */
  errors = 0;
  private readonly bots: Bot[];
  private leaving = false;

  constructor(
    connect: (owner: WireOwner) => Wire,
    count: number,
    seed: number,
    report: (line: string) => void,
  ) {
    this.bots = Array.from(
      { length: count },
      (_, number) =>
        new Bot(connect, number, seed, (reason) => {
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
