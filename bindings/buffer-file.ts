// Buffers and files: save and load, whole or in part, as promises or as save_load events, alone or in groups.
import { set_size } from './buffer-room.js';
import { BufferSink } from './buffer-stream.js';
import { close, lookup, open } from './buffer-table.js';
import { integer, show, text } from './check.js';
import { buffer_grow, buffer_wrap } from './constants.js';
import { NetError } from './errors.js';
import { emit, type SaveLoadEvent } from './events.js';
import { save_file, with_file } from './store/files.js';
import { check_name } from './store/name.js';
import type { StoredFile } from './store/types.js';
import { u8 } from './wasm/memory.js';

/** Read at once: the memory that a load takes beside the buffer. */
const READ_BYTES = 1 << 20;

/** A copy of a range, clamped to the buffer: what happens to the buffer afterwards changes no file. */
function snapshot(buffer: number, offset: number, size: number, what: string): Uint8Array {
  const b = lookup(buffer);
  const total = b.end - b.ptr;
  const from = Math.min(Math.max(integer(offset, `${what}: offset`), 0), total);
  const wanted = integer(size, `${what}: size`);
  const n = wanted < 0 ? total - from : Math.min(wanted, total - from);
  return u8.slice(b.ptr + from, b.ptr + from + n);
}

/** Reads [from, from + length) of a file into a sink, until either is at its end. */
async function pour(
  file: StoredFile,
  from: number,
  length: number,
  sink: BufferSink,
): Promise<number> {
  const end = Math.min(file.size_bytes, from + length);
  for (let at = from; at < end; ) {
    const bytes = await file.read(at, Math.min(READ_BYTES, end - at));
    if (bytes.length === 0) break;
    if (sink.write(bytes) < bytes.length) break;
    at += bytes.length;
  }
  return sink.written_bytes;
}

/**
 * Stores a whole buffer (its allocated size, not only the used part) as a file, in place of an older one. After a crash there
 * is the old file or the new one. The bytes are those of this moment: the buffer may be changed or deleted at once.
 *
 * @param filename relative, parts divided by `/`; folders are made. See `store_set_root` for where
 * @returns a promise that resolves when the file is stored
 * @throws (rejects) TypeError, RangeError a bad argument; NetError `store_full`, `store_failed`, `store_outside`
 */
export async function buffer_save(buffer: number, filename: string): Promise<void> {
  const name = check_name(filename, 'buffer_save: filename');
  await save_file(name, snapshot(buffer, 0, -1, 'buffer_save'));
}

/**
 * Stores part of a buffer as a file, as {@link buffer_save} does.
 *
 * @param offset in bytes, clamped to the buffer
 * @param size in bytes, clamped to the buffer; below 0: up to its end
 * @throws (rejects) as {@link buffer_save}
 */
export async function buffer_save_ext(
  buffer: number,
  filename: string,
  offset: number,
  size: number,
): Promise<void> {
  const name = check_name(filename, 'buffer_save_ext: filename');
  await save_file(name, snapshot(buffer, offset, size, 'buffer_save_ext'));
}

/**
 * A file as a new buffer: grow, alignment 1, position 0, size and used size those of the file.
 *
 * @returns a promise of its handle, or of -1 when there is no such file
 * @throws (rejects) TypeError, RangeError a bad name, or memory is exhausted; NetError `store_failed`, `store_outside`
 */
export async function buffer_load(filename: string): Promise<number> {
  const name = check_name(filename, 'buffer_load: filename');
  return with_file(name, async (file) => {
    if (file === undefined) return -1;
    const b = open(file.size_bytes, buffer_grow, 1);
    try {
      const read = await pour(file, 0, file.size_bytes, new BufferSink(b.id, 0));
      if (read < file.size_bytes) {
        throw new NetError('store_failed', `file "${name}" ended early`);
      }
      return b.id;
    } catch (error) {
      close(b);
      throw error;
    }
  });
}

interface LoadRange {
  buffer: number;
  src_offset: number;
  /** Below 0: all. */
  src_len: number;
  dest_offset: number;
  /** Any kind is made long enough. */
  grows_all: boolean;
}

/** Loads into a buffer that is there; gives the bytes loaded, or -1 when there is no such file. */
function load_range(name: string, range: LoadRange): Promise<number> {
  return with_file(name, async (file) => {
    if (file === undefined) return -1;
    const { buffer, src_offset, src_len, dest_offset, grows_all } = range;
    const b = lookup(buffer);
    const rest = file.size_bytes - src_offset;
    const n = src_len < 0 ? rest : Math.min(src_len, rest);
    const outside = dest_offset < 0 && b.kind !== buffer_wrap;
    if (src_offset < 0 || n <= 0 || outside) return 0;
    const may_grow = grows_all || b.kind === buffer_grow;
    if (may_grow && dest_offset + n > b.end - b.ptr) set_size(b, dest_offset + n);
    return pour(file, src_offset, n, new BufferSink(buffer, dest_offset));
  });
}

/**
 * Loads a file into a buffer at an offset. A grow buffer is resized to exactly `offset` plus the file when it is shorter; a
 * wrap buffer goes on at byte 0; others take what fits. The position stays.
 *
 * @param offset in bytes; below 0 nothing is loaded (wrap: modulo the size)
 * @returns a promise of the bytes loaded, or of -1 when there is no such file
 * @throws (rejects) TypeError, RangeError a bad argument, the buffer is deleted meanwhile, or memory is exhausted; NetError
 *   `store_failed`, `store_outside`
 */
export async function buffer_load_ext(
  buffer: number,
  filename: string,
  offset: number,
): Promise<number> {
  const name = check_name(filename, 'buffer_load_ext: filename');
  lookup(buffer);
  const dest_offset = integer(offset, 'buffer_load_ext: offset');
  return load_range(name, { buffer, src_offset: 0, src_len: -1, dest_offset, grows_all: false });
}

