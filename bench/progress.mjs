// A line that is written over again and again, with the time that remains: for people at a terminal only.

/** How long a case takes against an ordinary one: sockets and megabytes take longer. */
function weight({ measure, heavy }, processes) {
  if (measure !== undefined) return 10 * processes;
  return heavy ? 6 * processes : 1;
}

/** "4 min 10 s" */
export function duration(seconds) {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/**
 * `at(one)` says which case runs now, `clear()` takes the line away; both do nothing unless `out` is a terminal. A case of ordinary weight
 * runs in so many `processes`.
 */
export function progress_line(cases, processes, out) {
  const nothing = () => {};
  if (!out.isTTY) return { at: nothing, clear: nothing };
  const started = performance.now();
  const turns = ({ measure, heavy }) => (heavy || measure !== undefined ? 1 : processes);
  const steps = cases.reduce((sum, one) => sum + turns(one), 0);
  const total = cases.reduce((sum, one) => sum + weight(one, processes) * turns(one), 0);
  let behind = 0;
  let step = 0;
  return {
    at(one) {
      const elapsed_s = (performance.now() - started) / 1000;
      const left =
        behind === 0 ? '' : `, ${duration((elapsed_s * (total - behind)) / behind)} left`;
      const line = `${step} of ${steps}${left}: ${one.name}`;
      out.write(`\r\x1b[K${line.slice(0, (out.columns || 80) - 1)}`);
      behind += weight(one, processes);
      step++;
    },
    clear() {
      out.write('\r\x1b[K');
    },
  };
}
