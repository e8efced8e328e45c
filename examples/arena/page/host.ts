// A game that this page hosts: the same one as on a server, its beat, its bots, and a room through which others come in.
import { Clock } from '../game/clock.js';
import { Game } from '../game/game.js';
import type { Wire, WireOwner } from '../game/lanes.js';
import { TICK_HZ } from '../game/rules.js';
import { Bots } from '../net/bots.js';
import { Door } from '../net/door.js';
import { LocalWire } from '../net/local.js';
import { BeatClock } from './beat-clock.js';

/** What a page carries next to its own picture. */
const MAX_PLAYERS = 16;
/** So that nobody is alone while the code is read out. */
const BOTS = 3;

export interface HostHooks {
  /** Others can come: the code of the room, as people read it. */
  opened(code: string): void;
  /** Nobody can come, for people. */
  failed(reason: string): void;
}

/** `KD7FQZ` as `KD7 FQZ`: two breaths to read it out. */
export function spoken(code: string): string {
  const half = Math.ceil(code.length / 2);
  return `${code.slice(0, half)} ${code.slice(half)}`.trim();
}

export class HostedGame {
  /** '' until the room is open. */
  code = '';
  readonly game: Game;
  private readonly time = new BeatClock();
  private readonly door: Door;
  private readonly bots: Bots;
  private readonly clock: Clock;

  /** Throws an error made for people where pages cannot host. */
  constructor(hooks: HostHooks) {
    const words = crypto.getRandomValues(new Uint32Array(1));
    const secret = (): bigint => crypto.getRandomValues(new BigUint64Array(1))[0];
    this.game = new Game({ seed: words[0], secret, max_players: MAX_PLAYERS });
    try {
      this.door = new Door(this.game, {
        max_guests: MAX_PLAYERS,
        opened: (code) => {
          this.code = code;
          hooks.opened(code);
        },
        failed: (reason) => hooks.failed(reason),
      });
    } catch (error) {
      this.time.close();
      this.game.close();
      throw error;
    }
    this.bots = new Bots(
      (owner) => this.wire(owner),
      BOTS,
      words[0],
      () => {},
    );
    this.clock = new Clock(1000 / TICK_HZ, () => this.game.tick(), this.time);
  }

  /** For a player in this page. */
  wire(owner: WireOwner): Wire {
    return new LocalWire(this.game, owner);
  }

  /** The room closes, and everybody in it is told so. */
  close(): void {
    this.clock.stop();
    this.time.close();
    // First, so that what guests hear last is that the room is closed.
    this.door.close();
    this.bots.close();
    this.game.close();
  }
}
