// At the door of a WebRTC server: who is asked about, and how many may be on their way in.
import { clock } from './clock.js';
import { report_check } from './events.js';
import type { Visitor } from './rtc/signaling-message.js';

/** The check may take so long. */
const CHECK_MS = 10_000;

/** One who wants in, as a server's `join` is asked about. */
export interface JoinRequest {
  ip: string;
  /** Of the page that asks; '' for programs. */
  origin: string;
  /** What the client has set as `network_config_join_token`. */
  token: string;
  /** The room, '' where there is none. */
  room: string;
}

/** True lets in; a text is the reason why not. */
export type JoinCheck = (request: JoinRequest) => boolean | string | Promise<boolean | string>;

/** Asks all, one after another; true, or the reason for people why not. */
export async function may_join(
  checks: JoinCheck[],
  { ip, origin, token }: Visitor,
  room: string,
): Promise<true | string> {
  for (const join of checks) {
    let answer: boolean | string;
    let timer: ReturnType<typeof clock.later> | undefined;
    try {
      const late = new Promise<string>((resolve) => {
        timer = clock.later(() => resolve('the check took too long'), CHECK_MS);
      });
      answer = await Promise.race([join({ ip, origin, token, room }), late]);
    } catch (error) {
      // A check that fails lets nobody in.
      report_check(error, { ip, origin, room });
      answer = false;
    }
    clock.cancel(timer);
    if (answer !== true) {
      return typeof answer === 'string' ? answer : 'the host does not let you in';
    }
  }
  return true;
}

/** Places for those who are connecting: so many in all, and so many from one address. */
export class Places {
  readonly #taken = new Map<string, number>();
  #all = 0;

  constructor(
    readonly max: number,
    readonly max_per_address: number,
  ) {}

  full_for(address: string): boolean {
    return this.#all >= this.max || (this.#taken.get(address) ?? 0) >= this.max_per_address;
  }

  /** Takes one; gives what gives it back, once. */
  take(address: string): () => void {
    const taken = this.#taken;
    taken.set(address, (taken.get(address) ?? 0) + 1);
    this.#all++;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.#all--;
      const left = (taken.get(address) ?? 1) - 1;
      if (left > 0) taken.set(address, left);
      else taken.delete(address);
    };
  }
}
