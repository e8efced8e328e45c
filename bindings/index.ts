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
export * from './buffer-typed.js';
export * from './constants.js';
export { NetError, type NetErrorCode } from './errors.js';
export {
  type AsyncKind,
  async_on,
  async_pump,
  async_set_mode,
  type ErrorEvent,
  type NetworkingEvent,
} from './events.js';
export * from './network.js';
export type { Columns } from './packet/columns.js';
export { type EngineName, packet_set_engine } from './packet/engine.js';
export * from './packet/fields.js';
export {
  type ColumnOptions,
  type DeltaOptions,
  type Packet,
  type PacketOptions,
  packet,
  packet_link,
} from './packet/packet.js';
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
export { type InitOptions, init } from './wasm/load.js';
export { WebSocketClient, type WebSocketClientOptions } from './websocket-client.js';
