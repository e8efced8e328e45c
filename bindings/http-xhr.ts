// Sends a body by XMLHttpRequest, which alone tells a page how far an upload has gone. The response comes in one piece.
import { HttpError } from './http-error.js';
import type { Incoming, IncomingBody, Outgoing, Take } from './http-exchange.js';

function response_headers(xhr: XMLHttpRequest): Headers {
  const headers = new Headers();
  for (const line of xhr.getAllResponseHeaders().split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return headers;
}

/** The body, which comes when all of it is there; until then the taker hears, by empty pieces, that more has come. */
class XhrBody implements IncomingBody {
  readonly #xhr: XMLHttpRequest;
  #settle: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  #take: Take | undefined;
  #ended = false;
  #error: unknown;
  #work: Promise<void> = Promise.resolve();

  constructor(xhr: XMLHttpRequest) {
    this.#xhr = xhr;
  }

  deliver(take: Take): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#take = take;
      this.#settle = { resolve, reject };
      if (this.#ended) this.#finish();
    });
  }

  cancel(): void {
    this.#xhr.abort();
  }

  more(): void {
    this.#hand_on(new Uint8Array(0));
  }

  /** No more comes. `error`: and that was not all. */
  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#finish();
  }

  #finish(): void {
    if (this.#settle === undefined) return;
    const { resolve, reject } = this.#settle;
    const error = this.#error;
    if (error === undefined) this.#hand_on(new Uint8Array(this.#xhr.response as ArrayBuffer));
    this.#work.then(() => (error === undefined ? resolve() : reject(error)), reject);
  }

  #hand_on(piece: Uint8Array): void {
    const take = this.#take;
    if (take === undefined) return;
    this.#work = this.#work.then(() => take(piece));
    // Whoever waits for the end is told.
    this.#work.catch(() => this.#xhr.abort());
  }
}

/** As fetch would, with `out.sent` called on the way. */
export function send_by_xhr(out: Outgoing): Promise<Incoming> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open(out.method, out.url);
    xhr.responseType = 'arraybuffer';
    xhr.withCredentials = out.credentials === 'include';
    for (const [name, value] of out.headers) xhr.setRequestHeader(name, value);
    let body: XhrBody | undefined;
    xhr.upload.onprogress = ({ loaded }) => out.sent(loaded);
    xhr.onreadystatechange = () => {
      if (xhr.readyState !== XMLHttpRequest.HEADERS_RECEIVED) return;
      body = new XhrBody(xhr);
      resolve({ status: xhr.status, headers: response_headers(xhr), body });
    };
    const fail = (error: HttpError) => {
      body?.end(error);
      reject(error);
    };
    xhr.onprogress = ({ loaded }) => {
      if (loaded <= out.limit) return body?.more();
      fail(new HttpError('too_large', `the body is longer than ${out.limit} bytes`));
      xhr.abort();
    };
    xhr.onerror = () => {
      const cut = body !== undefined;
      fail(new HttpError(cut ? 'truncated' : 'network', 'the request failed'));
    };
    xhr.onabort = () => fail(new HttpError('aborted', 'aborted'));
    xhr.onload = () => body?.end();
    out.signal.addEventListener('abort', () => xhr.abort(), { once: true });
    xhr.send(out.body);
  });
}
