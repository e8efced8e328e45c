// DNS messages (RFC 1035) as far as a name's addresses need them, for DNS-over-HTTPS (RFC 8484). Bytes only.

export const DNS_A = 1;
export const DNS_AAAA = 28;
const CLASS_IN = 1;
const HEADER_BYTES = 12;
const MAX_NAME_BYTES = 255;
const NAME_ERROR = 3;

/** A question for the addresses of a name; the id is 0, so that caches can help (RFC 8484, 4.1). @throws RangeError */
export function dns_query(name: string, type: number): Uint8Array<ArrayBuffer> {
  const labels = name.replace(/\.$/, '').split('.');
  const bytes = [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
  for (const label of labels) {
    if (!/^[\w-]{1,63}$/.test(label))
      throw new RangeError(`${JSON.stringify(name)} is no host name`);
    bytes.push(label.length, ...Array.from(label, (c) => c.charCodeAt(0)));
  }
  bytes.push(0, type >> 8, type & 255, 0, CLASS_IN);
  if (bytes.length > HEADER_BYTES + MAX_NAME_BYTES + 4) {
    throw new RangeError(`${JSON.stringify(name)} is no host name`);
  }
  return Uint8Array.from(bytes);
}

/** Behind the name at `at`, or -1. A pointer (two bytes) ends a name; it is not followed. */
function skip_name(bytes: Uint8Array, at: number): number {
  for (let i = at; i < bytes.length; i += bytes[i] + 1) {
    if (bytes[i] === 0) return i + 1;
    if (bytes[i] >= 0xc0) return i + 2;
    if (bytes[i] > 63) return -1;
  }
  return -1;
}

function address_text(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, i) =>
    ((bytes[2 * i] << 8) | bytes[2 * i + 1]).toString(16),
  );
  return groups.join(':');
}

/** The addresses of an answer; `undefined`: there is no such name. @throws RangeError the bytes are no answer */
export function dns_addresses(bytes: Uint8Array, type: number): string[] | undefined {
  const broken = new RangeError('the resolver answered with something that is no DNS message');
  if (bytes.length < HEADER_BYTES || (bytes[2] & 0x80) === 0) throw broken;
  const code = bytes[3] & 15;
  if (code === NAME_ERROR) return undefined;
  if (code !== 0) throw new RangeError(`the resolver failed (code ${code})`);
  const word = (at: number) => (bytes[at] << 8) | bytes[at + 1];
  let at = HEADER_BYTES;
  for (let n = word(4); n > 0; n--) {
    at = skip_name(bytes, at) + 4;
    if (at < 4 || at > bytes.length) throw broken;
  }
  const found: string[] = [];
  for (let n = word(6); n > 0; n--) {
    at = skip_name(bytes, at);
    if (at < 0 || at + 10 > bytes.length) throw broken;
    const size = word(at + 8);
    const is_address = word(at) === type && word(at + 2) === CLASS_IN;
    at += 10;
    if (at + size > bytes.length) throw broken;
    if (is_address && size === (type === DNS_A ? 4 : 16)) {
      found.push(address_text(bytes.subarray(at, at + size)));
    }
    at += size;
  }
  return found;
}
