// UDP sockets on networks that lose 5 % of all packets: a real one where this machine lets us make one, and the simulator's.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import * as c from '../../bindings/constants.js';
import { afterwards } from './harness.js';

const PROGRAM = fileURLToPath(new URL('./udp-loss.mjs', import.meta.url));
const top = fileURLToPath(new URL('../..', import.meta.url));

/** A network of its own, with an address that is not only loopback, and rules that drop what comes in. */
const SCRIPT = `
set -e
ip link set lo up
ip link add vA type veth peer name vB
ip addr add 10.99.0.1/24 dev vA
ip link set vA up
ip link set vB up
nft 'add table inet loss; add chain inet loss in { type filter hook input priority 0; }'
nft 'add rule inet loss in meta l4proto udp udp length > 60 numgen random mod 100 < 5 counter drop'
if [ "$1" = try ]; then exit 0; fi
"$@"
nft list ruleset | grep -o 'counter packets [0-9]*' >&2 || true
`;

/** Why there can be no such network here; '' when there can. */
function no_namespace(): string {
  if (process.platform !== 'linux') return 'network namespaces are Linux';
  if (process.getuid?.() !== 0) return 'only root makes network namespaces';
  try {
    execFileSync('unshare', ['-n', 'sh', '-c', SCRIPT, 'sh', 'try'], { stdio: 'pipe' });
    return '';
  } catch (error) {
    return `no network namespace with nftables: ${String((error as Error).message).slice(0, 200)}`;
  }
}

interface Stream {
  sent: number;
  refused: number;
  delivered: number;
  hole_ms: number;
  waiting: number;
  lost: number;
}

async function run(command: string, args: string[]) {
  const child = spawn(command, args, { cwd: top, stdio: ['ignore', 'pipe', 'pipe'] });
  afterwards(() => child.kill('SIGKILL'));
  let [out, problems] = ['', ''];
  child.stdout.on('data', (data) => {
    out += data;
  });
  child.stderr.on('data', (data) => {
    problems += data;
  });
  const [code] = await once(child, 'close');
  expect(code, problems).toBe(0);
  const { results, seen } = JSON.parse(out) as { results: Stream[]; seen: number[] };
  return { results, seen, problems };
}

function expect_flow(results: Stream[]): void {
  expect(results).toHaveLength(4);
  const sum = (of: (stream: Stream) => number) => results.reduce((all, one) => all + of(one), 0);
  expect(sum((one) => one.delivered * one.sent)).toBeGreaterThanOrEqual(
    0.93 * sum((one) => one.sent),
  );
  for (const stream of results) {
    const told = JSON.stringify(results);
    // Of the 625 packets of a slow stream chance alone loses more than 7 % once in ninety times, and 9 % never.
    expect(stream.delivered, told).toBeGreaterThanOrEqual(stream.sent < 1000 ? 0.91 : 0.93);
    expect(stream.delivered, told).toBeLessThan(0.99);
    expect(stream.hole_ms, told).toBeLessThanOrEqual(300);
    expect(stream.refused, told).toBe(0);
    // The last probes.
    expect(stream.waiting, told).toBeLessThan(200);
    expect(stream.lost, told).toBeGreaterThan(0);
  }
}

it('with 5 % real loss packets keep flowing, at 60 and at 1000 a second, and a cut is survived', async (context) => {
  const why = no_namespace();
  if (why !== '') context.skip(why);
  const how = JSON.stringify({ ticks: 2500, cut_ms: 4000 });
  const args = ['-n', 'sh', '-c', SCRIPT, 'sh', process.execPath, PROGRAM, how];
  const { results, seen } = await run('unshare', args);
  expect_flow(results);
  // For the game: the link was lost, and is back, on both sides; nobody has left.
  expect(seen).toContain(c.network_type_link_lost);
  expect(seen).toContain(c.network_type_resumed);
  expect(seen).not.toContain(c.network_type_disconnect);
  expect(seen).not.toContain(c.network_type_connect);
});

it('with 5 % loss in the simulator packets keep flowing', async () => {
  const simulator = { loss: 0.05, latency_ms: 20, jitter_ms: 10, seed: 9 };
  const how = JSON.stringify({ ticks: 2500, simulator });
  expect_flow((await run(process.execPath, [PROGRAM, how])).results);
});
