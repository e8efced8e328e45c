// The body of a request: its bytes as they are at the call. A copy: memory may grow, and the buffer may be used again, before
// the last of it has gone.
import { lookup } from './buffer-table.js';
import { is_array_buffer, show } from './check.js';
import type { HttpBody } from './http-types.js';
import { u8 } from './wasm/memory.js';

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
  if (is_array_buffer(body)) return { ...none, bytes: new Uint8Array(body).slice() };
  throw new TypeError(
    `http_request: body must be a string, a buffer or a Uint8Array, got ${show(body)}`,
  );
}
