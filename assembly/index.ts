// What the wasm module exports. The SIMD and the plain build come from this one list.

export { base64_decode, base64_decode_wide, base64_encode } from './base64';
export {
  copy_stride,
  fill_bytes,
  fill_number,
  fill_pattern,
  fill_zero,
  find_zero,
  move,
} from './bulk';
export { adler32 } from './checksum/adler32';
export { crc32, crc32_batch } from './checksum/crc32';
export { put, take } from './codec';
export { deflate_bound, deflate_write_symbols } from './deflate/block';
export { deflate_entered, deflate_pending, deflate_piece, deflate_raw } from './deflate/compress';
export {
  deflate_dictionary_header,
  deflate_dictionary_prepare,
  dictionary_search,
} from './deflate/dictionary';
export { deflate_fast_step, deflate_pair_step } from './deflate/fast';
export { deflate_chain_block } from './deflate/matcher';
export {
  deflate_cheapest,
  deflate_collect,
  optimal_bytes,
  set_optimal_room,
} from './deflate/optimal';
export { deflate_collect_packet } from './deflate/packet';
export { SEQUENCES_BYTES, set_sequences } from './deflate/symbols';
export { clear_tables, tables_bytes } from './deflate/tables';
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
export {
  inflate_begin,
  inflate_once,
  inflate_restore,
  inflate_run,
  inflate_save,
} from './inflate/decompress';
export { INFLATE_STATE } from './inflate/state';
export { inflate_symbols } from './inflate/symbols';
export { SCRATCH, TEXT } from './layout';
export {
  packet_delta_masks,
  packet_delta_read,
  packet_delta_write,
} from './packet-delta';
export { packet_difference_read, packet_difference_write } from './packet-difference';
export {
  packet_planar_check,
  packet_planar_read,
  packet_planar_write,
} from './packet-planar';
export {
  packet_records_check,
  packet_records_read,
  packet_records_write,
} from './packet-records';
export { find_text_end, is_ascii, utf16_to_utf8 } from './utf8';
