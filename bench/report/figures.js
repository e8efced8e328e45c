// Numbers as people read them, what can be drawn of a row, and in which colour.

const short = (value) => String(Number(value.toFixed(value < 9.95 ? 1 : 0)));
export function time_text(ns) {
  if (ns >= 1e9) return `${short(ns / 1e9)} s`;
  if (ns >= 1e6) return `${short(ns / 1e6)} ms`;
  return ns >= 1e3 ? `${short(ns / 1e3)} µs` : `${short(ns)} ns`;
}
export function bytes_text(bytes) {
  if (bytes < 1024) return `${Math.round(bytes)} B`;
  return bytes < 1048576 ? `${short(bytes / 1024)} KiB` : `${short(bytes / 1048576)} MiB`;
}
export const rate_text = (mib) =>
  mib < 1024 ? `${short(mib)} MiB/s` : `${short(mib / 1024)} GiB/s`;
export const ratio_text = (ratio) => `${ratio < 0.1 ? ratio.toFixed(2) : short(ratio)}×`;

// 0.1, 10, 1k, 100k
const count_text = (value) =>
  value < 1000 ? String(Number(value.toPrecision(3))) : `${Number((value / 1000).toPrecision(3))}k`;

export const VIEWS = {
  rate: {
    title: 'Rate',
    unit: 'MiB/s',
    text: rate_text,
    axis: count_text,
    // Without bytes to count there is no rate: calls in a second then.
    value: (chart, line, i) =>
      line.ns[i] === null ? null : ((chart.bytes[i] ?? 1048576) * 1e9) / line.ns[i] / 1048576,
    fits: (chart) => chart.unit === 'bytes',
  },
  time: {
    title: 'Time per call',
    text: time_text,
    axis: time_text,
    value: (_, line, i) => line.ns[i],
    fits: () => true,
  },
  ratio: {
    title: 'Speed against bytewire',
    text: ratio_text,
    axis: ratio_text,
    value: (_, line, i) =>
      line.ratio[i] === null ? (line.ns[i] === null ? null : 1) : 1 / line.ratio[i],
    fits: () => true,
  },
};

export const css = (name) =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const PACKAGE_COLOURS = ['--p0', '--p1', '--p2', '--p3', '--p4', '--p5'];
export function style_of(chart, line) {
  const nth = chart.lines.filter(({ kind }) => kind === line.kind).indexOf(line);
  if (line.kind === 'package') return { colour: PACKAGE_COLOURS[nth % PACKAGE_COLOURS.length] };
  const dashed = nth > 0;
  return {
    colour: `--${line.kind}`,
    dash: dashed ? [5, 4] : undefined,
    width: line.kind === 'ours' ? 3 : 1.5,
  };
}
