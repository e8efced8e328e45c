// At the door of a WebRTC server: who is asked about.
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

/** Asks all, one after another; true, or the reason for people why not. What is in `running` stops the wait for an answer. */
export async function may_join(
  checks: Iterable<JoinCheck>,
  { ip, origin, token }: Visitor,
  room: string,
  running: Set<() => void>,
): Promise<true | string> {
  for (const join of checks) {
    let answer: boolean | string;
    let timer: ReturnType<typeof clock.later> | undefined;
    let stop = () => {};
    try {
      const late = new Promise<string>((resolve) => {
        stop = () => {
          clock.cancel(timer);
          resolve('the server ends');
        };
        running.add(stop);
        timer = clock.later(() => resolve('the check took too long'), CHECK_MS);
      });
      answer = await Promise.race([join({ ip, origin, token, room }), late]);
    } catch (error) {
      // A check that fails lets nobody in.
      report_check(error, { ip, origin, room });
      answer = false;
    }
    clock.cancel(timer);
    running.delete(stop);
    if (answer !== true) {
      return typeof answer === 'string' ? answer : 'the host does not let you in';
    }
  }
  return true;
}
