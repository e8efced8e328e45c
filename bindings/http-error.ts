// What a failed exchange means: the host's many words, sorted into our few.
import { NetError } from './errors.js';
import type { HttpErrorCode } from './http-types.js';

/** A request has failed. */
export class HttpError extends Error {
  readonly code: HttpErrorCode;
  constructor(code: HttpErrorCode, message: string) {
    super(message);
    this.name = 'HttpError';
    this.code = code;
  }
}

/** An answer that is none of the good ones. */
export function status_error(status: number): HttpError {
  return new HttpError('http_status', `the server answered ${status}`);
}

/** Node's codes, as far as they do not depend on when they come. OpenSSL's and the certificate's are matched below. */
const CODES: Record<string, HttpErrorCode> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EAI_FAIL: 'dns',
  EAI_NODATA: 'dns',
  EAI_NONAME: 'dns',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
  ETIMEDOUT: 'timeout',
};

const TLS =
  /^(?:ERR_TLS_|ERR_SSL_|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|ERROR_IN_CERT_|ERROR_IN_CRL_|EPROTO)/;
const CLOSED = ['ECONNRESET', 'EPIPE', 'ECONNABORTED'];

/** The error and what caused it, outermost first; of several attempts to connect, the last. */
function chain(error: unknown): { code: string; message: string }[] {
  const list = [];
  let at = error as (Error & { code?: unknown; errors?: unknown[] }) | undefined;
  for (let depth = 0; at instanceof Object && depth < 8; depth++) {
    list.push({ code: String(at.code ?? ''), message: at.message ?? '' });
    at = (at.errors?.at(-1) ?? at.cause) as typeof at;
  }
  return list;
}

function code_of(error: unknown, in_body: boolean): HttpErrorCode {
  for (const { code, message } of chain(error)) {
    // A name too long for the resolver.
    if (code === 'EINVAL' && message.startsWith('getaddrinfo ')) return 'dns';
    if (code in CODES) return CODES[code];
    if (TLS.test(code)) return 'tls';
    if (CLOSED.includes(code)) return in_body ? 'truncated' : 'closed';
    if (code.startsWith('HPE_')) return 'protocol';
  }
  return in_body ? 'truncated' : 'network';
}

/** Any failure as an {@link HttpError}. `in_body`: the response's headers were there already. */
export function http_error(error: unknown, in_body: boolean): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof NetError) return new HttpError(error.code as HttpErrorCode, error.message);
  if (error instanceof RangeError && /out of memory/.test(error.message)) {
    return new HttpError('out_of_memory', error.message);
  }
  if (error instanceof RangeError && /string length/i.test(error.message)) {
    return new HttpError('too_large', 'the body is too long for a string');
  }
  const why = chain(error)
    .map(({ message }) => message)
    .filter((message) => message !== '');
  return new HttpError(code_of(error, in_body), why.join(': ') || String(error));
}
