// The candidates of one attempt: those that wait for the answer, and what there was, for the reason of a failure.
import { MAX_CANDIDATES } from './signaling-message.js';
import type { IceServer } from './types.js';

/** What servers have said, for people: the first few are enough. */
const MAX_FAILURES = 4;

export interface RemoteCandidate {
  candidate: string;
  mid: string;
}

/** `host`, `srflx`, `prflx` or `relay`, of `candidate:1 1 UDP 99 192.0.2.1 5000 typ host`. */
function type_of(candidate: string): string {
  return / typ (host|srflx|prflx|relay)/.exec(candidate)?.[1] ?? 'unknown';
}

function counted(types: string[]): string {
  if (types.length === 0) return 'none';
  const counts = new Map<string, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].map(([type, n]) => `${n} ${type}`).join(', ');
}

/** URLs of the TURN servers among them. */
export function turn_urls(servers: IceServer[]): string[] {
  const urls = servers.flatMap((server) => server.urls);
  return [...new Set(urls)].filter((url) => /^turns?:/i.test(url));
}

export class Candidates {
  /** TURN servers that were asked for an address. */
  asked: string[] = [];
  /** Only an address of theirs at a TURN server is of use. */
  relays_meet = false;
  readonly #local: string[] = [];
  readonly #remote: string[] = [];
  readonly #failures = new Set<string>();
  #waiting: RemoteCandidate[] = [];

  /** One of ours. */
  local(candidate: string): void {
    if (this.#local.length < MAX_CANDIDATES) this.#local.push(type_of(candidate));
  }

  /** Those that stand in our description already. */
  note_local(sdp: string): void {
    for (const [line] of sdp.matchAll(/^a=candidate:.*$/gm)) this.local(line);
  }

  /** What a STUN or TURN server has said instead of an address. */
  server_failed(why: string): void {
    if (this.#failures.size < MAX_FAILURES) this.#failures.add(why);
  }

  /** One of the other side; false: there are too many. */
  remote({ candidate, mid }: RemoteCandidate): boolean {
    if (this.#remote.length >= MAX_CANDIDATES) return false;
    this.#remote.push(type_of(candidate));
    this.#waiting.push({ candidate, mid });
    return true;
  }

  note_answer(sdp: string): void {
    for (const [line] of sdp.matchAll(/^a=candidate:.*$/gm)) {
      if (this.#remote.length < MAX_CANDIDATES) this.#remote.push(type_of(line));
    }
  }

  /** Those that came before there was a description to go with them. */
  release(): RemoteCandidate[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }

  summary(): string {
    const text = `our candidates: ${counted(this.#local)}; theirs: ${counted(this.#remote)}; no pair answered`;
    const they_relay = this.#remote.includes('relay');
    if (this.relays_meet && !they_relay) {
      return `${text}. In Node, network_config_relay_only needs a TURN server on the other side, too`;
    }
    if (this.#local.includes('relay')) return text;
    if (this.asked.length > 0) {
      const why =
        [...this.#failures].join(', ') || 'is it there, and are name and credential right?';
      return `${text}. No address was given by ${this.asked.join(', ')}: ${why}`;
    }
    if (they_relay) return text;
    return `${text}. A TURN server would help (network_config_ice_servers)`;
  }
}
