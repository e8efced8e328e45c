// Request headers from whatever map the caller has; what may not be sent is left out, one by one.
import { host } from '#host';
import { show } from './check.js';
import type { HttpHeaderMap } from './http-types.js';

/** They frame the message or steer the connection: for no program to say, on any host. */
const FRAMING = [
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Forbidden in pages beyond those (Fetch 2.2.2). The browser would drop them too, but not silently. */
const PAGE =
  /^(?:accept-charset|accept-encoding|access-control-request-(?:headers|method|private-network)|cookie2?|date|dnt|origin|referer|set-cookie|via|proxy-.*|sec-.*)$/;

function entries(map: HttpHeaderMap): Iterable<[unknown, unknown]> {
  if (map === undefined || map === null) return [];
  // GameMaker passes an invalid handle for "none".
  if (typeof map === 'number' && map < 0) return [];
  if (typeof map === 'object') {
    if (map instanceof Map || map instanceof Headers) return map.entries();
    const shape = Object.getPrototypeOf(map);
    if (shape === null || shape.constructor?.name === 'Object') return Object.entries(map);
  }
  throw new TypeError(
    `http_request: header_map must be a Map, a plain object or Headers, got ${show(map)}`,
  );
}

/** The headers that can be sent. @throws TypeError it is no map of headers */
export function request_headers(map: HttpHeaderMap): Headers {
  const headers = new Headers();
  for (const [key, value] of entries(map)) {
    const given = String(key);
    const name = given.toLowerCase();
    if (value === undefined || value === null || FRAMING.includes(name)) continue;
    if (typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol') {
      throw new TypeError(`http_request: header ${show(key)} must be text, got ${show(value)}`);
    }
    if (host.http.is_page && PAGE.test(name)) continue;
    try {
      headers.append(given, String(value));
    } catch {
      // Not a header name, or a value with a line break: the others still go.
    }
  }
  return headers;
}
