// The arena server: page, game and bots in one process on one port. Run it with --help.
import { async_on } from 'bytewire';
import { Clock } from '../game/clock.js';
import { Game } from '../game/game.js';
import { GAME_PATH } from '../game/protocol.js';
import { MAX_SHIPS, TICK_HZ } from '../game/rules.js';
import { Bots } from '../net/bots.js';
import { Door } from '../net/door.js';
import { NetworkWire } from '../net/wire.js';
import { drained, summarise } from './audit.js';
import { type Options, parse_options, USAGE } from './options.js';
import { create_site, listen } from './site.js';

/** How long packets under way may take to arrive once nobody sends any more. */
const DRAIN_MS = 5000;

const report = (line: string): void => console.error(`arena: ${line}`);

/** Ends a wait at SIGINT, SIGTERM or after a time; `cancel` leaves nothing behind that keeps the process alive. */
function ending(seconds: number | undefined): { told: Promise<void>; cancel: () => void } {
  let cancel = (): void => {};
  const told = new Promise<void>((resolve) => {
    const timer = seconds === undefined ? undefined : setTimeout(end, seconds * 1000);
    function end(): void {
      cancel();
      resolve();
    }
    cancel = () => {
      clearTimeout(timer);
      process.off('SIGINT', end);
      process.off('SIGTERM', end);
    };
    process.on('SIGINT', end);
    process.on('SIGTERM', end);
  });
  return { told, cancel };
}

/** Waits until `condition` holds, at most `ms`. */
async function until(condition: () => boolean, ms: number): Promise<void> {
  const end_ms = performance.now() + ms;
  while (!condition() && performance.now() < end_ms) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A name for this machine under which a server that listens on `host` can be reached. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

function stats_of(game: Game, clock: Clock | undefined, bots: number): object {
  return {
    tick: game.world.tick,
    players: game.player_count,
    bots,
    ...game.totals,
    late_ticks: clock?.late_ticks ?? 0,
    no_fast: game.no_fast,
    connections: [...game.guests]
      .filter((guest) => guest.player >= 0)
      .map((guest) => ({
        player: guest.player,
        name: guest.name,
        fast: guest.fast,
        packets_in: guest.packets_in,
        packets_out: guest.packets_out,
        bytes_in: guest.bytes_in,
        bytes_out: guest.bytes_out,
        inputs_in: guest.inputs_in,
        snapshots_out: guest.snapshots_out,
      })),
  };
}

const secret = (): bigint => crypto.getRandomValues(new BigUint64Array(1))[0];

/** Runs until told to end; resolves with the exit code when everything is closed. */
async function run(options: Options): Promise<number> {
  let errors = 0;
  const stop_errors = async_on('error', (event) => {
    errors++;
    report(String(event.error));
  });
  const page_folder = options.headless ? undefined : new URL('./public/', import.meta.url);
  let clock: Clock | undefined;
  let bots: Bots | undefined;
  let door: Door | undefined;
  const game = new Game({ seed: options.seed, secret });
  const site = await create_site(page_folder, () => stats_of(game, clock, options.bots));
  const end = ending(options.seconds);
  try {
    door = new Door(game, {
      max_guests: MAX_SHIPS,
      port: { server: site, path: GAME_PATH, ice_servers: options.ice_servers },
      // Bots measure that nothing is lost: they keep to the lane on which nothing may be.
      reliable_only: options.headless,
    });
    if (!options.headless && game.no_fast !== '') report(`WebSocket alone: ${game.no_fast}`);
    const port = await listen(site, options.host, options.port);
    const address = `${reachable(options.host)}:${port}`;
    if (!options.headless) console.log(`arena: http://${address}/ (Ctrl+C ends it)`);
    const url = `ws://${address}${GAME_PATH}`;
    bots = new Bots((owner) => new NetworkWire(url, owner), options.bots, options.seed, report);
    clock = new Clock(1000 / TICK_HZ, () => game.tick());
    await end.told;
    clock.stop();
    if (!options.headless) return 0;
    // Bots answer snapshots only: with the clock stopped they fall silent, and what is under way arrives.
    const { clients } = bots;
    await until(() => drained(game, clients), DRAIN_MS);
    const summary = summarise(game, bots, clock, options.seed, errors);
    console.log(JSON.stringify(summary));
    return summary.ok ? 0 : 1;
  } finally {
    end.cancel();
    clock?.stop();
    bots?.close();
    door?.close();
    game.close();
    site.close();
    site.closeAllConnections();
    stop_errors();
  }
}

async function main(): Promise<number> {
  try {
    const options = parse_options(process.argv.slice(2), Math.random);
    if (options !== undefined) return await run(options);
    console.log(USAGE);
    return 0;
  } catch (error) {
    report(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

// Not process.exit: a server that does not end by itself has left something open.
process.exitCode = await main();
