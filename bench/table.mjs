// One case of a result as lines for a terminal.

/** From this size on a rate says more than a time. */
const LARGE_BYTES = 16384;

const MIB_PER_S = 1e9 / (1 << 20);

function row_text(row, { bytes, rows }) {
  if (row.median_ns === undefined) {
    const { server_garbage_bytes: server, client_garbage_bytes: client, bytes: own } = row;
    const facts =
      server === undefined || client === undefined
        ? `${own ?? '?'} bytes`
        : `${server.toFixed(0)} bytes left on the server, ${client.toFixed(0)} on the client`;
    return `${row.name.padEnd(26)}${facts}`;
  }
  const cells = [
    row.name.padEnd(26),
    row.median_ns.toFixed(1).padStart(14),
    row.p99_ns.toFixed(1).padStart(14),
    (row.spread === undefined ? '' : `${(row.spread * 100).toFixed(0)} %`).padStart(8),
    `   ${row.ratio === undefined ? '' : `${row.ratio.toFixed(2)}x`}`.padEnd(12),
  ];
  if (bytes >= LARGE_BYTES) {
    cells.push(`${((bytes / row.median_ns) * MIB_PER_S).toFixed(0)} MiB/s`.padStart(13));
  }
  const sizes = rows.some((one) => one.bytes !== undefined);
  if (sizes && row.bytes !== undefined) cells.push(`${row.bytes} bytes`.padStart(16));
  if (row.memory_mib !== undefined) cells.push(`  peak ${row.memory_mib.toFixed(0)} MiB`);
  return cells.join('').trimEnd();
}

/** Name, a header and a line for each contender: time of a call, and that over ours. */
export function case_text(one) {
  const head = `${''.padEnd(26)}${'median ns'.padStart(14)}${'p99 ns'.padStart(14)}${'spread'.padStart(8)}   time / ${one.ours}`;
  return ['', one.name, head, ...one.rows.map((row) => row_text(row, one))].join('\n');
}
