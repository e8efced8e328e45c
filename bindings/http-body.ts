// The body of a request: its bytes as they are at the call, and the stream that tells how far they have gone.
import { lookup } from './buffer-table.js';
import { show } from './check.js';
import type { HttpBody } from './http-types.js';
import { u8 } from './wasm/memory.js';

/** How much is handed to the host at a time, where progress is told. */
const PART_BYTES = 64 << 10;

export interface RequestBody {
  /** undefined: none. An empty one is sent, too. */
  bytes: Uint8Array<ArrayBuffer> | undefined;
  /** The buffer that gets the response because it stood at position 0. */
  response_buffer: number | undefined;
}

/**
 * The caller's body as bytes of our own. `sends`: a buffer is sent also when it stands at position 0.
 * @throws TypeError not a body; RangeError no such buffer
 */
export function request_body(body: HttpBody, sends: boolean): RequestBody {
  const none = { bytes: undefined, response_buffer: undefined };
  if (body === undefined || body === null) return none;
  if (typeof body === 'string') return { ...none, bytes: new TextEncoder().encode(body) };
  if (typeof body === 'number') {
    const b = lookup(body);
    if (b.pos === b.ptr && !sends) return { bytes: undefined, response_buffer: body };
    return { ...none, bytes: u8.slice(b.ptr, b.used) };
  }
  if (ArrayBuffer.isView(body)) {
    const view = new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
    return { ...none, bytes: new Uint8Array(view) };
  }
  if (Object.prototype.toString.call(body) === '[object ArrayBuffer]') {
    return { ...none, bytes: new Uint8Array(body as ArrayBuffer).slice() };
  }
  throw new TypeError(
    `http_request: body must be a string, a buffer or a Uint8Array, got ${show(body)}`,
  );
}

/** The bytes as a stream that is read as fast as the connection takes them. */
export function told_stream(
  bytes: Uint8Array<ArrayBuffer>,
  sent: (bytes: number) => void,
): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream<Uint8Array>(
    {
      pull(stream) {
        sent(at);
        if (at >= bytes.length) {
          stream.close();
          return;
        }
        const part = bytes.slice(at, at + PART_BYTES);
        at += part.length;
        stream.enqueue(part);
      },
    },
    { highWaterMark: 0 },
  );
}
