// The numbers of the game that server, bots and page must agree on.

export const ARENA_WIDTH = 1600;
export const ARENA_HEIGHT = 1000;
export const TICK_HZ = 30;

export const MAX_SHIPS = 100;
/** Orbs that respawn, and room for the shards that struck ships drop. */
export const MAX_ORBS = 96;
export const STANDING_ORBS = 34;

export const SHIP_RADIUS = 21;

/** Bits of an input. `KEY_STEER` means: go where `heading` points, whatever the arrows say. */
export const KEY_UP = 1;
export const KEY_DOWN = 2;
export const KEY_LEFT = 4;
export const KEY_RIGHT = 8;
export const KEY_BOOST = 16;
export const KEY_STEER = 32;

export const ORB_PLAIN = 1;
export const ORB_GOLD = 2;
export const ORB_SHARD = 3;
export const ORB_RADIUS = [0, 11, 15, 9];

export const FLAG_BOOST = 1;
/** Was rammed a moment ago and cannot lose points again yet. */
export const FLAG_SHIELD = 2;

export const SHIELD_SECONDS = 0.9;

/** A player's colour as a byte. Steps of the golden angle: neighbours in joining order never look alike. */
export function hue_of(id: number): number {
  return Math.floor((id * 0.618034 * 256) % 256);
}
