// How long to wait before the next attempt: doubled each time up to a limit, with jitter so that a crowd does not come at once.

/** Milliseconds before attempt `attempt` (0 the first): between half and all of `base_ms * 2^attempt`, at most `max_ms`. */
export function backoff_ms(
  attempt: number,
  base_ms: number,
  max_ms: number,
  random: number,
): number {
  const full = Math.min(max_ms, base_ms * 2 ** Math.min(attempt, 30));
  return full / 2 + (full / 2) * random;
}
