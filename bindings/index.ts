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
  type Base64Options,
  buffer_base64_decode,
  buffer_base64_decode_ext,
  buffer_base64_encode,
} from './buffer-base64.js';
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
export {
  buffer_crc32,
  buffer_crc32_batch,
  buffer_md5,
  buffer_md5_batch,
  buffer_sha1,
  buffer_sha1_batch,
} from './buffer-digest.js';
export { type BufferError, buffer_last_error } from './buffer-error.js';
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
export {
  type HashKind,
  hash_clone,
  hash_create,
  hash_delete,
  hash_digest,
  hash_update,
} from './hash-stream.js';
export * from './http.js';
export { http_get_max_per_host, http_set_max_per_host } from './http-queue.js';
export type {
  HttpBody,
  HttpErrorCode,
  HttpHeaderMap,
  HttpOptions,
  RetryOptions,
} from './http-types.js';
export { inflate_create, inflate_delete, inflate_ended, inflate_push } from './inflate-stream.js';
export * from './network.js';
export { network_send_value } from './network-send-value.js';
export type { Columns } from './packet/column-set.js';
export { type EngineName, packet_set_engine } from './packet/engine.js';
export * from './packet/fields.js';
export type { ColumnOptions, DeltaOptions, Packet, PacketOptions } from './packet/interface.js';
export { packet, packet_link } from './packet/packet.js';
export {
  SnapshotClient,
  type SnapshotOptions,
  type SnapshotPair,
  SnapshotReceiver,
  type SnapshotReceiverOptions,
  SnapshotSender,
} from './packet/snapshot.js';
export {
  type Cols,
  type Field,
  type Infer,
  type Obj,
  type OptionalField,
  type Overlay,
  type Schema,
  Status,
  type Vector,
} from './packet/types.js';
export { type Members, type Message, type Union, union } from './packet/union.js';
export type { View } from './packet/view.js';
export { store_set_backend, store_set_root } from './store/files.js';
export { type InitOptions, init } from './wasm/load.js';
export { WebRTCClient, type WebRTCClientOptions } from './webrtc-client.js';
export { WebSocketClient, type WebSocketClientOptions } from './websocket-client.js';
