// network_resolve: literal addresses, localhost, DNS-over-HTTPS where a resolver is set, else what the host knows.
import { host } from '#host';
import { show, text } from './check.js';
import { DNS_A, DNS_AAAA, dns_addresses, dns_query } from './dns-message.js';
import { NetError } from './errors.js';
import { setting } from './network-config.js';

/** An answer is a few hundred bytes; more is not read. */
const MAX_ANSWER_BYTES = 65_536;
const LITERAL = /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*)$/i;

function base64url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** The body, or undefined where it goes on and on. */
async function read_body({ body }: Response): Promise<Uint8Array | undefined> {
  if (body === null) return new Uint8Array(0);
  const reader = body.getReader();
  const bytes = new Uint8Array(MAX_ANSWER_BYTES);
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return bytes.subarray(0, size);
    if (size + value.length > MAX_ANSWER_BYTES) {
      // Whether the host can still tell the resolver does not matter.
      reader.cancel().catch(() => {});
      return undefined;
    }
    bytes.set(value, size);
    size += value.length;
  }
}

async function ask(resolver: string, name: string, type: number): Promise<string[] | undefined> {
  const url = new URL(resolver);
  url.searchParams.set('dns', base64url(dns_query(name, type)));
  const failed = (why: string, cause?: unknown) =>
    new NetError('connect_failed', `network_resolve: ${resolver} ${why}`, { cause });
  let bytes: Uint8Array;
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/dns-message' },
      signal: AbortSignal.timeout(setting(undefined, 'connect_timeout_ms')),
    });
    if (!response.ok) {
      // Nobody reads what it says: it may go on and on.
      response.body?.cancel().catch(() => {});
      throw failed(`answered with status ${response.status}`);
    }
    const body = await read_body(response);
    if (body === undefined) throw failed('answered with too much');
    bytes = body;
  } catch (cause) {
    throw cause instanceof NetError ? cause : failed('cannot be reached', cause);
  }
  try {
    return dns_addresses(bytes, type);
  } catch (cause) {
    throw failed('gave a broken answer', cause);
  }
}

/**
 * Address of a host name, IPv4 first. Addresses stand for themselves. By the DNS-over-HTTPS server of
 * `network_config_resolver_url` where one is set; else by the system's resolver in Node; else, in pages, which cannot ask
 * the DNS, `localhost` becomes 127.0.0.1 and anything else is given back.
 *
 * @throws (rejects) the resolver's error for a name that does not exist; NetError `connect_failed` (no such name, or the
 *   DNS-over-HTTPS server fails); TypeError not a string; RangeError not a host name
 */
export async function network_resolve(url: string): Promise<string> {
  const name = text(url, 'network_resolve: url').trim();
  const resolver = setting(undefined, 'resolver_url');
  // The system's resolver takes '' for a name without addresses, and asks the DNS for anything.
  if (name === '' || name.length > 255 || /[\s/?#@\\\0]/.test(name)) {
    throw new RangeError(`network_resolve: ${show(url)} is no host name`);
  }
  // Brackets belong to URLs, and no resolver knows them.
  const bare = name.replace(/^\[([0-9a-f:.]*)\]$/i, '$1');
  if (resolver === '') return host.resolve(bare);
  if (LITERAL.test(bare)) return bare;
  if (/^(.*\.)?localhost\.?$/i.test(name)) return '127.0.0.1';
  const v4 = await ask(resolver, name, DNS_A);
  if (v4?.[0] !== undefined) return v4[0];
  const v6 = v4 === undefined ? undefined : await ask(resolver, name, DNS_AAAA);
  if (v6?.[0] !== undefined) return v6[0];
  throw new NetError('connect_failed', `network_resolve: there is no address for ${name}`);
}
