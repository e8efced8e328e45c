// Files in memory: for tests, and for hosts that have no other place. Gone with the process or page.
import type { FileStore, StoredFile } from './types.js';

export function memory_store(): FileStore {
  const files = new Map<string, Uint8Array>();
  return {
    async open(name): Promise<StoredFile | undefined> {
      const bytes = files.get(name);
      if (bytes === undefined) return undefined;
      return {
        size_bytes: bytes.length,
        read: async (offset, length) => bytes.subarray(offset, offset + length),
        close: async () => {},
      };
    },

    async create(name) {
      let parts: Uint8Array[] = [];
      return {
        async write(bytes) {
          parts.push(bytes.slice());
        },
        async commit(as = name) {
          const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
          let at = 0;
          for (const part of parts) {
            whole.set(part, at);
            at += part.length;
          }
          files.set(as, whole);
          parts = [];
        },
        async abort() {
          parts = [];
        },
      };
    },

    async remove(name) {
      return files.delete(name);
    },
  };
}
