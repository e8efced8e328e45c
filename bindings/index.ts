// The public names of the package.

export {
  buffer_create,
  buffer_delete,
  buffer_exists,
  buffer_get_address,
  buffer_get_alignment,
  buffer_get_size,
  buffer_get_type,
  buffer_get_used_size,
  buffer_resize,
  buffer_seek,
  buffer_set_used_size,
  buffer_sizeof,
  buffer_tell,
} from './buffer.js';
export {
  type BufferInput,
  type BufferValue,
  buffer_peek,
  buffer_poke,
  buffer_read,
  buffer_write,
} from './buffer-access.js';
export {
  buffer_copy,
  buffer_copy_stride,
  buffer_fill,
  buffer_from,
  buffer_to_bytes,
  buffer_view,
} from './buffer-bulk.js';
export {
  buffer_async_group_begin,
  buffer_async_group_end,
  buffer_async_group_option,
  buffer_load,
  buffer_load_async,
  buffer_load_ext,
  buffer_load_partial,
  buffer_save,
  buffer_save_async,
  buffer_save_ext,
} from './buffer-file.js';
export * from './buffer-typed.js';
export * from './constants.js';
export { NetError, type NetErrorCode } from './errors.js';
export {
  type AsyncKind,
  async_on,
  async_pump,
  async_set_mode,
  type ErrorEvent,
  type HttpEvent,
  type NetworkingEvent,
  type SaveLoadEvent,
} from './events.js';
export * from './http.js';
export { http_get_max_per_host, http_set_max_per_host } from './http-queue.js';
export type {
  HttpBody,
  HttpErrorCode,
  HttpHeaderMap,
  HttpOptions,
  RetryOptions,
} from './http-types.js';
export * from './network.js';
export { store_set_backend, store_set_root } from './store/files.js';
export { type InitOptions, init } from './wasm/load.js';
export { WebSocketClient, type WebSocketClientOptions } from './websocket-client.js';
