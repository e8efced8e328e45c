// Who of several WebSocket endpoints on one http.Server takes a request, and who closes the server in the end.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ListenOptions } from './host/types.js';

function path_of(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0];
}

/** A WebSocket endpoint on an http server. */
export interface Route {
  /** Undefined takes every path that no other endpoint has. */
  path: string | undefined;
  /** Whether it takes callers who ask for signaling, or the others. */
  signaling: boolean;
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void;
}

/** Our endpoints by http server: exactly one of them may take a request, or refuse it. */
const routes = new WeakMap<Server, Route[]>();

/** False when that path is taken on that server. */
export function add_route(http: Server, route: Route): boolean {
  const others = routes.get(http) ?? [];
  const taken = ({ path, signaling }: Route) =>
    path === route.path && signaling === route.signaling;
  if (others.some(taken)) return false;
  routes.set(http, [...others, route]);
  http.on('upgrade', route.upgrade);
  return true;
}

export function remove_route(http: Server, route: Route): void {
  const others = routes.get(http) ?? [];
  routes.set(
    http,
    others.filter((other) => other !== route),
  );
  http.off('upgrade', route.upgrade);
}

/** Whether a sub-protocol is signaling, of whichever version (STANDARD.md, 9). */
export function is_signaling(protocol: string): boolean {
  return /^bytewire\.signaling\.\d{1,9}$/.test(protocol);
}

export function route_of(http: Server, request: IncomingMessage): Route | undefined {
  const path = path_of(request);
  const asked = request.headers['sec-websocket-protocol'] ?? '';
  const signaling = asked.split(',').some((name) => is_signaling(name.trim()));
  const all = (routes.get(http) ?? []).filter((route) => route.signaling === signaling);
  return all.find((route) => route.path === path) ?? all.find((route) => route.path === undefined);
}

/** Servers that we have made, by port, and how many endpoints each has: WebSocket and signaling may share one. */
const own = new Map<Server, number>();

/** A server of ours on this port that another endpoint may join. */
export function own_server(options: ListenOptions): Server | undefined {
  const { port, host, key, signaling = false } = options;
  if (port === 0 || key !== undefined) return undefined;
  for (const http of own.keys()) {
    const address = http.address();
    if (address === null || typeof address !== 'object' || address.port !== port) continue;
    // Two of the same kind on one port are a mistake, as they always were.
    if ((routes.get(http) ?? []).some((route) => route.signaling === signaling)) continue;
    if (host === undefined || host === address.address || host === 'localhost') return http;
  }
  return undefined;
}

/** One endpoint less; the last one closes a server of ours. */
export function let_go(http: Server): void {
  const left = (own.get(http) ?? 1) - 1;
  if (left > 0) {
    own.set(http, left);
    return;
  }
  own.delete(http);
  if (http.listening) http.close();
  else http.once('listening', () => http.close());
  http.closeAllConnections();
}

/** Whether nobody but `route` can answer a request that no endpoint of ours takes. */
export function answers_strangers(http: Server, route: Route): boolean {
  const all = routes.get(http) ?? [];
  return all[0] === route && http.listenerCount('upgrade') === all.length;
}

/** One endpoint more on a server of ours. */
export function hold(http: Server): void {
  own.set(http, (own.get(http) ?? 0) + 1);
}

export function is_own(http: Server): boolean {
  return own.has(http);
}
