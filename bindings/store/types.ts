// What a place for files must be able to do; `node`, `opfs`, `indexeddb` and `memory` are the places.

/** A file opened for reading: what it was at that moment, also when it is replaced meanwhile (where the host can do that). */
export interface StoredFile {
  readonly size_bytes: number;
  /** Bytes from `offset`, at most `length`, at least one unless that is past the end. Good until the next read. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** A file being written. Nobody sees any of it before {@link commit}, which puts it in place whole. */
export interface FileWriter {
  /** The name under which its bytes can be read while they come, also when this program has died. Not every place has that. */
  readonly partial?: string;
  /** Appends. The bytes may be overwritten when the promise has resolved, not before. One call at a time. */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Replaces the file of that name, or makes it. After a crash there is the old one or the new one, never a part.
   * `as`: another name in the same folder.
   */
  commit(as?: string): Promise<void>;
  /** Forgets what was written; the old file stays. Harmless after a commit. */
  abort(): Promise<void>;
}

/** A {@link FileWriter} with bytes of an earlier one. */
export interface TakenWriter extends FileWriter {
  readonly size_bytes: number;
}

/** A place for files. Names have passed `check_name`. @throws NetError `store_failed`, `store_full`, `store_outside` */
export interface FileStore {
  /** undefined: there is no such file. */
  open(name: string): Promise<StoredFile | undefined>;
  /** `partial`: wants a {@link FileWriter.partial}. */
  create(name: string, partial?: boolean): Promise<FileWriter>;
  /** False: there was no such file. */
  remove(name: string): Promise<boolean>;
  /** Whether nobody writes a {@link FileWriter.partial} any more, as far as can be known. Where there are such. */
  abandoned?(partial: string): boolean;
  /**
   * The name that a partial has by now: {@link take_over} gives it another. undefined: it is gone. Where there are such.
   */
  present_name?(partial: string): Promise<string | undefined>;
  /**
   * A writer that goes on in an abandoned partial, which gets a name of its own: of several that want it one has it. undefined: it
   * is gone, or not a file.
   */
  take_over?(name: string, partial: string): Promise<TakenWriter | undefined>;
}

/** Where files are kept: see `store_set_backend`. */
export type StoreBackend = 'default' | 'memory' | 'opfs' | 'indexeddb';
