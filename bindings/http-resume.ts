// Transfers that broke off: when a server's answer may be appended to what is there (RFC 9110 13.1.5, 14).
import type { Incoming } from './http-exchange.js';

/**
 * What a later request can send as If-Range, '' when there is nothing strong enough: an ETag that is not weak, or a date of
 * change that is at least a second older than the answer.
 */
export function validator_of(headers: Headers): string {
  if (headers.get('accept-ranges') === 'none') return '';
  const encoding = headers.get('content-encoding');
  if (encoding !== null && encoding !== 'identity') return '';
  const etag = headers.get('etag') ?? '';
  if (/^"[^"]*"$/.test(etag)) return etag;
  const modified = headers.get('last-modified') ?? '';
  const age_ms = Date.parse(headers.get('date') ?? '') - Date.parse(modified);
  return age_ms >= 1000 ? modified : '';
}

/** Whether an answer to If-Range is of the same file: some servers look at Range only. */
function same(headers: Headers, validator: string): boolean {
  const name = validator.startsWith('"') ? 'etag' : 'last-modified';
  return (headers.get(name) ?? validator) === validator;
}

/** What a Content-Range says. */
export interface ContentRange {
  start: number;
  last: number;
  /** -1: not told. */
  total: number;
}

function content_range(headers: Headers): ContentRange | undefined {
  const value = headers.get('content-range')?.trim() ?? '';
  const parts = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(value);
  if (parts === null) return undefined;
  const [, start, last, total] = parts;
  return { start: Number(start), last: Number(last), total: total === '*' ? -1 : Number(total) };
}

/**
 * The range of an answer, when its bytes are those from `from` on of what is there already, a version of `total` bytes (-1
 * unknown); else undefined.
 */
export function goes_on(
  { status, headers }: Incoming,
  from: number,
  validator: string,
  total: number,
): ContentRange | undefined {
  const range = content_range(headers);
  if (status !== 206 || range === undefined || !same(headers, validator)) return undefined;
  if (range.start !== from || range.last < from) return undefined;
  if (range.total < 0) range.total = total;
  else if (total >= 0 && range.total !== total) return undefined;
  if (range.total >= 0 && range.last >= range.total) return undefined;
  // Part of a compressed form is none of the bytes.
  return (headers.get('content-encoding') ?? 'identity') === 'identity' ? range : undefined;
}

/** Whether an answer says that there is nothing from `from` on, in the same words of what is there already. */
export function ends_at(
  { status, headers }: Incoming,
  from: number,
  validator: string,
  total: number,
): boolean {
  if (status !== 416 || !same(headers, validator)) return false;
  const end = /^bytes \*\/(\d{1,15})$/.exec(headers.get('content-range')?.trim() ?? '');
  return end !== null && Number(end[1]) === from && (total < 0 || total === from);
}

/** Whether an answer is less than the whole (RFC 9110 15.3.7). */
export function is_part({ status, headers }: Incoming): boolean {
  if (status !== 206) return false;
  const range = content_range(headers);
  return range === undefined || range.start !== 0 || range.last + 1 !== range.total;
}
