// The command line of the arena server.
import { parseArgs } from 'node:util';

/** A STUN or TURN server for WebRTC. */
export interface IceServer {
  urls: string;
  username?: string;
  credential?: string;
}

export interface Options {
  port: number;
  host: string;
  bots: number;
  headless: boolean;
  /** Undefined: until a signal comes. */
  seconds: number | undefined;
  seed: number;
  ice_servers: IceServer[];
}

export const USAGE = `usage: npm start -- [options]
  --port N      port of page and game (default 8080; 0 takes any free one; headless default 0)
  --host NAME   address to listen on (default 127.0.0.1; 0.0.0.0 for the whole network)
  --bots N      players that join on their own (default 6)
  --seed N      the same seed places the same orbs (default: by chance)
  --seconds N   end after that time (default: run until stopped; headless default 5)
  --ice URL     STUN or TURN server for players behind routers, may stand several times:
                stun:host:port, or turn:user:password@host:port
  --headless    no page: bots only, one line of JSON at the end, exit code 1 if a packet was lost
  --help        this text`;

/** Room for people beside the bots. */
const MAX_BOTS = 64;
const MAX_SECONDS = 1_000_000;

function number_in(text: string, low: number, high: number, option: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= low && value <= high)) {
    throw new RangeError(`--${option} must be ${low} to ${high}, got "${text}"`);
  }
  return value;
}

function whole_number_in(text: string, low: number, high: number, option: string): number {
  const value = number_in(text, low, high, option);
  if (!Number.isInteger(value)) throw new RangeError(`--${option} must be whole, got "${text}"`);
  return value;
}

/** `turn:` with name and password in front of the host; neither may contain `:` or `@`. */
function ice_server(text: string): IceServer {
  const [, scheme = '', , username, credential, host] =
    /^(stuns?|turns?):(([^:@\s]+):([^:@\s]+)@)?([^@\s]+)$/.exec(text) ?? [];
  if (host === undefined || scheme.startsWith('turn') !== (username !== undefined)) {
    throw new RangeError(
      `--ice must be stun:host:port or turn:user:password@host:port, got "${text}"`,
    );
  }
  const urls = `${scheme}:${host}`;
  return username === undefined ? { urls } : { urls, username, credential };
}

/** The options, or undefined when help was asked for. Throws an error made for people. */
export function parse_options(argv: string[], chance: () => number): Options | undefined {
  const { values } = parseArgs({
    args: argv,
    options: {
      port: { type: 'string' },
      host: { type: 'string', default: '127.0.0.1' },
      bots: { type: 'string', default: '6' },
      seed: { type: 'string' },
      seconds: { type: 'string' },
      ice: { type: 'string', multiple: true, default: [] },
      headless: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const seconds = values.seconds ?? (values.headless ? '5' : undefined);
  return {
    port: whole_number_in(values.port ?? (values.headless ? '0' : '8080'), 0, 65535, 'port'),
    host: values.host,
    bots: whole_number_in(values.bots, 0, MAX_BOTS, 'bots'),
    headless: values.headless,
    seconds: seconds === undefined ? undefined : number_in(seconds, 0.1, MAX_SECONDS, 'seconds'),
    seed: values.seed
      ? whole_number_in(values.seed, 0, 0xffffffff, 'seed')
      : Math.floor(chance() * 0x100000000),
    ice_servers: values.ice.map(ice_server),
  };
}
