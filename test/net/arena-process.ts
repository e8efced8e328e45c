// The arena server as a child process: start it, ask for its numbers, end it.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SERVER = fileURLToPath(new URL('../../examples/arena/dist/server.js', import.meta.url));

/** One client as the server counts it: `in` is what came from the client. */
export interface ArenaConnection {
  player: number;
  name: string;
  /** Whether its inputs and snapshots go over WebRTC. */
  fast: boolean;
  packets_in: number;
  packets_out: number;
  bytes_in: number;
  bytes_out: number;
  inputs_in: number;
  snapshots_out: number;
}

export interface ArenaStats {
  tick: number;
  players: number;
  bots: number;
  packets_in: number;
  packets_out: number;
  lost: number;
  malformed: number;
  refused: number;
  dropped: number;
  /** Why there is no WebRTC; '' when there is. */
  no_fast: string;
  connections: ArenaConnection[];
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

function spawn_arena(
  args: string[],
  node_args: string[] = [],
): {
  child: ChildProcess;
  ended: Promise<Ended>;
  out(): string;
} {
  const child = spawn(process.execPath, [...node_args, SERVER, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text) => (stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, ended, out: () => stdout };
}

/** Runs it until it ends by itself. */
export function run_arena(...args: string[]): Promise<Ended> {
  return spawn_arena(args).ended;
}

export interface ArenaProcess {
  /** Of the page, with a slash at the end. */
  url: string;
  stats(): Promise<ArenaStats>;
  /** Sends the signal and waits for the end; once ended, only tells how. */
  end(signal?: NodeJS.Signals): Promise<Ended>;
}

/** Makes Node believe that a package is not installed. */
const without = (name: string): string[] => [
  '--import',
  `data:text/javascript,${encodeURIComponent(`
    import Module from 'node:module';
    const find = Module._resolveFilename;
    Module._resolveFilename = function (request, ...rest) {
      if (request !== '${name}') return find.call(this, request, ...rest);
      throw Object.assign(new Error('no such package'), { code: 'MODULE_NOT_FOUND' });
    };
  `)}`,
];

/** Starts it and waits until it says where it listens. */
export function start_arena(...args: string[]): Promise<ArenaProcess> {
  return started(spawn_arena(args));
}

/** The same on a machine without `node-datachannel`. */
export function start_arena_without_webrtc(...args: string[]): Promise<ArenaProcess> {
  return started(spawn_arena(args, without('node-datachannel')));
}

async function started({
  child,
  ended,
  out,
}: ReturnType<typeof spawn_arena>): Promise<ArenaProcess> {
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', () => {
      const found = /http:\/\/\S+/.exec(out());
      if (found) resolve(found[0]);
    });
    ended.then(
      ({ code, stderr }) => reject(new Error(`the arena ended with ${code}: ${stderr}`)),
      reject,
    );
  });
  return {
    url,
    async stats() {
      const response = await fetch(`${url}stats`);
      return (await response.json()) as ArenaStats;
    },
    end(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
}

/** Asks again and again until the answer pleases; the test's own timeout is the only limit. */
export async function until<T>(ask: () => Promise<T>, pleases: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (pleases(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
