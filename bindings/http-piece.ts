// Reads a body piece by piece, and waits for none for ever: Node 20 leaves some damaged bodies without an end.
import { clock } from './http-clock.js';
import { HttpError } from './http-error.js';

/** A body of which nothing comes for so long, in ms, has broken off: as long as Node's fetch waits. */
const STALL_MS = 300_000;

/** The next piece. @throws HttpError `timeout`, and whatever the reader rejects with */
export async function next_piece(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  let disarm = () => {};
  const still = new Promise<never>((_, reject) => {
    disarm = clock.after(STALL_MS, () => {
      reject(new HttpError('timeout', `nothing more has come for ${STALL_MS} ms`));
    });
  });
  try {
    return await Promise.race([reader.read(), still]);
  } finally {
    disarm();
  }
}
