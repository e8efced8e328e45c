// One exchange of a page with a server: by fetch, or by XMLHttpRequest where somebody wants to know how far an upload has gone.
import type { Incoming, IncomingBody, Outgoing } from './http-exchange.js';
import { send_by_xhr } from './http-xhr.js';

/** The body of a fetch response. */
function stream_body(stream: ReadableStream<Uint8Array>): IncomingBody {
  return {
    async deliver(take) {
      const reader = stream.getReader();
      try {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return;
          await take(value);
        }
      } catch (error) {
        reader.cancel().catch(() => {});
        throw error;
      }
    },
    cancel() {
      stream.cancel().catch(() => {});
    },
  };
}

/** Whether it will be told how far a longer body has gone. */
export function page_tells_upload(out: Pick<Outgoing, 'wants_upload' | 'mode' | 'credentials'>) {
  // XMLHttpRequest knows neither requests to its own origin only nor such without any credentials.
  const plain = out.mode === 'cors' && out.credentials !== 'omit';
  return out.wants_upload && plain && typeof XMLHttpRequest !== 'undefined';
}

/** Sends, and gives the response when its head is there; redirects are followed on the way. @throws what the browser throws */
export async function page_exchange(out: Outgoing): Promise<Incoming> {
  if (page_tells_upload(out)) return send_by_xhr(out);
  const { url, method, headers, body, mode, credentials, signal } = out;
  const init = { method, headers, body, mode, credentials, signal };
  const response = await fetch(url, { ...init, redirect: 'follow' });
  const { body: stream } = response;
  return {
    status: response.status,
    headers: response.headers,
    body: stream && stream_body(stream),
  };
}
