// Results as the page draws them: a chart for each series and host, its sentence, and the goals.
import { place } from '../crossing.mjs';
import { counted, judged, shown_limits, shown_value } from '../goals.mjs';
import { host_name } from '../result.mjs';
import { conclusion, summary_of } from './sentences.mjs';

const GROUPS = {
  hash: 'Digests and base64',
  buffer: 'Buffers',
  deflate: 'Compression',
  packet: 'Packets',
  net: 'WebSocket',
  http: 'HTTP',
};

/** Said wherever such figures are shown. */
const QUICK = 'Of a quick pass, whose figures mean nothing. ';

const kinds_in_order = ['ours', 'twin', 'js', 'package', 'native'];

/** Cases of a series in order of size; sized ones are drawn over an axis, the others as rows. */
function chart_of(cases) {
  const drawn = cases.filter((one) => one.rows.some(({ median_ns }) => median_ns !== undefined));
  if (drawn.length === 0) return undefined;
  const ordered = [...drawn].sort((a, b) => (place(a) ?? 0) - (place(b) ?? 0));
  const sized = new Set(ordered.map(place)).size >= 3;
  const names = new Map();
  for (const row of ordered.flatMap(({ rows }) => rows)) names.set(row.name, row.kind);
  const lines = [...names]
    .map(([name, kind]) => ({ name, kind }))
    .sort((a, b) => kinds_in_order.indexOf(a.kind) - kinds_in_order.indexOf(b.kind));
  return {
    sized,
    unit: ordered[0].unit ?? 'bytes',
    points: ordered.every((one) => one.class !== undefined),
    x: ordered.map(place),
    labels: ordered.map(({ name, file }) => file ?? name),
    bytes: ordered.map(({ bytes }) => bytes ?? null),
    lines: lines.map((line) => {
      const rows = ordered.map(({ rows }) => rows.find(({ name }) => name === line.name));
      return {
        ...line,
        ns: rows.map((row) => row?.median_ns ?? null),
        p99: rows.map((row) => row?.p99_ns ?? null),
        ratio: rows.map((row) => row?.ratio ?? null),
      };
    }),
  };
}

const host_id = (result) => `${host_name(result)}, ${result.cpu}, ${result.arch}`;

function hosts_of(results) {
  return results.map((result) => ({
    id: host_id(result),
    name: host_name(result),
    about: ['engine', 'cpu', 'arch', 'date', 'commit']
      .flatMap((key) => result[key] ?? [])
      .join(', '),
    ...summary_of(result.cases),
    ...counted(judged(result.cases)),
    quick: result.cases.some(({ quick }) => quick),
  }));
}

function groups_of(results) {
  const all = results.flatMap(({ cases }) => cases);
  return [...new Set(all.map(({ group }) => group))].map((group) => ({
    title: GROUPS[group] ?? group,
    series: [...new Set(all.filter((one) => one.group === group).map(({ series }) => series))].map(
      (series) => ({
        title: series,
        hosts: results.flatMap((result) => {
          const cases = result.cases.filter((one) => one.group === group && one.series === series);
          if (cases.length === 0) return [];
          const quick = cases.some((one) => one.quick) ? QUICK : '';
          return [
            { host: host_id(result), text: quick + conclusion(cases), chart: chart_of(cases) },
          ];
        }),
      }),
    ),
  }));
}

/** Goals by row, with a cell for each column; every cell has the verdicts of all hosts. */
function goals_of(results) {
  const hosts = results.map((result) => judged(result.cases));
  const rows = [];
  hosts[0].forEach((goal, i) => {
    let row = rows.at(-1);
    if (row?.row !== goal.row || row.topic !== goal.topic) {
      row = { topic: goal.topic, row: goal.row, cells: [] };
      rows.push(row);
    }
    row.cells.push({
      column: goal.column ?? '',
      limits: shown_limits(goal),
      hosts: hosts.map((goals) => ({
        value: shown_value(goals[i]),
        word: goals[i].word,
        why: goals[i].quick ? QUICK.trim() : (goals[i].why ?? ''),
      })),
    });
  });
  return rows;
}

/** Everything that the page needs, as one value. */
export function page_data(results) {
  return { hosts: hosts_of(results), groups: groups_of(results), goals: goals_of(results) };
}
