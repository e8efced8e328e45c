// Sizes of the cases, and how they are written.

/** From a short packet to a large file. */
export const SIZES = [16, 64, 256, 1024, 4096, 16384, 1 << 18, 1 << 22];

/** "64 B", "16 KiB", "4 MiB". */
export function label(bytes) {
  if (bytes < 1024) return `${Math.round(bytes)} B`;
  if (bytes < 1 << 20) return `${trim(bytes / 1024)} KiB`;
  return `${trim(bytes / (1 << 20))} MiB`;
}

const trim = (value) => (Number.isInteger(value) ? String(value) : value.toPrecision(2));
