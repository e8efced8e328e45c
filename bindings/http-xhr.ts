// Sends a body by XMLHttpRequest, which alone tells a page how far an upload has gone. The response comes in one piece.
import { HttpError } from './http-error.js';
import type { Incoming, Outgoing, Take } from './http-exchange.js';

function response_headers(xhr: XMLHttpRequest): Headers {
  const headers = new Headers();
  for (const line of xhr.getAllResponseHeaders().split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return headers;
}

/** As fetch would, with `out.sent` called on the way. */
export function send_by_xhr(out: Outgoing): Promise<Incoming> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open(out.method, out.url);
    xhr.responseType = 'arraybuffer';
    xhr.withCredentials = out.credentials === 'include';
    for (const [name, value] of out.headers) xhr.setRequestHeader(name, value);
    xhr.upload.onprogress = ({ loaded }) => out.sent(loaded);
    xhr.onerror = () => reject(new HttpError('network', 'the request failed'));
    xhr.onabort = () => reject(new HttpError('aborted', 'aborted'));
    xhr.onload = () => {
      const bytes = new Uint8Array(xhr.response as ArrayBuffer);
      const body = {
        async deliver(take: Take) {
          if (bytes.length > 0) await take(bytes);
        },
        cancel() {},
      };
      resolve({ status: xhr.status, headers: response_headers(xhr), body });
    };
    out.signal.addEventListener('abort', () => xhr.abort(), { once: true });
    xhr.send(out.body);
  });
}
