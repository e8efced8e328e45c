// One exchange with a server: sends a request, follows redirects where the host does not, and gives the response's head.
import { host } from '#host';
import { HttpError } from './http-error.js';
import type { Admit, Incoming, Outgoing } from './http-exchange.js';
import { is_blocked_port } from './http-ports.js';

/** As in the Fetch standard. */
const MAX_REDIRECTS = 20;
const REDIRECTS = [301, 302, 303, 307, 308];
/** For one origin only. */
const CREDENTIALS = ['authorization', 'cookie', 'proxy-authorization'];
/** Describe a body that a redirect to GET leaves behind. */
const OF_BODY = ['content-encoding', 'content-language', 'content-location', 'content-type'];

/** An absolute URL that may be fetched here. @throws HttpError `bad_url`, `scheme` */
export function parse_url(text: string, base: string | undefined): URL {
  let url: URL;
  try {
    url = new URL(text, base);
  } catch {
    const hint =
      base === undefined && !/^[a-z]+:/i.test(text) ? ': only a page has relative URLs' : '';
    throw new HttpError('bad_url', `"${text}" is no URL${hint}`);
  }
  if (!host.http.schemes.includes(url.protocol)) {
    throw new HttpError('scheme', `${url.protocol} is not for http_*: http: and https: are`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new HttpError('bad_url', 'no user and password in a URL: send an Authorization header');
  }
  if (is_blocked_port(url)) {
    throw new HttpError('bad_url', `port ${url.port} is not for web servers`);
  }
  return url;
}

/** Where a redirect leads, or undefined when the response is none. @throws HttpError */
function redirect_target(response: Incoming, from: string): URL | undefined {
  if (!REDIRECTS.includes(response.status)) return undefined;
  const location = response.headers.get('location');
  if (location === null) return undefined;
  // Header bytes come as Latin-1; what is meant beyond ASCII is UTF-8 (Fetch 4.4, location URL).
  const bytes = Uint8Array.from(location, (letter) => letter.charCodeAt(0));
  return parse_url(new TextDecoder().decode(bytes), from);
}

/** The request that follows a redirect (Fetch 4.4): what is not for the next server is taken out. */
function redirected(out: Outgoing, status: number, from: URL, to: URL): Outgoing {
  const next = { ...out, headers: new Headers(out.headers) };
  const becomes_get =
    (status === 303 && !['GET', 'HEAD'].includes(out.method)) ||
    ((status === 301 || status === 302) && out.method === 'POST');
  if (becomes_get) {
    next.method = 'GET';
    next.body = undefined;
    for (const name of OF_BODY) next.headers.delete(name);
  }
  if (from.origin !== to.origin) for (const name of CREDENTIALS) next.headers.delete(name);
  return next;
}

/**
 * Sends, and gives the response when its headers are there. `admit` is asked before each server.
 * @throws HttpError, and what `admit` and the host say
 */
export async function send(outgoing: Outgoing, admit: Admit): Promise<Incoming> {
  let out = outgoing;
  let url = new URL(out.url);
  for (let hops = 0; ; hops++) {
    const wait = admit(url.href);
    if (wait !== undefined) await wait;
    const response = await host.http.exchange({ ...out, url: url.href });
    if (host.http.follows_redirects) return response;
    let to: URL | undefined;
    try {
      to = redirect_target(response, url.href);
      if (to !== undefined && hops === MAX_REDIRECTS) {
        throw new HttpError('redirect_loop', `more than ${MAX_REDIRECTS} redirects`);
      }
    } catch (error) {
      response.body?.cancel();
      throw error;
    }
    if (to === undefined) return response;
    response.body?.cancel();
    out = redirected(out, response.status, url, to);
    url = to;
  }
}
