// What the players and the game say to each other: every message declared once, as packets of the library.
import {
  bits,
  buffer_seek,
  buffer_seek_start,
  buffer_tell,
  f64,
  type Infer,
  list,
  packet,
  quant,
  ranged,
  Status,
  str,
  u16,
  u32,
  u64,
  union,
} from 'bytewire';
import { MAX_SHIPS } from './rules.js';
import { SNAPSHOT_LAYOUT } from './snapshots.js';
import { MAX_CHAT_BYTES, MAX_NAME_BYTES } from './words.js';

/** The path on which the game listens, and brings rooms together, beside the page on the same port. */
export const GAME_PATH = '/arena';

const TURN = Math.PI * 2;
const MAX_REASON_BYTES = 800;

/** Who speaks from `from` in a chat line: 0 is the arena itself. */
export const ARENA_SPEAKS = 0;

const named = packet({ player: u16, name: str(MAX_NAME_BYTES) });

/** What a player says. */
export const FromPlayer = union(
  {
    /** Reliable, the first word. Another `layout` is refused. */
    join: packet({ layout: u32, name: str(MAX_NAME_BYTES) }),
    /** Fast, until `claimed` comes back: this lane belongs to the player with that key. */
    claim: packet({ player: u16, key: u64 }),
    /** On the fastest lane that there is. `seen`: the newest snapshot, -1 for none. */
    input: packet({
      sequence: u32,
      keys: bits(6),
      heading: quant(0, TURN, 8),
      seen: ranged(-1, 65_535),
    }),
    /** The player's own clock; comes back unread. */
    ping: packet({ sent_ms: f64 }),
    chat: packet({ text: str(MAX_CHAT_BYTES) }),
  },
  { name: 'from player' },
);

/** What the game says. */
export const FromGame = union(
  {
    /** `no_fast`: why this game has no fast lane, '' when it has one. */
    welcome: packet({
      player: u16,
      key: u64,
      no_fast: str(MAX_REASON_BYTES),
      players: list(named, MAX_SHIPS),
    }),
    /** Instead of a welcome. */
    refused: packet({ reason: str(MAX_REASON_BYTES) }),
    claimed: packet({ player: u16 }),
    joined: named,
    left: packet({ player: u16 }),
    chat: packet({ from: u16, text: str(MAX_CHAT_BYTES) }),
    pong: packet({ sent_ms: f64 }),
    /** The snapshots of ships and orbs follow. */
    snapshot: packet({ tick: u32 }),
  },
  { name: 'from game' },
);

export type PlayerWord = Infer<typeof FromPlayer>;
export type GameWord = Infer<typeof FromGame>;
type Tag<W> = W extends { tag: infer T } ? T : never;
type Value<W, T> = Extract<W, { tag: T }> extends { value: infer V } ? V : never;

/** Both sides must have the same: a page that is older than its server is told so. */
export const LAYOUT = (FromPlayer.hash ^ Math.imul(FromGame.hash, 31) ^ SNAPSHOT_LAYOUT) >>> 0;

/** What a reader reads into, again and again: nothing is allocated for a word like the last one. */
export interface Slot {
  tag: string;
  value: unknown;
}

export function new_slot(): Slot {
  return { tag: '', value: undefined };
}

/** Fills the buffer from byte 0; the size to send. */
export function write_player_word<T extends Tag<PlayerWord>>(
  buffer: number,
  tag: T,
  value: Value<PlayerWord, T>,
): number {
  buffer_seek(buffer, buffer_seek_start, 0);
  FromPlayer.write(buffer, tag, value as never);
  return buffer_tell(buffer);
}

/** The same for the game. */
export function write_game_word<T extends Tag<GameWord>>(
  buffer: number,
  tag: T,
  value: Value<GameWord, T>,
): number {
  buffer_seek(buffer, buffer_seek_start, 0);
  FromGame.write(buffer, tag, value as never);
  return buffer_tell(buffer);
}

/** What a player has said, or undefined for bytes that are no word, or not just one. */
export function read_player_word(buffer: number, size: number, into: Slot): PlayerWord | undefined {
  if (FromPlayer.tryRead(buffer, into as never) !== Status.Ok) return undefined;
  return buffer_tell(buffer) === size ? (into as PlayerWord) : undefined;
}

/** What the game has said. Behind `snapshot` the snapshots follow; anything else must end there. */
export function read_game_word(buffer: number, size: number, into: Slot): GameWord | undefined {
  if (FromGame.tryRead(buffer, into as never) !== Status.Ok) return undefined;
  const whole = into.tag === 'snapshot' || buffer_tell(buffer) === size;
  return whole ? (into as GameWord) : undefined;
}
