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
  buffer_compress,
  buffer_compress_into,
  buffer_decompress,
  buffer_decompress_into,
  buffer_last_consumed,
} from './buffer-compress.js';
export { type BufferError, buffer_last_error } from './buffer-error.js';
export * from './buffer-typed.js';
export type { CompressOptions, DecompressOptions } from './compress-options.js';
export * from './constants.js';
export { deflate_dictionary_create, deflate_dictionary_delete } from './deflate-dictionary.js';
export {
  deflate_create,
  deflate_delete,
  deflate_finish,
  deflate_flush,
  deflate_push,
} from './deflate-stream.js';
export { NetError, type NetErrorCode } from './errors.js';
export { inflate_create, inflate_delete, inflate_ended, inflate_push } from './inflate-stream.js';
export { type InitOptions, init } from './wasm/load.js';
