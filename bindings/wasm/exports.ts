// What the wasm module exports, typed by hand; a test holds it against the module itself.

/** Addresses, sizes and results are i32: make an unsigned result so with `>>> 0`. */
export interface Exports {
  /** Address of 64 bytes for a datum that wraps. */
  readonly SCRATCH: WebAssembly.Global;
  readonly memory: WebAssembly.Memory;
  /** Address of `size` bytes, aligned to `align` (a power of two, 1..1024), or 0 when memory is exhausted. Not cleared. */
  heap_alloc(size: number, align: number): number;
  /** Gives a block back. */
  heap_free(address: number): void;
  /** Address of the block with `size` bytes (moved if it must), the first `keep` bytes kept; 0 when exhausted, block intact. */
  heap_resize(address: number, keep: number, size: number, align: number): number;
  heap_live_blocks(): number;
  heap_live_bytes(): number;
  /** Bytes of linear memory that the heap spans. */
  heap_size(): number;
  /** 0, or the first block that breaks an invariant of the heap. */
  heap_check(): number;
  /** Writes a number; address just past it, or -1 (past `limit`) or -2 (no such type). */
  put(address: number, limit: number, type: number, value: number): number;
  /** Reads a number; NaN for no such type (check before). u64 is rounded to a double. */
  take(address: number, type: number): number;
  fill_zero(address: number, size: number): void;
  /** Repeats the first `step` bytes at `address` over `size` bytes. */
  fill_pattern(address: number, step: number, size: number): void;
  /** memmove. */
  move(to: number, from: number, size: number): void;
  /** Address of the first zero byte in [from, end), or `end`. */
  find_zero(from: number, end: number): number;
  /** Packet kernels: `desc` is the address of `fields` column descriptors (assembly/packet-columns.ts), `n` records. */
  packet_planar_write(desc: number, fields: number, n: number, to: number, scratch: number): number;
  packet_planar_check(
    desc: number,
    fields: number,
    n: number,
    from: number,
    scratch: number,
  ): number;
  packet_planar_read(desc: number, fields: number, n: number, from: number, scratch: number): void;
  packet_records_write(
    desc: number,
    fields: number,
    n: number,
    to: number,
    stride: number,
    scratch: number,
  ): void;
  packet_records_check(
    desc: number,
    fields: number,
    n: number,
    from: number,
    stride: number,
    scratch: number,
  ): number;
  packet_records_read(
    desc: number,
    fields: number,
    n: number,
    from: number,
    stride: number,
    scratch: number,
  ): void;
  packet_delta_masks(desc: number, fields: number, n: number, masks: number): number;
  packet_delta_write(desc: number, fields: number, n: number, masks: number, to: number): number;
  packet_delta_read(
    desc: number,
    fields: number,
    n: number,
    from: number,
    end: number,
    changed: number,
    apply: number,
  ): number;
  packet_difference_write(
    desc: number,
    fields: number,
    n: number,
    to: number,
    scratch: number,
  ): number;
  packet_difference_read(
    desc: number,
    fields: number,
    n: number,
    from: number,
    scratch: number,
    apply: number,
  ): number;
}
