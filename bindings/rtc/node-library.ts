// The native library of WebRTC in Node: loaded on first use, and let go of when nothing of it is at work any more.
import { createRequire } from 'node:module';
import type * as Ndc from 'node-datachannel';
import { NetError } from '../errors.js';
import { SCTP_WINDOW_BYTES } from './types.js';

let loaded: typeof Ndc | undefined;

/** `node-datachannel`, an optional dependency, loaded on first use. @throws NetError `package_missing` */
export function load(): typeof Ndc {
  if (loaded === undefined) {
    let lib: typeof Ndc;
    try {
      lib = createRequire(import.meta.url)('node-datachannel') as typeof Ndc;
    } catch (cause) {
      const absent = (cause as { code?: string }).code === 'MODULE_NOT_FOUND';
      throw new NetError(
        'package_missing',
        absent
          ? "network_socket_udp in Node needs the package 'node-datachannel': npm install node-datachannel"
          : `the package 'node-datachannel' is here, but has no binary for ${process.platform}-${process.arch}: ` +
              'npm install node-datachannel without --omit=optional, on this machine',
        { cause },
      );
    }
    lib.setSctpSettings({ recvBufferSize: SCTP_WINDOW_BYTES });
    loaded = lib;
  }
  return loaded;
}

/** Native objects that are still at work: a wrapper that is collected meanwhile crashes the process at its exit. */
const alive = new Set<object>();
/** Channels that had ended before they came: the library never says so, and keeps the process alive until all of it is cleaned up. */
const dead = new Set<object>();
const RELEASE_LOOK_MS = 200;
let look: ReturnType<typeof setInterval> | undefined;

/** Standard output is always there; what else has these names, a parent's channel, does without connections as well. */
const is_stdio = (resource: string) => resource === 'PipeWrap' || resource === 'TTYWrap';

/**
 * Lets go of what is dead once nothing but that keeps the process alive. Not before: a cleanup waits for native threads, for as long as
 * ten seconds, and ends every connection of the process, also those that are not ours.
 */
function release_dead(): void {
  if (dead.size === 0 || alive.size > 0 || look !== undefined) return;
  look = setInterval(() => {
    if (alive.size > 0 || !process.getActiveResourcesInfo().every(is_stdio)) return;
    clearInterval(look);
    look = undefined;
    dead.clear();
    try {
      loaded?.cleanup();
      loaded?.setSctpSettings({ recvBufferSize: SCTP_WINDOW_BYTES });
    } catch {
      // A thread of the library's that does not end: then the process does not either.
    }
  }, RELEASE_LOOK_MS).unref();
}

/** It is at work from now on. */
export function at_work(native: object): void {
  alive.add(native);
}

/** It has ended before it came. */
export function came_dead(native: object): void {
  dead.add(native);
}

/** It has ended. */
export function gone(native: object): void {
  alive.delete(native);
  release_dead();
}
