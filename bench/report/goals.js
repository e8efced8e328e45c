// The goals of the report: a line for each, a chip for each of its columns.
import { make } from './dom.js';

const WORD_CLASS = { 'aim met': 'aim', met: 'met', 'not met': 'missed', 'not measured': 'none' };

function goal_chip({ column, limits }, { value, word, why }) {
  const parts = [
    column === '' ? undefined : make('span', { class: 'soft' }, column),
    make('b', {}, value === '' ? '–' : value),
    make('small', {}, limits),
  ];
  return make(
    'span',
    { class: `chip ${WORD_CLASS[word]}`, title: [word, why].filter(Boolean).join(': ') },
    ...parts,
  );
}

// Why nothing of a row was measured, once.
function reason_of(cells, host) {
  const reasons = new Set(cells.map(({ hosts }) => hosts[host].why).filter(Boolean));
  return reasons.size === 0 ? undefined : make('small', { class: 'soft' }, [...reasons].join('; '));
}

function goal_row({ row, cells }, data, shown) {
  const lines = data.hosts.flatMap(({ id, name }, host) => {
    if (shown.host !== 'all' && shown.host !== id) return [];
    const chips = cells.map((cell) => goal_chip(cell, cell.hosts[host]));
    const head = shown.host === 'all' ? make('small', { class: 'soft host' }, name) : undefined;
    return [
      make('div', { class: 'chips' }, ...[head, ...chips, reason_of(cells, host)].filter(Boolean)),
    ];
  });
  return make('div', { class: 'goal' }, make('div', {}, row), make('div', {}, ...lines));
}

/** Draws the goals of `data` into `holder`: those that `shown` asks for. */
export function draw_goals(holder, data, shown) {
  const seen = (cell) =>
    cell.hosts.filter((_, i) => shown.host === 'all' || data.hosts[i].id === shown.host);
  const wanted = {
    all: () => true,
    missed: (cell) => seen(cell).some(({ word }) => word === 'not met'),
    none: (cell) => seen(cell).every(({ word }) => word === 'not measured'),
  }[shown.goals];
  const topics = [...new Set(data.goals.map(({ topic }) => topic))].map((topic) => {
    const rows = data.goals
      .filter((goal) => goal.topic === topic)
      .map((goal) => ({ ...goal, cells: goal.cells.filter(wanted) }))
      .filter(({ cells }) => cells.length > 0);
    if (rows.length === 0) return '';
    return make(
      'section',
      { class: 'card' },
      make('h3', {}, topic),
      ...rows.map((row) => goal_row(row, data, shown)),
    );
  });
  holder.replaceChildren(...topics);
}
