// When a failed request is made again, and after which pause.
import { integer_in, yes_or_no } from './check.js';
import type { HttpErrorCode, RetryOptions } from './http-types.js';

const IDEMPOTENT = ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'];
/** Answers that may be better next time (RFC 9110 15.5.9, RFC 8470, RFC 6585, RFC 9110 15.6). */
const STATUSES = [408, 425, 429, 500, 502, 503, 504];
const CODES: HttpErrorCode[] = [
  'refused',
  'unreachable',
  'dns',
  'timeout',
  'closed',
  'truncated',
  'network',
];

export type RetryPolicy = Required<RetryOptions>;

/** The options with defaults in place. @throws TypeError, RangeError */
export function retry_policy(retry: number | RetryOptions | undefined): RetryPolicy {
  const given = typeof retry === 'object' && retry !== null ? retry : { count: retry ?? 0 };
  const ms = (value: number | undefined, normal: number, what: string) =>
    integer_in(value ?? normal, 0, 0x7fffffff, `retry.${what}`);
  const { any_method } = given;
  yes_or_no(any_method, 'retry.any_method');
  return {
    count: integer_in(given.count, 0, 1000, 'retry count'),
    first_ms: ms(given.first_ms, 500, 'first_ms'),
    max_ms: ms(given.max_ms, 30_000, 'max_ms'),
    max_retry_after_ms: ms(given.max_retry_after_ms, 120_000, 'max_retry_after_ms'),
    any_method: any_method === true,
  };
}

/** Whether a request may be made more than once. */
export function may_repeat(policy: RetryPolicy, method: string): boolean {
  return policy.count > 0 && (policy.any_method || IDEMPOTENT.includes(method));
}

export function worth_retrying(code: HttpErrorCode): boolean {
  return CODES.includes(code);
}

export function status_worth_retrying(status: number): boolean {
  return STATUSES.includes(status);
}

/** Milliseconds that `Retry-After` asks for (RFC 9110 10.2.3: seconds or a date), or -1. */
export function retry_after_ms(value: string | null, now: number): number {
  const text = value?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // Date.parse takes more than dates: "-1" would be the year 2001.
  const date = /^[A-Z][a-z]/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? -1 : Math.max(0, date - now);
}

/**
 * The pause before try `attempt` (1 is the first repetition): all of it random, so that clients that failed together do not
 * come back together, and never less than the server asks for. -1: it asks for too much.
 */
export function pause_ms(
  policy: RetryPolicy,
  attempt: number,
  asked_ms: number,
  random: () => number,
): number {
  if (asked_ms > policy.max_retry_after_ms) return -1;
  const ceiling = Math.min(policy.max_ms, policy.first_ms * 2 ** (attempt - 1));
  return Math.max(asked_ms, Math.floor(random() * ceiling));
}
