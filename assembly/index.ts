// What the wasm module exports. The SIMD and the plain build come from this one list.

export { base64_decode, base64_encode } from './base64';
export { copy_stride, fill_number, fill_pattern, fill_zero, find_zero, move } from './bulk';
export { crc32, crc32_batch } from './checksum/crc32';
export { put, take } from './codec';
export { hash_batch } from './hash/lanes';
export { md5_hex } from './hash/md5';
export { sha1_hex } from './hash/sha1';
export { hash_append, hash_hex, hash_start } from './hash/stream';
export {
  heap_alloc,
  heap_alloc_zeroed,
  heap_check,
  heap_free,
  heap_live_blocks,
  heap_live_bytes,
  heap_resize,
  heap_size,
  heap_touched,
} from './heap';
export { SCRATCH, TEXT } from './layout';
