// A line that is written over again and again, with the time that remains: for people at a terminal only.

/** How long a case takes against an ordinary one: sockets and megabytes take longer. */
function weight({ measure, heavy }) {
  if (measure !== undefined) return 10;
  return heavy ? 12 : 1;
}

/** "4 min 10 s" */
export function duration(seconds) {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** `at(one)` says which case runs now, `clear()` takes the line away; both do nothing unless `out` is a terminal. */
export function progress_line(cases, out) {
  const nothing = () => {};
  if (!out.isTTY) return { at: nothing, clear: nothing };
  const started = performance.now();
  const total = cases.reduce((sum, one) => sum + weight(one), 0);
  let behind = 0;
  let count = 0;
  return {
    at(one) {
      const elapsed_s = (performance.now() - started) / 1000;
      const left =
        behind === 0 ? '' : `, ${duration((elapsed_s * (total - behind)) / behind)} left`;
      const line = `${count} of ${cases.length}${left}: ${one.name}`;
      out.write(`\r\x1b[K${line.slice(0, (out.columns || 80) - 1)}`);
      behind += weight(one);
      count++;
    },
    clear() {
      out.write('\r\x1b[K');
    },
  };
}
