// What is kept of a transfer to a file, for a later one to go on with: its bytes, and what they are a part of.

import { part_file_base } from './http-part-names.js';
import { NotedPart } from './http-part-noted.js';
import { SealedPart } from './http-part-sealed.js';
import type { FileSink } from './http-sink.js';

/** Of the longest name that is made of a file's own. */
const MAX_BASE_BYTES = 255 - '.bytewire-.part.json'.length;

/** @throws RangeError the name is too long for those of its part */
export function check_resumable(file: string, what: string): void {
  if (new TextEncoder().encode(part_file_base(file)).length <= MAX_BASE_BYTES) return;
  throw new RangeError(`${what}: with resume, a file name has at most ${MAX_BASE_BYTES} bytes`);
}

/** What a part is a part of. */
export interface Version {
  url: string;
  /** '': nothing that a later request could ask by. */
  validator: string;
  /** Of the whole; -1: not told. */
  total_bytes: number;
}

/** The part of one transfer to a file. */
export interface KeptPart {
  /**
   * Has the sink go on with what an earlier transfer of `url` has left. Takes as long as that is `wanted`. undefined when there is
   * nothing that fits.
   *
   * @throws NetError `store_full`: no room for a copy of what somebody still writes
   */
  take_up(url: string, wanted: () => boolean): Promise<Version | undefined>;
  /**
   * From now on what arrives is this: it can be taken up whatever becomes of this program, where the store can do that. What is kept of
   * anything else makes room.
   */
  begin(version: Version): Promise<void>;
  /** Ends the sink, and keeps what has arrived for a later request. */
  keep(version: Version): Promise<void>;
  /** What was begun is given up: nothing speaks of it any more. */
  withdraw(): Promise<void>;
  /** Removes what was kept, by whomever: the file is there. */
  forget(): Promise<void>;
}

/** As the store of the sink can do it. */
export function kept_part(file: string, sink: FileSink): KeptPart {
  return sink.store.take_over ? new NotedPart(file, sink) : new SealedPart(file, sink);
}
