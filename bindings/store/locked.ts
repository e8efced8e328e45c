// Pages and workers that share files: what one of them reads no other replaces or removes meanwhile.
import type { FileStore } from './types.js';

/** Gives what lets go of it. Where there are no Web Locks (pages without https, old browsers) files go without. */
function lock(name: string, mode: LockMode): Promise<() => void> {
  const { locks } = navigator as Partial<Navigator>;
  const nothing = () => {};
  if (locks === undefined) return Promise.resolve(nothing);
  return new Promise((resolve) => {
    const held = () => new Promise<void>(resolve);
    locks.request(name, { mode }, held).catch(() => resolve(nothing));
  });
}

/** `store`, whose files lie at `place`: in turns with all others of this origin. */
export function locked_store(store: FileStore, place: string): FileStore {
  const lock_name = (name: string) => `bytewire/${place}/${name}`;
  const alone = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const release = await lock(lock_name(name), 'exclusive');
    try {
      return await work();
    } finally {
      release();
    }
  };
  return {
    async open(name) {
      const release = await lock(lock_name(name), 'shared');
      try {
        const file = await store.open(name);
        if (file === undefined) {
          release();
          return undefined;
        }
        const close = () => file.close().finally(release);
        return { ...file, close };
      } catch (error) {
        release();
        throw error;
      }
    },
    async create(name) {
      const writer = await store.create(name);
      return { ...writer, commit: (as = name) => alone(as, () => writer.commit(as)) };
    },
    remove: (name) => alone(name, () => store.remove(name)),
  };
}
