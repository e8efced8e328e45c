// A process of its own whose signs of life are awaited: one that hangs or ends early is found out, and its last words say at what.
import { fork } from 'node:child_process';

const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * Runs `script` with `job` in its arguments. Each message goes to `hear`; `limit_ms` after the last one it is killed, or later by the `more_ms` that
 * the message asks for. Resolves to how it ended: a sentence, or undefined when it is through.
 */
export function watch(script, job, { limit_ms, hear }) {
  return new Promise((resolve, reject) => {
    const child = fork(script, [JSON.stringify(job)]);
    running.add(child);
    let timer;
    let hung = false;
    let through = false;
    let waits = false;
    let how;
    const kill = () => {
      hung = true;
      child.kill('SIGKILL');
    };
    const allow = (ms) => {
      clearTimeout(timer);
      timer = setTimeout(kill, Math.min(ms, 2 ** 31 - 1));
    };
    const sentence = ({ code, signal }) => {
      if (through) return undefined;
      if (hung) return `nothing came of it for ${limit_ms / 1000} s`;
      if (waits) return 'it gave a promise that never settles';
      return signal === null
        ? `it ended the process, with exit code ${code}`
        : `it ended the process: ${signal}`;
    };
    // What was sent before the end may be heard after it.
    const ended = () => {
      if (how === undefined || child.connected) return;
      clearTimeout(timer);
      running.delete(child);
      resolve(sentence(how));
    };
    allow(limit_ms);
    child.on('message', (message) => {
      allow(limit_ms + (message.more_ms ?? 0));
      if (message.through) through = true;
      else if (message.waits) waits = true;
      else hear(message);
    });
    child.once('error', reject);
    child.once('disconnect', () => setImmediate(ended));
    child.once('exit', (code, signal) => {
      how = { code, signal };
      ended();
    });
  });
}

/** To the process that watches this one. */
export const tell = (message) => new Promise((done) => process.send(message, done));

/** In the process that is watched: does the job and ends, whatever sockets and threads are still there. */
export function do_job(work) {
  process.on('disconnect', () => process.exit());
  process.channel.unref();
  // Nothing is left that could wake this process, and the job is not done.
  process.once('beforeExit', async () => {
    await tell({ waits: true });
    process.exit(1);
  });
  work(JSON.parse(process.argv[2])).then(
    async () => {
      await tell({ through: true });
      process.exit(0);
    },
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
}
