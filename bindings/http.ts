// http_*: GameMaker's requests, in pages (by fetch) and in Node. Results come as http events.
import { BufferSink } from './buffer-stream.js';
import { lookup } from './buffer-table.js';
import { integer, integer_in, options_object, show, text, yes_or_no } from './check.js';
import { request_body } from './http-body.js';
import { HttpError } from './http-error.js';
import { request_headers } from './http-headers.js';
import { check_resumable } from './http-part.js';
import { HttpRequest } from './http-request.js';
import { retry_policy } from './http-retry.js';
import { type BodySink, BufferBody, FileSink, TextSink } from './http-sink.js';
import type { HttpBody, HttpHeaderMap, HttpOptions } from './http-types.js';
import { check_name } from './store/name.js';

/** setTimeout goes no further. */
const MAX_MS = 0x7fffffff;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** What pages tell servers of themselves, by GameMaker's names (those of HTML's `crossorigin`) and two of fetch. */
const MODES: Record<string, { mode: RequestMode; credentials: RequestCredentials }> = {
  anonymous: { mode: 'cors', credentials: 'same-origin' },
  'use-credentials': { mode: 'cors', credentials: 'include' },
  omit: { mode: 'cors', credentials: 'omit' },
  'same-origin': { mode: 'same-origin', credentials: 'same-origin' },
};

let crossorigin = 'anonymous';
let connect_timeout_ms = 60_000;
let next_id = 0;
const requests = new Map<number, HttpRequest>();

function check_method(value: unknown): string {
  const given = text(value, 'http_request: method');
  const method = given.toUpperCase();
  // As given: beyond ASCII there are letters whose upper case is ASCII.
  if (!TOKEN.test(given) || ['CONNECT', 'TRACE', 'TRACK'].includes(method)) {
    throw new RangeError(`http_request: there is no method ${show(value)}`);
  }
  return method;
}

/** The options, inherited ones too, each of them read once: what a getter does or says later changes nothing. */
function read_options(options: unknown, what: string): HttpOptions {
  if (options === undefined || options === null) return {};
  options_object(options, `${what}: options`);
  const given = options as HttpOptions;
  const read: HttpOptions = {
    response_buffer: given.response_buffer,
    response_file: given.response_file,
    timeout: given.timeout,
    on_progress: given.on_progress,
    retry: given.retry,
    max_response_bytes: given.max_response_bytes,
    resume: given.resume,
  };
  const { on_progress } = read;
  if ((on_progress ?? undefined) !== undefined && typeof on_progress !== 'function') {
    throw new TypeError(`${what}: on_progress must be a function, got ${show(on_progress)}`);
  }
  yes_or_no(read.resume, `${what}: resume`);
  if ((read.response_buffer ?? undefined) !== undefined && read.response_file !== undefined) {
    throw new RangeError(`${what}: response_buffer or response_file, not both`);
  }
  return read;
}

function sink_of(options: HttpOptions, what: string): BodySink {
  const { response_buffer, response_file, resume } = options;
  if (response_file !== undefined) {
    return new FileSink(check_name(response_file, `${what}: file`), resume === true);
  }
  if (response_buffer === undefined || response_buffer === null) return new TextSink();
  const b = lookup(integer(response_buffer, `${what}: response_buffer`));
  return new BufferBody(new BufferSink(response_buffer, b.pos - b.ptr));
}

interface Asked {
  what: string;
  url: string;
  method: string;
  headers?: HttpHeaderMap;
  body?: HttpBody;
  options?: HttpOptions;
}

/** Whether a body buffer is sent although it stands at position 0: where the response goes is said in another way. */
function says_where(options: HttpOptions): boolean {
  return (
    (options.response_buffer ?? undefined) !== undefined || options.response_file !== undefined
  );
}

function submit(asked: Asked): number {
  const { what, method } = asked;
  const url = text(asked.url, `${what}: url`);
  const headers = request_headers(asked.headers);
  let options = read_options(asked.options, what);
  const { bytes, response_buffer } = request_body(asked.body, says_where(options));
  if (response_buffer !== undefined) options = { ...options, response_buffer };
  if (bytes !== undefined && bytes.length > 0 && (method === 'GET' || method === 'HEAD')) {
    throw new RangeError(`${what}: a ${method} request has no body`);
  }
  if (options.resume === true && method !== 'GET') {
    throw new RangeError(`${what}: resume is for GET, not for ${method}`);
  }
  if (options.resume === true && (headers.has('range') || headers.has('if-range'))) {
    throw new RangeError(`${what}: with resume, Range is set by the request itself`);
  }
  if (options.resume === true && typeof options.response_file === 'string') {
    check_resumable(options.response_file, what);
  }
  const limit = options.max_response_bytes ?? undefined;
  const plan = {
    url,
    method,
    headers,
    body: method === 'GET' || method === 'HEAD' ? undefined : bytes,
    ...MODES[crossorigin],
    sink: sink_of(options, what),
    connect_timeout_ms,
    timeout_ms: integer_in(options.timeout ?? 0, 0, MAX_MS, `${what}: timeout`),
    on_progress: options.on_progress ?? undefined,
    retry: retry_policy(options.retry),
    max_response_bytes:
      limit === undefined
        ? -1
        : integer_in(limit, 0, Number.MAX_SAFE_INTEGER, `${what}: max_response_bytes`),
    resume: options.resume === true,
    file: options.response_file ?? '',
  };
  // At the end: the caller's getters, which may ask for something themselves, have all been called.
  const id = next_id++;
  const request = new HttpRequest({ ...plan, id }, () => requests.delete(id));
  requests.set(id, request);
  request.start();
  return id;
}

