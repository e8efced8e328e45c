// At the door of a server: whether a caller's page and sub-protocol are wanted, and whether there is room.
import { clock, type Timer } from './clock.js';
import { events_full, report_check } from './events.js';
import type { Caller } from './host/types.js';
import { setting } from './network-config.js';
import type { ServerOptions } from './network-server.js';
import type { Server } from './sockets.js';

/** Why a caller may not come in, and as which HTTP status. */
export type Refusal = [reason: string, status: string];

/** So many callers more than clients may be in the handshake at a time, those whom a check is asked about included. */
const MAX_HANDSHAKES = 128;
const ORIGIN: Refusal = ['origin', '403 Forbidden'];
const TOO_LATE: Refusal = ['handshake_timeout', '408 Request Timeout'];

/**
 * Why a caller may not come in; undefined: it may. A promise while the server's own check is asked, never a rejected one: what it
 * gives is called when the caller would enter, and answers then. `was_asked`: a function has let this caller in already.
 */
export function refusal_of(
  server: Server,
  options: ServerOptions,
  caller: Caller,
  was_asked = false,
): Refusal | undefined | Promise<() => Refusal | undefined> {
  const { origin: rule } = options;
  const { origin, ip } = caller;
  if (typeof rule !== 'function') {
    const wanted = rule === undefined || (origin !== undefined && rule.includes(origin));
    return wanted ? no_place(server, options, caller) : ORIGIN;
  }
  // Nobody is asked about callers who cannot come in anyway: the answer may have to come from far away.
  const refusal = no_place(server, options, caller);
  if (refusal !== undefined || was_asked) return refusal;
  try {
    const answer: unknown = rule(origin);
    if (is_thenable(answer)) return answer_of(server, options, caller, answer);
    return answer === true ? no_place(server, options, caller) : ORIGIN;
  } catch (error) {
    // A check that fails lets nobody in.
    report_check(error, { ip, origin });
    return ORIGIN;
  }
}

function is_thenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return typeof (value as { then?: unknown }).then === 'function';
}

async function answer_of(
  server: Server,
  options: ServerOptions,
  caller: Caller,
  answer: PromiseLike<unknown>,
): Promise<() => Refusal | undefined> {
  const { ip, origin, waited_ms = 0 } = caller;
  let timer: Timer | undefined;
  let refusal: Refusal | undefined;
  // Meanwhile it counts as one who is in the handshake.
  server.asked++;
  server.enter(ip);
  try {
    const late = new Promise<undefined>((resolve) => {
      const left_ms = setting(server, 'handshake_timeout_ms') - waited_ms;
      // The caller's socket keeps the process for as long as there is somebody to answer.
      timer = clock.later(() => resolve(undefined), Math.max(0, left_ms), false);
    });
    const verdict = await Promise.race([
      Promise.resolve(answer).then((said) => said === true),
      late,
    ]);
    if (verdict !== true) refusal = verdict === undefined ? TOO_LATE : ORIGIN;
  } catch (error) {
    report_check(error, { ip, origin });
    refusal = ORIGIN;
  } finally {
    clock.cancel(timer);
    server.asked--;
    server.leave(ip);
  }
  return () => refusal ?? no_place(server, options, caller);
}

function no_place(server: Server, options: ServerOptions, caller: Caller): Refusal | undefined {
  const { protocols } = options;
  const asked = caller.protocols;
  if (
    protocols !== undefined &&
    asked.length > 0 &&
    !asked.some((name) => protocols.includes(name))
  ) {
    return ['protocol', '400 Bad Request'];
  }
  // The check that was asked may have ended the server.
  if (server.id < 0) return ['server_ended', '503 Service Unavailable'];
  if (events_full()) return ['event_queue_full', '503 Service Unavailable'];
  // Whoever comes back to a session is in already; the handshake shows who that is.
  const { max_client, sessions } = server;
  const present = server.clients.size + server.asked;
  if (present >= max_client + sessions.size) {
    // Handshakes under way hold no place, up to a number; raw connections have none.
    const { admitted } = server;
    const waiting = present - admitted;
    if (server.raw || admitted >= max_client || waiting >= max_client + MAX_HANDSHAKES) {
      return ['server_full', '503 Service Unavailable'];
    }
  }
  const limit = setting(server, 'connections_per_address');
  const here = server.addresses.get(caller.ip) ?? 0;
  if (limit > 0 && here >= limit + sessions_of(server, caller.ip, here >= limit)) {
    return ['address_limit', '429 Too Many Requests'];
  }
  return undefined;
}

function sessions_of(server: Server, address: string, matters: boolean): number {
  let n = 0;
  if (matters) for (const socket of server.sessions.values()) if (socket.address === address) n++;
  return n;
}
