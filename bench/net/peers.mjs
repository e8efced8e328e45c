// The other process of a measurement, for as long as it lasts.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./peer.mjs', import.meta.url));

/** Runs `work(ask)`; `ask(what, how)` tells the other process to do something and gives its answer. */
export async function with_peer(work) {
  const peer = fork(program);
  const ask = (what, how = {}) =>
    new Promise((done, fail) => {
      peer.once('message', ({ answer, failed }) =>
        failed ? fail(new Error(failed)) : done(answer),
      );
      peer.send({ ask: what, ...how });
    });
  try {
    return await work(ask);
  } finally {
    peer.disconnect();
    await new Promise((done) => peer.once('exit', done));
  }
}
