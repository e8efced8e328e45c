// Where a client connects to: GameMaker's rules for URL and port, with a real URL parser; rooms by name.
import { is_host, show } from './check.js';
import { network_socket_wss } from './constants.js';

export interface Address {
  /** `ws://` or `wss://`, complete. */
  url: string;
  /** The port that is really used. */
  port: number;
  /** WebRTC: the room at the signaling server of that URL, '' its own server. Undefined: WebSocket. */
  room?: string;
}

/** A bare IPv6 address, which needs brackets in a URL, at its beginning. */
const IPV6 = /^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*(?=$|[/?#])/i;

/**
 * `(ws://|wss://)?host(:port)?(/path)?`: the wss type or the prefix makes it secure; a port other than 0 beats the one in the
 * URL; without either it is the scheme's; IPv6 addresses may stand with or without brackets.
 *
 * @throws TypeError not a string; RangeError not such a URL
 */
export function parse_address(type: number, url: string, port: number, call: string): Address {
  if (typeof url !== 'string')
    throw new TypeError(`${call}: url must be a string, got ${show(url)}`);
  const wrong = () =>
    new RangeError(`${call}: url must be (ws://|wss://)host(:port)(/path), got ${show(url)}`);
  const [, scheme = '', rest = ''] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/is.exec(url.trim()) ?? [];
  if (scheme !== '' && !/^wss?$/i.test(scheme)) throw wrong();
  if (rest === '' || rest.startsWith('/') || /[\s\\]/.test(rest)) throw wrong();
  const secure = type === network_socket_wss || /^wss$/i.test(scheme);
  let parsed: URL;
  try {
    parsed = new URL(`${secure ? 'wss' : 'ws'}://${rest.replace(IPV6, '[$&]')}`);
  } catch {
    throw wrong();
  }
  if (parsed.hostname === '' || !is_host(parsed.hostname)) throw wrong();
  if (parsed.username !== '' || parsed.password !== '') throw wrong();
  // A fragment is not allowed in WebSocket URLs.
  parsed.hash = '';
  if (port !== 0) parsed.port = String(port);
  return { url: parsed.href, port: Number(parsed.port) || (secure ? 443 : 80) };
}
