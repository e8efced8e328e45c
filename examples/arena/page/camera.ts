// Which part of the arena the window shows: all of it where there is room, a part that follows the ship where not.

/** Screen pixels per unit below which ships get too small to play; then the view follows instead. */
const SMALLEST_SCALE = 0.62;
/** Units of space shown around the walls. */
const MARGIN = 26;

export class Camera {
  /** Window in CSS pixels. */
  width = 1;
  height = 1;
  /** Pixels at the top that the meters cover. */
  top = 0;
  scale = 1;
  /** Middle of the view, in units. */
  x = 0;
  y = 0;
  private settled = false;

  /** Once a frame, before drawing. `target` is the ship to follow, if there is one. */
  follow(
    arena: { width: number; height: number },
    target: { x: number; y: number } | undefined,
    seconds: number,
  ): void {
    const free = Math.max(1, this.height - this.top);
    const fit = Math.min(
      this.width / (arena.width + MARGIN * 2),
      free / (arena.height + MARGIN * 2),
    );
    this.scale = Math.max(fit, SMALLEST_SCALE);
    const x = this.axis(arena.width, this.width, target?.x);
    // The middle of the free part is below the middle of the window.
    const y = this.axis(arena.height, free, target?.y) - this.top / 2 / this.scale;
    const share = this.settled ? 1 - Math.exp(-7 * seconds) : 1;
    this.x += (x - this.x) * share;
    this.y += (y - this.y) * share;
    this.settled ||= target !== undefined;
  }

  /** True when some of the arena is out of sight. */
  hides(arena: { width: number; height: number }): boolean {
    return (
      arena.width * this.scale > this.width + 1 ||
      arena.height * this.scale > this.height - this.top + 1
    );
  }

  screen_x(x: number): number {
    return (x - this.x) * this.scale + this.width / 2;
  }

  screen_y(y: number): number {
    return (y - this.y) * this.scale + this.height / 2;
  }

  /** Middle of the view along one axis: centred when all fits, else near the target but not beyond the walls. */
  private axis(arena: number, pixels: number, target: number | undefined): number {
    const half = pixels / this.scale / 2;
    if (half * 2 >= arena + MARGIN * 2 || target === undefined) return arena / 2;
    return Math.min(arena + MARGIN - half, Math.max(half - MARGIN, target));
  }
}
