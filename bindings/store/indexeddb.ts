// Files in IndexedDB, in pieces of a mebibyte: for browsers whose origin-private file system is missing or refuses to work.
import { NetError } from '../errors.js';
import { browser_failure } from './failure.js';
import type { FileStore, FileWriter, StoredFile } from './types.js';

/** What is kept of a file beside its pieces. */
interface FileRow {
  id: string;
  size_bytes: number;
}

const PIECE_BYTES = 1 << 20;
/** A writer this old is that of a page that has died. */
const STALE_MS = 24 * 60 * 60 * 1000;

const database_name = (root: string) => `bytewire/${root}`;

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
    transaction.onerror = () => reject(transaction.error);
  });
}

function open_database(root: string): Promise<IDBDatabase> {
  if (typeof indexedDB === 'undefined') {
    throw new NetError(
      'unsupported',
      "this host keeps no files; store_set_backend('memory') does for a session",
    );
  }
  const request = indexedDB.open(database_name(root), 1);
  request.onupgradeneeded = () => {
    const database = request.result;
    database.createObjectStore('files');
    database.createObjectStore('pieces');
    database.createObjectStore('writers');
  };
  return result(request);
}

/** Whether files were ever kept here. Makes no database. */
export function has_indexeddb_files(root: string): Promise<boolean> {
  if (typeof indexedDB === 'undefined') return Promise.resolve(false);
  return new Promise((resolve) => {
    const request = indexedDB.open(database_name(root));
    let made = false;
    request.onupgradeneeded = () => {
      made = true;
      request.transaction?.abort();
    };
    request.onsuccess = () => {
      request.result.close();
      resolve(!made);
    };
    request.onerror = () => resolve(false);
    request.onblocked = () => resolve(false);
  });
}

const pieces_of = (id: string) => IDBKeyRange.bound([id, 0], [id, Number.MAX_SAFE_INTEGER]);

/** Removes what writers of dead pages have left. */
async function sweep(database: IDBDatabase): Promise<void> {
  const transaction = database.transaction(['writers', 'pieces'], 'readwrite');
  const writers = transaction.objectStore('writers');
  const ids = await result(writers.getAllKeys());
  const times = await result(writers.getAll());
  ids.forEach((id, i) => {
    if (Date.now() - times[i] < STALE_MS) return;
    transaction.objectStore('pieces').delete(pieces_of(String(id)));
    writers.delete(id);
  });
  await finished(transaction);
}

function new_writer(database: IDBDatabase, name: string): FileWriter {
  const id = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
  const piece = new Uint8Array(PIECE_BYTES);
  let filled = 0;
  let written_pieces = 0;
  let size_bytes = 0;
  let ended = false;

  const flush = async () => {
    const transaction = database.transaction(['pieces', 'writers'], 'readwrite');
    if (written_pieces === 0) transaction.objectStore('writers').put(Date.now(), id);
    transaction.objectStore('pieces').put(piece.slice(0, filled).buffer, [id, written_pieces]);
    await finished(transaction);
    written_pieces++;
    filled = 0;
  };
  return {
    async write(bytes) {
      try {
        for (let done = 0; done < bytes.length; ) {
          const part = bytes.subarray(done, done + PIECE_BYTES - filled);
          piece.set(part, filled);
          filled += part.length;
          done += part.length;
          if (filled === PIECE_BYTES) await flush();
        }
        size_bytes += bytes.length;
      } catch (error) {
        throw browser_failure(name, error);
      }
    },
    async commit(as = name) {
      try {
        if (filled > 0) await flush();
        // One transaction: the new file appears and the old one goes in the same instant.
        const transaction = database.transaction(['files', 'pieces', 'writers'], 'readwrite', {
          durability: 'strict',
        });
        const files = transaction.objectStore('files');
        const before: FileRow | undefined = await result(files.get(as));
        if (before) transaction.objectStore('pieces').delete(pieces_of(before.id));
        files.put({ id, size_bytes } satisfies FileRow, as);
        transaction.objectStore('writers').delete(id);
        await finished(transaction);
        ended = true;
      } catch (error) {
        throw browser_failure(name, error);
      }
    },
    async abort() {
      if (ended) return;
      ended = true;
      const transaction = database.transaction(['pieces', 'writers'], 'readwrite');
      transaction.objectStore('pieces').delete(pieces_of(id));
      transaction.objectStore('writers').delete(id);
      await finished(transaction);
    },
  };
}

async function open_stored(database: IDBDatabase, name: string): Promise<StoredFile | undefined> {
  const row: FileRow | undefined = await result(
    database.transaction('files').objectStore('files').get(name),
  );
  if (row === undefined) return undefined;
  return {
    size_bytes: row.size_bytes,
    async read(offset, length) {
      const wanted = Math.min(length, row.size_bytes - offset);
      if (wanted <= 0) return new Uint8Array(0);
      try {
        const number = Math.floor(offset / PIECE_BYTES);
        const piece: ArrayBuffer | undefined = await result(
          database.transaction('pieces').objectStore('pieces').get([row.id, number]),
        );
        if (piece === undefined) throw new Error('it was replaced while it was read');
        const from = offset - number * PIECE_BYTES;
        return new Uint8Array(piece, from, Math.min(wanted, piece.byteLength - from));
      } catch (error) {
        throw browser_failure(name, error);
      }
    },
    async close() {},
  };
}

/** Files in a database of their own for each root. */
export function indexeddb_store(root: string): FileStore {
  let opened: Promise<IDBDatabase> | undefined;
  const database = (): Promise<IDBDatabase> => {
    opened ??= (async () => {
      const found = await open_database(root);
      // Another page wants to delete or change the database: let it, and open again at the next use.
      found.onversionchange = () => {
        found.close();
        opened = undefined;
      };
      found.onclose = () => {
        opened = undefined;
      };
      await sweep(found);
      return found;
    })();
    opened.catch(() => {
      opened = undefined;
    });
    return opened;
  };
  const guarded = async <T>(name: string, work: (db: IDBDatabase) => T | Promise<T>) => {
    try {
      return await work(await database());
    } catch (error) {
      throw browser_failure(name, error);
    }
  };
  return {
    open: (name) => guarded(name, (db) => open_stored(db, name)),
    create: (name) => guarded(name, (db) => new_writer(db, name)),
    remove: (name) =>
      guarded(name, async (db) => {
        const transaction = db.transaction(['files', 'pieces'], 'readwrite');
        const files = transaction.objectStore('files');
        const row: FileRow | undefined = await result(files.get(name));
        if (row) {
          transaction.objectStore('pieces').delete(pieces_of(row.id));
          files.delete(name);
        }
        await finished(transaction);
        return row !== undefined;
      }),
  };
}
