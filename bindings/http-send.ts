// One exchange with a server: sends a request, follows redirects where the host does not, and gives the response's head.
import { host } from '#host';
import { told_stream } from './http-body.js';
import { HttpError } from './http-error.js';

/** As in the Fetch standard. */
const MAX_REDIRECTS = 20;
const REDIRECTS = [301, 302, 303, 307, 308];
/** For one origin only. */
const CREDENTIALS = ['authorization', 'cookie', 'proxy-authorization'];
/** Describe a body that a redirect to GET leaves behind. */
const OF_BODY = ['content-encoding', 'content-language', 'content-location', 'content-type'];

/** Longer bodies are sent in parts: one that still goes out is no server that does not answer. */
const TOLD_BYTES = 64 << 10;

export interface Outgoing {
  url: string;
  method: string;
  headers: Headers;
  body: Uint8Array<ArrayBuffer> | undefined;
  mode: RequestMode;
  credentials: RequestCredentials;
  signal: AbortSignal;
  /** Whether anybody wants to know how far the body has gone. */
  wants_upload: boolean;
  /** So many bytes of the body have gone. */
  sent(bytes: number): void;
}

/** The part of a Response that we need, so that XMLHttpRequest can give one, too. */
export interface Incoming {
  status: number;
  headers: Headers;
  body: ReadableStream<Uint8Array> | null;
}

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
  return url;
}

function send_once(out: Outgoing, url: string): Promise<Incoming> {
  const { method, body, mode, credentials, signal } = out;
  const headers = new Headers(out.headers);
  const init: RequestInit & { duplex?: 'half' } = { method, headers, signal };
  init.redirect = host.http.follows_redirects ? 'follow' : 'manual';
  // Elsewhere there is neither an origin nor a cookie.
  if (host.http.is_page) Object.assign(init, { mode, credentials });
  // Progress by reading the stream needs a host that sends a stream with a length; pages have another way.
  const told = out.wants_upload || (body?.length ?? 0) > TOLD_BYTES;
  if (body !== undefined && body.length > 0 && told && host.http.streams_uploads) {
    init.body = told_stream(body, out.sent);
    init.duplex = 'half';
    headers.set('content-length', String(body.length));
  } else if (body !== undefined) {
    init.body = body;
  }
  return fetch(url, init);
}

/** Where a redirect leads, or undefined when the response is none. @throws HttpError */
function redirect_target(response: Incoming, from: string): URL | undefined {
  if (!REDIRECTS.includes(response.status)) return undefined;
  const location = response.headers.get('location');
  if (location === null) return undefined;
  return parse_url(location, from);
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

type UploadWish = Pick<Outgoing, 'wants_upload' | 'mode' | 'credentials'>;

function by_xhr({ wants_upload, mode, credentials }: UploadWish): boolean {
  // XMLHttpRequest knows neither requests to its own origin only nor such without any credentials.
  const plain = mode === 'cors' && credentials !== 'omit';
  return wants_upload && plain && host.http.send_told !== undefined;
}

/** Whether it will be told how far a longer body has gone. */
export function tells_upload(wish: UploadWish): boolean {
  return host.http.streams_uploads || by_xhr(wish);
}

/** Sends, and gives the response when its headers are there. @throws HttpError, and whatever fetch rejects with */
export async function send(outgoing: Outgoing): Promise<Incoming> {
  if (by_xhr(outgoing) && host.http.send_told) return host.http.send_told(outgoing);
  let out = outgoing;
  let url = new URL(out.url);
  for (let hops = 0; ; hops++) {
    const response = await send_once(out, url.href);
    if (host.http.follows_redirects) return response;
    let to: URL | undefined;
    try {
      to = redirect_target(response, url.href);
      if (to !== undefined && hops === MAX_REDIRECTS) {
        throw new HttpError('redirect_loop', `more than ${MAX_REDIRECTS} redirects`);
      }
    } catch (error) {
      response.body?.cancel().catch(() => {});
      throw error;
    }
    if (to === undefined) return response;
    response.body?.cancel().catch(() => {});
    out = redirected(out, response.status, url, to);
    url = to;
  }
}
