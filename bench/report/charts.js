// Charts of the report: lines over sizes by uPlot, dots for what has no size.
import uPlot from 'uplot';
import { make } from './dom.js';
import { bytes_text, css, rate_text, ratio_text, style_of, time_text, VIEWS } from './figures.js';
import { byte_ticks, with_room } from './ticks.js';

function x_text(chart, value) {
  return chart.unit === 'bytes' ? bytes_text(value) : String(value);
}

/** Height of the labels below a plot. */
const BELOW_AXIS_PX = 30;

function tooltip(chart) {
  const box = make('div', { class: 'tip', hidden: '' });
  return {
    hooks: {
      init: (u) => u.over.append(box),
      setCursor(u) {
        const i = u.cursor.idx;
        box.hidden = i === null || i === undefined;
        if (box.hidden) return;
        const rows = chart.lines
          .filter((line) => line.ns[i] !== null)
          .sort((a, b) => a.ns[i] - b.ns[i])
          .map((line) => {
            const rate = VIEWS.rate.fits(chart) ? rate_text(VIEWS.rate.value(chart, line, i)) : '';
            const name = make(
              'td',
              { style: `color: var(${style_of(chart, line).colour})` },
              line.name,
            );
            const ratio = line.ratio[i] === null ? '' : ratio_text(line.ratio[i]);
            const cells = [time_text(line.ns[i]), rate, ratio].map((text) => make('td', {}, text));
            return make('tr', {}, name, ...cells);
          });
        const place = chart.points
          ? chart.labels[i]
          : `${x_text(chart, chart.x[i])}${chart.unit === 'bytes' ? '' : ` ${chart.unit}`}`;
        box.replaceChildren(make('b', {}, place), make('table', {}, ...rows));
        // On a phone it would hide what it speaks of: there it stands below the plot.
        if (box.offsetWidth > 0.6 * u.over.clientWidth) {
          box.style.left = '-40px';
          box.style.top = `${u.over.clientHeight + BELOW_AXIS_PX}px`;
          return;
        }
        const left = u.cursor.left + 14;
        const over = left + box.offsetWidth > u.over.clientWidth;
        box.style.left = `${over ? Math.max(-40, u.cursor.left - box.offsetWidth - 14) : left}px`;
        box.style.top = `${Math.max(-10, Math.min(u.cursor.top, u.over.clientHeight - box.offsetHeight))}px`;
      },
    },
  };
}

/** Pixels that a label has at least, and air at both ends of the axis, as a factor of the sizes. */
const LABEL_PX = { bytes: 62, other: 44 };
const AIR = 1.25;

function splits_of(chart) {
  const places = [...new Set(chart.x)].sort((a, b) => a - b);
  return (u, _, low, high) => {
    const axis = {
      low,
      high,
      width: u.bbox.width / devicePixelRatio,
      room: LABEL_PX[chart.unit] ?? LABEL_PX.other,
    };
    return chart.unit === 'bytes' ? byte_ticks(axis) : with_room(places, axis);
  };
}

/** Draws `chart` into `holder`, without the lines that are `hidden`: the plot, and what it shows in words. */
export function draw(holder, chart, view_name, hidden) {
  const view = VIEWS[view_name].fits(chart) ? VIEWS[view_name] : VIEWS.time;
  const axis = {
    stroke: css('--soft'),
    grid: { stroke: css('--grid'), width: 1 },
    ticks: { stroke: css('--grid'), width: 1 },
    font: '12px system-ui, sans-serif',
  };
  const x_axis = {
    ...axis,
    splits: splits_of(chart),
    filter: (_, list) => list,
    values: (_, list) => list.map((value) => (value === null ? '' : x_text(chart, value))),
  };
  const options = {
    width: Math.max(240, holder.clientWidth),
    height: Math.max(220, Math.min(320, holder.clientWidth * 0.6)),
    scales: {
      x: { time: false, distr: 3, range: (_, low, high) => [low / AIR, high * AIR] },
      y: { distr: 3, log: 10 },
    },
    axes: [
      x_axis,
      {
        ...axis,
        size: 62,
        values: (_, list) => list.map((value) => (value === null ? '' : view.axis(value))),
      },
    ],
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    legend: { show: false },
    series: [
      {},
      ...chart.lines.map((line) => {
        const { colour, dash, width = 1.5 } = style_of(chart, line);
        const stroke = css(colour);
        return {
          label: line.name,
          stroke,
          width,
          dash,
          show: !hidden.has(line.name),
          spanGaps: true,
          paths: chart.points ? () => null : undefined,
          points: { show: true, size: chart.points ? 8 : 5, fill: stroke },
        };
      }),
    ],
    plugins: [tooltip(chart)],
  };
  const values = chart.lines.map((line) => chart.x.map((_, i) => view.value(chart, line, i)));
  const plot = new uPlot(options, [chart.x, ...values], holder);
  const about = [view.unit, chart.unit === 'bytes' ? 'by size' : `by ${chart.unit}`].filter(
    Boolean,
  );
  return { plot, about: `${view.title}, ${about.join(', ')}` };
}

/** What has no size: a dot for each contender on a logarithmic axis, ours marked by a line. */
export function rows_of(chart, i, hidden) {
  const there = chart.lines.filter((line) => line.ns[i] !== null && !hidden.has(line.name));
  const speeds = there.map((line) => (line.ratio[i] === null ? 1 : 1 / line.ratio[i]));
  const low = Math.min(...speeds) / 1.15;
  const high = Math.max(...speeds) * 1.15;
  const at = (speed) => `${((Math.log(speed / low) / Math.log(high / low)) * 100).toFixed(2)}%`;
  return there.flatMap((line, k) => {
    const text = `${time_text(line.ns[i])}${line.ratio[i] === null ? '' : ` · ${ratio_text(line.ratio[i])}`}`;
    const dot = make('i', {
      style: `left: ${at(speeds[k])}; background: var(${style_of(chart, line).colour})`,
    });
    const title = `${line.name}: ${time_text(line.ns[i])} in the median, 99 % below ${time_text(line.p99[i])}`;
    return [
      make('span', { title }, line.name),
      make('span', { class: 'track', title }, make('u', { style: `left: ${at(1)}` }), dot),
      make('span', { class: 'value', title }, text),
    ];
  });
}
