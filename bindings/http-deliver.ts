// Takes the body of a response in, and waits for no piece of it for ever.
import { clock } from './http-clock.js';
import { HttpError } from './http-error.js';
import type { IncomingBody, Take } from './http-exchange.js';

/** A body of which nothing comes for so long, in ms, has broken off. */
const STALL_MS = 300_000;

/**
 * Hands all of a body to `take`. `give_up` must make the delivery end.
 * @throws HttpError `timeout`, what `take` throws, and what the host says
 */
export async function deliver(body: IncomingBody, take: Take, give_up: () => void): Promise<void> {
  let stalled: HttpError | undefined;
  let over = false;
  let disarm = () => {};
  const arm = () => {
    if (over) return;
    disarm = clock.after(STALL_MS, () => {
      stalled = new HttpError('timeout', `nothing more has come for ${STALL_MS} ms`);
      give_up();
    });
  };
  arm();
  try {
    await body.deliver((piece) => {
      disarm();
      const wait = take(piece);
      if (wait !== undefined) return wait.then(arm);
      arm();
      return undefined;
    });
  } catch (error) {
    throw stalled ?? error;
  } finally {
    over = true;
    disarm();
  }
}
