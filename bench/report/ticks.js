// Where the axis of sizes has its labels: powers of two for bytes, what was measured for the rest; none over another.

/** Places out of `places` (ascending, above 0) that have `room` pixels between each other on a logarithmic axis of `width` from `low` to `high`. */
export function with_room(places, { low, high, width, room }) {
  const at = (place) => (Math.log(place / low) / Math.log(high / low)) * width;
  const kept = [];
  for (const place of places) {
    if (place < low || place > high) continue;
    if (kept.length === 0 || at(place) - at(kept.at(-1)) >= room) kept.push(place);
  }
  return kept;
}

/** Powers of two between `low` and `high` bytes: each, each fourth, sixteenth ..., as far apart as `room` needs. */
export function byte_ticks({ low, high, width, room }) {
  const doubling_px = width / Math.log2(high / low);
  let step = 2;
  while (step * doubling_px < room) step += 2;
  const ticks = [];
  // 1, 16 and 256 B, 1 KiB ... first: whatever the step, they are those of other charts.
  for (let power = Math.ceil(Math.log2(low) / step) * step; 2 ** power <= high; power += step) {
    ticks.push(2 ** power);
  }
  return ticks;
}
