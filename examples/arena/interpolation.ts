// What to draw between two snapshots: the arena as it was a moment ago, smooth at any frame rate.
import type { ArenaClient } from './client.js';
import { turn_between } from './flight.js';
import type { Snapshot, SnapshotOrb, SnapshotShip } from './snapshot.js';

/** How far behind the newest snapshot the picture is, in ticks: one to wait for, half a one for jitter. */
const DELAY_TICKS = 1.5;
/** Share by which the clock estimate follows snapshots that come late; early ones count at once. */
const FOLLOW = 0.02;

/** A moment of the arena. The same object every time; copy what you keep. */
export interface Frame {
  ships: SnapshotShip[];
  orbs: SnapshotOrb[];
}

export class Interpolation {
  private readonly frame: Frame = { ships: [], orbs: [] };
  /** Our clock when tick 0 would have come, had it come on the fastest way seen lately. */
  private zero_ms: number | undefined;
  private heard_tick = -1;
  private told_tick = -1;

  constructor(private readonly client: ArenaClient) {}

  /** Call at every snapshot. */
  hear(tick: number, arrival_ms: number): void {
    const zero_ms = arrival_ms - (tick * 1000) / this.client.tick_hz;
    if (this.zero_ms === undefined || zero_ms < this.zero_ms) this.zero_ms = zero_ms;
    else this.zero_ms += (zero_ms - this.zero_ms) * FOLLOW;
    this.heard_tick = tick;
  }

  /** The arena at `now_ms`; `on_tick` is told every snapshot that the picture passes, once and in order. */
  sample(now_ms: number, on_tick: (snapshot: Snapshot) => void): Frame | undefined {
    if (this.zero_ms === undefined) return undefined;
    const wanted = ((now_ms - this.zero_ms) * this.client.tick_hz) / 1000 - DELAY_TICKS;
    const tick = Math.min(wanted, this.heard_tick);
    let ago = 0;
    while (this.is_after(ago, tick) && this.client.snapshot(ago + 1)) ago++;
    const from = this.client.snapshot(ago);
    if (from === undefined) return undefined;
    this.tell(ago, on_tick);
    const to = ago > 0 ? this.client.snapshot(ago - 1)! : from;
    const share = to === from ? 0 : (tick - from.tick) / (to.tick - from.tick);
    this.mix(from, to, Math.min(1, Math.max(0, share)));
    return this.frame;
  }

  private is_after(ago: number, tick: number): boolean {
    return this.client.snapshot(ago)!.tick > tick;
  }

  private tell(newest_ago: number, on_tick: (snapshot: Snapshot) => void): void {
    let ago = newest_ago;
    while ((this.client.snapshot(ago + 1)?.tick ?? -1) > this.told_tick) ago++;
    for (; ago >= newest_ago; ago--) {
      const snapshot = this.client.snapshot(ago)!;
      if (snapshot.tick <= this.told_tick) continue;
      this.told_tick = snapshot.tick;
      on_tick(snapshot);
    }
  }

  private mix(from: Snapshot, to: Snapshot, share: number): void {
    const { ships, orbs } = this.frame;
    ships.length = from.ship_count;
    for (let i = 0; i < from.ship_count; i++) {
      const a = from.ships[i];
      const b = find_ship(to, a.id, i) ?? a;
      ships[i] = Object.assign(ships[i] ?? {}, a);
      ships[i].x = a.x + (b.x - a.x) * share;
      ships[i].y = a.y + (b.y - a.y) * share;
      ships[i].angle = a.angle + turn_between(a.angle, b.angle) * share;
    }
    orbs.length = from.orb_count;
    for (let i = 0; i < from.orb_count; i++) {
      const a = from.orbs[i];
      const b = find_orb(to, a) ?? a;
      orbs[i] = Object.assign(orbs[i] ?? {}, a);
      orbs[i].x = a.x + (b.x - a.x) * share;
      orbs[i].y = a.y + (b.y - a.y) * share;
    }
  }
}

/** Ships keep their order while nobody leaves, so `guess` is nearly always right. */
function find_ship(snapshot: Snapshot, id: number, guess: number): SnapshotShip | undefined {
  if (guess < snapshot.ship_count && snapshot.ships[guess].id === id) return snapshot.ships[guess];
  for (let i = 0; i < snapshot.ship_count; i++) {
    if (snapshot.ships[i].id === id) return snapshot.ships[i];
  }
  return undefined;
}

/** The same orb a tick later; one that respawned in the same slot is far away and not the same. */
function find_orb(snapshot: Snapshot, orb: SnapshotOrb): SnapshotOrb | undefined {
  for (let i = 0; i < snapshot.orb_count; i++) {
    const other = snapshot.orbs[i];
    if (other.slot !== orb.slot) continue;
    const near = Math.abs(other.x - orb.x) + Math.abs(other.y - orb.y) < 60;
    return other.kind === orb.kind && near ? other : undefined;
  }
  return undefined;
}
