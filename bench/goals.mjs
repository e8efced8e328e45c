// What was to be reached beside what was: a table of ratios, with every goal that was missed named.

function verdict({ ratio, must, aim }) {
  if (ratio >= aim) return 'aim';
  return ratio >= must ? 'must' : 'BELOW';
}

/** Text of the table for `[{ row, column, must, aim, ratio }]`; ratio is the peer's time over ours, above 1 we are faster. */
export function goals_table(cells) {
  const lines = ['', '## Goals: ratio = time of the best peer / our time (must | aim)', ''];
  for (const row of new Set(cells.map((cell) => cell.row))) {
    lines.push(row);
    for (const cell of cells) {
      if (cell.row !== row) continue;
      const wanted = cell.must === cell.aim ? `${cell.must}` : `${cell.must} | ${cell.aim}`;
      lines.push(
        `  ${cell.column.padEnd(12)}${cell.ratio.toFixed(2).padStart(7)}   (${wanted})`.padEnd(40) +
          verdict(cell),
      );
    }
  }
  const count = (wanted) => cells.filter((cell) => wanted.includes(verdict(cell))).length;
  lines.push(
    '',
    `aim reached: ${count(['aim'])} of ${cells.length}; must reached: ${count(['aim', 'must'])} of ${cells.length}`,
  );
  const missed = cells.filter((cell) => verdict(cell) === 'BELOW');
  for (const { row, column, ratio, must } of missed) {
    lines.push(`below must: ${row}, ${column}: ${ratio.toFixed(2)} of ${must}`);
  }
  return lines.join('\n');
}