/**
 * Loads part of a file into a buffer at an offset, by the rules of {@link buffer_load_ext}. The part is clamped to the file;
 * an offset past its end loads nothing.
 *
 * @param src_offset first byte of the file
 * @param src_len in bytes; below 0: up to the end of the file
 * @param dest_offset in bytes
 * @returns a promise of the bytes loaded, or of -1 when there is no such file
 * @throws (rejects) as {@link buffer_load_ext}
 */
export async function buffer_load_partial(
  buffer: number,
  filename: string,
  src_offset: number,
  src_len: number,
  dest_offset: number,
): Promise<number> {
  const name = check_name(filename, 'buffer_load_partial: filename');
  lookup(buffer);
  return load_range(name, {
    buffer,
    src_offset: integer(src_offset, 'buffer_load_partial: src_offset'),
    src_len: integer(src_len, 'buffer_load_partial: src_len'),
    dest_offset: integer(dest_offset, 'buffer_load_partial: dest_offset'),
    grows_all: false,
  });
}

interface Group {
  id: number;
  name: string;
  work: (() => Promise<void>)[];
}

let next_id = 0;
let group: Group | undefined;

/** Why a file operation failed, as a word. */
function word_of(error: unknown): string {
  if (error instanceof NetError) return error.code;
  return error instanceof RangeError && /out of memory/.test(error.message)
    ? 'out_of_memory'
    : 'buffer_deleted';
}

function report(id: number, filename: string, work: Promise<unknown>): void {
  const tell = (event: SaveLoadEvent) => emit('save_load', event);
  work.then(
    () => tell({ id, status: true, filename }),
    (error: Error) =>
      tell({ id, status: false, filename, error: word_of(error), message: error.message }),
  );
}

/** Starts work now, or in the open group when that ends; gives the id of its event. */
function submit(filename: string, work: () => Promise<void>): number {
  if (group !== undefined) {
    group.work.push(work);
    return group.id;
  }
  const id = next_id++;
  report(id, filename, work());
  return id;
}

/** The group's name is the folder of its files. */
function grouped_name(filename: string, what: string): string {
  const name = check_name(filename, what);
  return group === undefined || group.name === '' ? name : `${group.name}/${name}`;
}

/**
 * Stores part of a buffer as a file; the result comes as a `save_load` event. The bytes are those of this moment: the buffer
 * may be deleted at once.
 *
 * @param offset in bytes, clamped to the buffer
 * @param size in bytes, clamped to the buffer; below 0: up to its end
 * @returns the `id` of the event; in a group, that of the group
 * @throws TypeError, RangeError a bad argument, or the buffer was deleted
 */
export function buffer_save_async(
  buffer: number,
  filename: string,
  offset: number,
  size: number,
): number {
  const name = grouped_name(filename, 'buffer_save_async: filename');
  const bytes = snapshot(buffer, offset, size, 'buffer_save_async');
  return submit(filename, () => save_file(name, bytes));
}

/**
 * Loads a file into a buffer; the result comes as a `save_load` event, `status` false when there is no such file.
 *
 * @param offset where in the buffer, in bytes
 * @param size how much of the file, in bytes; -1: all of it, and the buffer is made long enough whatever its kind
 * @returns the `id` of the event; in a group, that of the group
 * @throws TypeError, RangeError a bad argument, or the buffer was deleted
 */
export function buffer_load_async(
  buffer: number,
  filename: string,
  offset: number,
  size: number,
): number {
  const name = grouped_name(filename, 'buffer_load_async: filename');
  lookup(buffer);
  const dest_offset = integer(offset, 'buffer_load_async: offset');
  const src_len = integer(size, 'buffer_load_async: size');
  const range = { buffer, src_offset: 0, src_len, dest_offset, grows_all: src_len < 0 };
  return submit(filename, async () => {
    if ((await load_range(name, range)) < 0) {
      throw new NetError('not_found', `there is no file "${name}"`);
    }
  });
}

/**
 * Begins a group: {@link buffer_save_async} and {@link buffer_load_async} wait for {@link buffer_async_group_end}, and one event
 * tells of all of them.
 *
 * @param groupname the folder of the group's files: load `save.bin` of group `slot1` later as `slot1/save.bin`. '' for none
 * @throws TypeError, RangeError a bad name, or a group is open already
 */
export function buffer_async_group_begin(groupname: string): void {
  if (group !== undefined) {
    throw new RangeError(`buffer_async_group_begin: the group ${show(group.name)} is still open`);
  }
  if (text(groupname, 'buffer_async_group_begin: groupname') !== '') {
    check_name(groupname, 'buffer_async_group_begin: groupname');
  }
  group = { id: next_id++, name: groupname, work: [] };
}

/**
 * Takes GameMaker's options of a group (dialogs and slots of consoles); they mean nothing here.
 *
 * @throws TypeError the option's name is not a string; RangeError no group is open
 */
export function buffer_async_group_option(option: string, _value: string | number | boolean): void {
  text(option, 'buffer_async_group_option: option');
  if (group === undefined) throw new RangeError('buffer_async_group_option: no group is open');
}

/**
 * Ends the group and starts its work. One `save_load` event follows, `filename` the group's name, `status` true when all of it
 * worked.
 *
 * @returns the `id` of the event
 * @throws RangeError no group is open
 */
export function buffer_async_group_end(): number {
  if (group === undefined) throw new RangeError('buffer_async_group_end: no group is open');
  const { id, name, work } = group;
  group = undefined;
  const all = Promise.allSettled(work.map((start) => start())).then((results) => {
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  });
  report(id, name, all);
  return id;
}
