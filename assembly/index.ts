// What the wasm module exports. The SIMD and the plain build come from this one list.

export { copy_stride, fill_pattern, fill_zero, find_zero, move } from './bulk';
export { put, take } from './codec';
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
export { SCRATCH } from './layout';