/**
 * GETs a URL. One http event ends it, with the body as text (UTF-8; malformed bytes become U+FFFD) in `result`; progress
 * events (`status` 1) may come before, at most every 50 ms.
 *
 * @param url absolute, http or https; in pages also relative to the page, `blob:` and `data:`. A bad one ends in an event
 * @param options see {@link HttpOptions}
 * @returns the `id` of its events, unique, from 0 up
 * @throws TypeError, RangeError a bad argument
 */
export function http_get(url: string, options?: HttpOptions): number {
  return submit({ what: 'http_get', url, method: 'GET', options });
}

/**
 * GETs a URL into a file, the one that `buffer_load(dest)` loads. It is put in place when all of it is there and the answer
 * was 2xx; otherwise the old file stays. `result` is `dest`, or the text of an error page (up to 1 MiB).
 *
 * With `{ resume: true }` what a broken transfer to `dest` has left is gone on with.
 *
 * @param dest file name, relative, parts divided by `/`
 * @returns the `id` of its events
 * @throws TypeError, RangeError a bad argument
 */
export function http_get_file(url: string, dest: string, options?: HttpOptions): number {
  const what = 'http_get_file';
  const given = { ...read_options(options, what), response_file: text(dest, `${what}: dest`) };
  return submit({ what, url, method: 'GET', options: given });
}

/**
 * POSTs a text, which may be empty, as `application/x-www-form-urlencoded`; the answer comes as in {@link http_get}.
 *
 * @returns the `id` of its events
 * @throws TypeError, RangeError a bad argument
 */
export function http_post_string(url: string, string: string, options?: HttpOptions): number {
  const what = 'http_post_string';
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = text(string, `${what}: string`);
  return submit({ what, url, method: 'POST', headers, body, options });
}

/**
 * Any request.
 *
 * @param method GET, POST ...; upper case is not required
 * @param header_map a Map, a plain object or Headers; -1 for none. What may not be sent is left out, one by one. Nothing is
 *   added, no Content-Type either
 * @param body text, bytes, or a buffer. A buffer at position 0: no body is sent, and the **response** is written into the buffer
 *   from there on while it arrives; `result` is the number of bytes. A buffer at any other position, or one with
 *   `options.response_buffer`: its bytes from 0 up to its used size are sent, as they are at this moment
 * @param options `{ response_buffer }`: binary request and binary response together; more in {@link HttpOptions}
 * @returns the `id` of its events
 * @throws TypeError, RangeError a bad argument, or a body for GET or HEAD
 */
export function http_request(
  url: string,
  method: string,
  header_map?: HttpHeaderMap,
  body?: HttpBody,
  options?: HttpOptions,
): number {
  const what = 'http_request';
  return submit({ what, url, method: check_method(method), headers: header_map, body, options });
}

/**
 * Ends a request, waiting ones included: its last event comes with `error` `'aborted'`.
 *
 * @returns whether it was under way
 * @throws TypeError, RangeError not an id
 */
export function http_abort(id: number): boolean {
  const request = requests.get(integer(id, 'http_abort: id'));
  return request?.stop(new HttpError('aborted', 'aborted by http_abort')) ?? false;
}

/** What {@link http_set_request_crossorigin} has set. Default `'anonymous'`. */
export function http_get_request_crossorigin(): string {
  return crossorigin;
}

/**
 * Says, for requests from now on, what a page tells servers of other origins: `'anonymous'` (cookies to its own origin only),
 * `'use-credentials'` (cookies to all), `'omit'` (to none), `'same-origin'` (no requests to other origins). No effect in Node,
 * which keeps no cookies.
 *
 * @throws TypeError not a string; RangeError no such mode
 */
export function http_set_request_crossorigin(mode: string): void {
  const name = text(mode, 'http_set_request_crossorigin: mode');
  if (!Object.hasOwn(MODES, name)) {
    throw new RangeError(`http_set_request_crossorigin: there is no mode ${show(mode)}`);
  }
  crossorigin = name;
}

/** Milliseconds that a request waits for an answer. Default 60,000. */
export function http_get_connect_timeout(): number {
  return connect_timeout_ms;
}

/**
 * Sets, for requests from now on, how long each try waits until the headers of the response are there; an upload that goes on
 * starts the time anew (a page sees that only with `on_progress`; there the time does not count for longer uploads without it).
 *
 * @param ms in milliseconds; 0 and less count as 1
 * @throws TypeError not a number; RangeError fractional, or above 2,147,483,647
 */
export function http_set_connect_timeout(ms: number): void {
  const wanted = Math.max(1, integer(ms, 'http_set_connect_timeout: ms'));
  connect_timeout_ms = integer_in(wanted, 1, MAX_MS, 'http_set_connect_timeout: ms');
}
