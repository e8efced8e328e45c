// A player in the same program as the game: both lanes without a network, in order, and never inside the call that sent.
import { buffer_copy, buffer_create, buffer_delete, buffer_fixed } from 'bytewire';
import type { Game } from '../game/game.js';
import type { Guest } from '../game/guest.js';
import type { GuestWire, Lane, Wire, WireOwner } from '../game/lanes.js';

/** Hands a copy of the bytes over when the present task is done. */
function post(buffer: number, size: number, deliver: (copy: number) => void): number {
  const copy = buffer_create(Math.max(size, 1), buffer_fixed, 1);
  buffer_copy(buffer, 0, size, copy, 0);
  queueMicrotask(() => {
    try {
      deliver(copy);
    } finally {
      buffer_delete(copy);
    }
  });
  return size;
}

export class LocalWire implements Wire {
  readonly carrier = 'this page';
  readonly fast = false;
  private guest: Guest | undefined;
  /** False: one of both sides has ended it. What the game said before still arrives, unless it is the player who has gone. */
  private open = true;
  private left = false;

  constructor(
    private readonly game: Game,
    private readonly owner: WireOwner,
  ) {
    const seat: GuestWire = {
      send: (lane, buffer, size) => this.deliver(lane, buffer, size),
      close: () => this.ended(),
    };
    queueMicrotask(() => {
      if (!this.open) return;
      this.guest = game.enter(seat);
      owner.opened();
    });
  }

  send(lane: Lane, buffer: number, size: number): number {
    const { guest, game } = this;
    if (!this.open || guest === undefined) return -1;
    return post(buffer, size, (copy) => game.take(guest, lane, copy, size));
  }

  /** There is nothing faster than this. */
  open_fast(): void {}

  close(): void {
    this.left = true;
    if (!this.open) return;
    this.open = false;
    if (this.guest) this.game.leave(this.guest);
  }

  private deliver(lane: Lane, buffer: number, size: number): number {
    if (!this.open) return -1;
    return post(buffer, size, (copy) => {
      if (!this.left) this.owner.received(lane, copy, size);
    });
  }

  private ended(): void {
    if (!this.open) return;
    this.open = false;
    queueMicrotask(() => {
      if (!this.left) this.owner.closed('the game has ended it', true);
    });
  }
}
