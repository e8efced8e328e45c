// One exchange with a server over node:http and node:https. Not by Node's fetch: that may throw where nobody can catch it, takes
// cut compressed bodies for whole ones, and is slower (see ARCHITECTURE.md).
import * as http from 'node:http';
import * as https from 'node:https';
import { HttpError } from '../http-error.js';
import type { Incoming, Outgoing } from '../http-exchange.js';
import { agent_for } from './node-agents.js';
import { NodeBody } from './node-body.js';
import { accepted } from './node-decode.js';

/** How much of a body is handed to the socket at a time, and how finely progress is told. */
const PART_BYTES = 64 << 10;
/** May be sent again without harm when an idle connection turns out to be dead (RFC 9110 9.2.2). */
const IDEMPOTENT = ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'];

/** The headers that go out: the caller's, and what every client says. */
function headers_of({ headers, body }: Outgoing): Record<string, string> {
  // No prototype: `__proto__` is a name like others.
  const all: Record<string, string> = Object.create(null);
  all.accept = '*/*';
  all['user-agent'] = 'bytewire';
  // Part of a compressed body is of no use.
  all['accept-encoding'] = headers.has('range') ? 'identity' : accepted();
  for (const [name, value] of headers) {
    // Control characters pass Headers, but not node:http.
    if (!/[^\t\x20-\x7e\x80-\xff]/.test(value)) all[name] = value;
  }
  if (body !== undefined) all['content-length'] = String(body.length);
  return all;
}

function headers_from({ rawHeaders }: http.IncomingMessage): Headers {
  const headers = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    try {
      headers.append(rawHeaders[i], rawHeaders[i + 1]);
    } catch {
      // Nothing that Headers can say.
    }
  }
  return headers;
}

/** Hands the body to the socket as fast as that takes it. */
function send_body(request: http.ClientRequest, out: Outgoing): void {
  const { body } = out;
  if (body === undefined || body.length === 0) {
    request.end();
    return;
  }
  let at = 0;
  const more = () => {
    if (at === body.length) {
      request.end();
      return;
    }
    const part = body.subarray(at, at + PART_BYTES);
    request.write(part, (error) => {
      if (error || request.destroyed) return;
      at += part.length;
      out.sent(at);
      more();
    });
  };
  more();
}

/** Whether a response has a body, by its kind (RFC 9112 6.3). */
function has_body(method: string, status: number): boolean {
  return method !== 'HEAD' && status !== 204 && status !== 304;
}

/** Sends, and gives the response when its head is there. @throws what node:http says, HttpError */
export function node_exchange(out: Outgoing, reuse = true): Promise<Incoming> {
  return new Promise((resolve, reject) => {
    const { method, signal, limit } = out;
    signal.throwIfAborted();
    const url = new URL(out.url);
    const secure = url.protocol === 'https:';
    const request = (secure ? https : http).request(url, {
      method,
      headers: headers_of(out),
      agent: reuse ? agent_for(secure) : false,
    });
    // All of them: how long they may be together is bounded.
    request.maxHeadersCount = 0;
    let body: NodeBody | undefined;
    const fail = (error: unknown) => {
      body?.break_off(error);
      reject(error);
    };
    const abort = () => {
      request.destroy();
      body?.stop(signal.reason);
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    request.on('close', () => signal.removeEventListener('abort', abort));
    request.on('error', (error: NodeJS.ErrnoException) => {
      const stale = request.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code ?? '');
      if (stale && body === undefined && IDEMPOTENT.includes(method) && !signal.aborted) {
        // The server had closed the connection when it was still idle here.
        resolve(node_exchange(out, false));
      } else fail(error);
    });
    request.on('upgrade', (_, socket) => {
      socket.destroy();
      fail(new HttpError('protocol', 'the server wants to speak something else than HTTP'));
    });
    request.on('response', (response) => {
      const status = response.statusCode ?? 0;
      const headers = headers_from(response);
      body = new NodeBody(request, response, headers.get('content-encoding'), limit);
      const framing = headers.get('transfer-encoding') ?? 'identity';
      if (!/^(?:chunked|identity)$/i.test(framing)) {
        request.destroy();
        reject(new HttpError('protocol', `the body comes in an unknown form: ${framing}`));
      } else if (status < 200) {
        request.destroy();
        reject(new HttpError('protocol', `the server answers with status ${status}`));
      } else if (has_body(method, status)) {
        resolve({ status, headers, body });
      } else {
        body.cancel();
        resolve({ status, headers, body: null });
      }
    });
    send_body(request, out);
  });
}
