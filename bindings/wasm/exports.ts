// What the wasm module exports, typed by hand; a test holds it against the module itself.

/** Addresses, sizes and results are i32: make an unsigned result so with `>>> 0`. */
export interface Exports {
  /** Address of 64 bytes for a datum that wraps. */
  readonly SCRATCH: WebAssembly.Global;
  /** Address of 0x1700 bytes for short texts on their way in and out. */
  readonly TEXT: WebAssembly.Global;
  readonly memory: WebAssembly.Memory;
  /** Address of `size` bytes, aligned to `align` (a power of two, 1..1024), or 0 when memory is exhausted. Not cleared. */
  heap_alloc(size: number, align: number): number;
  /** The same, every byte zero. */
  heap_alloc_zeroed(size: number, align: number): number;
  /** Says that free memory below `end` was written to. */
  heap_touched(end: number): void;
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
  /** Repeats the low byte of `value` over `size` bytes. */
  fill_bytes(address: number, value: number, size: number): void;
  /** Repeats a number over `size` bytes, a partial tail zero; 0 when not even one fits. */
  fill_number(address: number, size: number, type: number, value: number): number;
  /** Repeats the first `step` bytes at `address` over `size` bytes. */
  fill_pattern(address: number, step: number, size: number): void;
  /** Copies items in order, each so many bytes behind the one before (negative: before it). */
  copy_stride(
    to: number,
    to_step: number,
    from: number,
    from_step: number,
    size: number,
    count: number,
  ): void;
  /** memmove. */
  move(to: number, from: number, size: number): void;
  /** Address of the first zero byte in [from, end), or `end`. */
  find_zero(from: number, end: number): number;
  /** The same; its complement (below 0) when a byte before it is not ASCII. */
  find_text_end(from: number, end: number): number;
  /** 1 when all of the `n` bytes are ASCII. */
  is_ascii(address: number, n: number): number;
  /**
   * `n` UTF-16 units at an even address as UTF-8 at `to`: the address behind it. Reads 2 bytes before the units, writes 32 behind
   * them.
   */
  utf16_to_utf8(address: number, n: number, to: number): number;
  /** CRC-32 of `n` bytes that follow bytes whose CRC-32 is `before` (0: none). */
  crc32(address: number, n: number, before: number): number;
  /** A column of u32 CRC-32s at `result`, of ranges given by columns of u32 offsets and sizes, cut at the ends of `total`. */
  crc32_batch(
    base: number,
    total: number,
    offsets: number,
    sizes: number,
    count: number,
    result: number,
  ): void;
  /** The MD5 of `n` bytes: address of its 32 hex digits, valid until the next call. */
  md5_hex(address: number, n: number): number;
  /** The SHA-1 of `n` bytes: address of its 40 hex digits, valid until the next call. */
  sha1_hex(address: number, n: number): number;
  /** As `crc32_batch`, for 16 bytes of MD5 (kind 1) or 20 of SHA-1 (kind 2). */
  hash_batch(
    kind: number,
    base: number,
    total: number,
    offsets: number,
    sizes: number,
    count: number,
    result: number,
  ): void;
  /** Makes 96 bytes at `state` the state of an empty message; kind 1 MD5, 2 SHA-1. */
  hash_start(kind: number, state: number): void;
  hash_append(kind: number, state: number, address: number, n: number): void;
  /** Address of the hex digits of the message so far; the state stays. */
  hash_hex(kind: number, state: number): number;
  /** Padded text of `n` bytes at `to`, its length. `url` 1: the URL alphabet. Writes up to 15 bytes past it. */
  base64_encode(address: number, n: number, to: number, url: number): number;
  /** Bytes of `n` characters at `to`, their number, or -1 - position of the first wrong one. Writes up to 16 bytes past them, and may rewrite the text. */
  base64_decode(address: number, n: number, to: number): number;
  /** The same for UTF-16, which may be overwritten. */
  base64_decode_wide(address: number, n: number, to: number): number;
  /** Adler-32 of `n` bytes, going on from `adler` (1 at the start). */
  adler32(address: number, n: number, adler: number): number;
  /** Bytes that the list of matches takes. */
  readonly SEQUENCES_BYTES: WebAssembly.Global;
  /** Hands the compressor a block for the list of matches. */
  set_sequences(address: number): void;
  /** Bytes of a set of hash tables with 2^bits heads: of trees (levels 10 to 12, 1) or chains (0). */
  tables_bytes(trees: number, bits: number): number;
  clear_tables(tables: number, bytes: number): void;
  /** Most bytes that any level makes of `n`, with what writing needs beyond. */
  deflate_bound(n: number): number;
  /** Compresses to a whole raw stream at `dst`; its bytes. `dictionary`: a prepared one right before `src`, or 0. */
  deflate_raw(
    tables: number,
    tables_bytes: number,
    src: number,
    n: number,
    dst: number,
    level: number,
    dictionary: number,
  ): number;
  /** Compresses the next piece of a stream; bytes written. `pending` from deflate_pending, `ending` 0, 1 (sync), 2 (end). */
  deflate_piece(
    tables: number,
    bits: number,
    entered: number,
    src: number,
    end: number,
    base: number,
    dst: number,
    level: number,
    pending: number,
    ending: number,
  ): number;
  /** Bits left over by the last piece: value << 3 | count. */
  deflate_pending(): number;
  /** Up to which address history is in the tables after a piece. */
  deflate_entered(entered: number, end: number): number;
  /** Bytes of a prepared dictionary in front of its own bytes. */
  deflate_dictionary_header(length: number): number;
  deflate_dictionary_prepare(dictionary: number, length: number): void;
  /** Bytes of working space for levels 10 to 12, and where it is. */
  optimal_bytes(): number;
  set_optimal_room(address: number): void;
  /** Inner loops, called from inside. */
  deflate_collect(...args: number[]): number;
  deflate_collect_packet(...args: number[]): void;
  deflate_cheapest(...args: number[]): void;
  deflate_fast_step(...args: number[]): number;
  deflate_pair_step(...args: number[]): number;
  deflate_chain_block(...args: number[]): number;
  deflate_write_symbols(...args: number[]): void;
  dictionary_search(...args: number[]): number;
  inflate_symbols(...args: (number | bigint)[]): number;
  /** Where the decoder keeps its state: u32 next source byte (or where the error is), u32 next output byte. */
  readonly INFLATE_STATE: WebAssembly.Global;
  inflate_begin(source: number, output: number): void;
  /** Begins and runs, for a whole source: the same results. */
  inflate_once(source: number, ip_end: number, output: number, op_limit: number): number;
  /** Decodes: 0 done, -1 wants input (`more`), -2 wants room, below that the data is bad. */
  inflate_run(history: number, op_limit: number, ip_end: number, more: number): number;
  /** Puts the state of a stream away (384 bytes). */
  inflate_save(to: number): void;
  inflate_restore(from: number, source: number, output: number): void;
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
  /** `plan`: `steps` steps as assembly/packet-records.ts describes them. */
  packet_records_write(plan: number, steps: number, n: number, to: number, stride: number): void;
  packet_records_check(
    desc: number,
    fields: number,
    n: number,
    from: number,
    stride: number,
    scratch: number,
  ): number;
  packet_records_read(plan: number, steps: number, n: number, from: number, stride: number): void;
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
