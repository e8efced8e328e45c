// What the wasm module exports. The SIMD and the plain build come from this one list.

export { fill_pattern, fill_zero, find_zero, move } from './bulk';
export { put, take } from './codec';
export {
  heap_alloc,
  heap_check,
  heap_free,
  heap_live_blocks,
  heap_live_bytes,
  heap_resize,
  heap_size,
} from './heap';
export { SCRATCH } from './layout';
export {
  packet_delta_masks,
  packet_delta_read,
  packet_delta_write,
  packet_difference_read,
  packet_difference_write,
} from './packet-delta';
export {
  packet_planar_check,
  packet_planar_read,
  packet_planar_write,
  packet_records_check,
  packet_records_read,
  packet_records_write,
} from './packet-records';
