// Argument checks: the right kind (TypeError) and a sensible value (RangeError), with the function's name in the message.

/** How a value looks in an error message. */
export function show(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'object' && value !== null) return value.constructor?.name ?? 'object';
  return String(value);
}

/** A whole number, or an error that names `what`. */
export function integer(value: unknown, what: string): number {
  if (typeof value !== 'number')
    throw new TypeError(`${what} must be a number, got ${show(value)}`);
  if (!Number.isInteger(value)) throw new RangeError(`${what} must be an integer, got ${value}`);
  return value;
}

/** A whole number from `low` to `high`, or an error that names `what`. */
export function integer_in(value: unknown, low: number, high: number, what: string): number {
  const n = integer(value, what);
  if (n < low || n > high) throw new RangeError(`${what} must be ${low} to ${high}, got ${n}`);
  return n;
}

/** A string, or an error that names `what`. */
export function text(value: unknown, what: string): string {
  if (typeof value !== 'string')
    throw new TypeError(`${what} must be a string, got ${show(value)}`);
  return value;
}

/** Whether it is an ArrayBuffer, of any realm. Asks the engine's own getter: what a value says of itself may be untrue. */
export function is_array_buffer(value: unknown): value is ArrayBuffer {
  const { get } = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength')!;
  try {
    get!.call(value);
    return true;
  } catch {
    return false;
  }
}

/** True, false or nothing, or a TypeError that names `what`. */
export function yes_or_no(value: unknown, what: string): void {
  if (value === undefined || value === null || typeof value === 'boolean') return;
  throw new TypeError(`${what} must be true or false, got ${show(value)}`);
}

/** An object of options, no array, date or the like; or a TypeError that names `what`. */
export function options_object(value: unknown, what: string): void {
  if (Object.prototype.toString.call(value) !== '[object Object]') {
    throw new TypeError(`${what} must be an object of options, got ${show(value)}`);
  }
}

/** Options without a key that nobody knows, or a RangeError that names the first one. */
export function known_keys(options: object, known: object, what: string): void {
  for (const key of Object.keys(options)) {
    if (!Object.hasOwn(known, key)) throw new RangeError(`${what}: there is no ${show(key)}`);
  }
}

/** Whether the host of a URL is an address, or a name as long as the DNS can have (RFC 1035, 2.3.4): others would only fail later. */
export function is_host(hostname: string): boolean {
  return hostname.length < 255 && !/[^.]{64}/.test(hostname);
}

/** A URL of a scheme (`ws` or `http`, with `s` too), or an error that names `what`. */
export function url_of(scheme: string, value: unknown, what: string): string {
  const url = text(value, what);
  if (URL.canParse(url)) {
    const { protocol, hostname } = new URL(url);
    if (new RegExp(`^${scheme}s?:$`).test(protocol) && is_host(hostname)) return url;
  }
  throw new RangeError(`${what}: ${show(url)} is not a ${scheme}(s) URL`);
}
