// What a caller may say about a request, and the words for what can go wrong with it.
import type { HttpEvent } from './events.js';

/** Why a request failed, as a stable word. */
export type HttpErrorCode =
  /** Not a URL, or one that may not be fetched (user and password in it, the port of another service). */
  | 'bad_url'
  /** Not http or https. */
  | 'scheme'
  | 'refused'
  /** No way to the host. */
  | 'unreachable'
  | 'dns'
  | 'tls'
  | 'timeout'
  /** By `http_abort`. */
  | 'aborted'
  /** The connection ended before there was an answer. */
  | 'closed'
  /** The connection ended in the middle of the body. */
  | 'truncated'
  /** The answer is not HTTP, or a part (206) that nobody asked for where a file was wanted. */
  | 'protocol'
  /** The compressed body is damaged, or is compressed more than three times over. */
  | 'decode'
  | 'redirect_loop'
  /** More than `max_response_bytes`. */
  | 'too_large'
  /** The response buffer is full and does not grow. */
  | 'buffer_full'
  /** The response buffer was deleted meanwhile. */
  | 'buffer_deleted'
  | 'out_of_memory'
  /** An answer outside 200 to 299: see `http_status`. */
  | 'http_status'
  /** A page is told no more: refused, no such host, bad certificate, or not allowed by CORS. */
  | 'network'
  | 'store_failed'
  | 'store_full'
  | 'store_outside'
  | 'unsupported';

/** Header names and values: a Map, a plain object or Headers. A negative number stands for none. */
export type HttpHeaderMap =
  | Map<string, string | number>
  | Record<string, string | number>
  | Headers
  | number
  | null
  | undefined;

/** Text, a buffer (see `http_request` for what its position means) or bytes. */
export type HttpBody = string | number | Uint8Array | ArrayBuffer | null | undefined;

/** When a request that failed is made again. */
export interface RetryOptions {
  /** How often at most, beyond the first time. */
  count: number;
  /** The first pause is random, up to this many ms; each next one up to twice as much. Default 500. */
  first_ms?: number;
  /** No pause is longer, in ms. Default 30,000. */
  max_ms?: number;
  /** A server that asks for more patience than this (`Retry-After`) is not asked again, in ms. Default 120,000. */
  max_retry_after_ms?: number;
  /** Also methods that may do their work twice, such as POST. Default false. */
  any_method?: boolean;
}

/** What may be said about a request beyond GameMaker's arguments. */
export interface HttpOptions {
  /**
   * The buffer that gets the response, from its position at the call on. Grow buffers grow, wrap buffers wrap, others stop when
   * full. Several requests may write into one buffer; where they overlap, what comes later stays.
   */
  response_buffer?: number;
  /**
   * The file that gets the response, if that is 2xx: as `http_get_file`. A 206 only when `Range` is among the headers. Of several
   * requests for one file each puts all of its own in place; the one that ends last stays.
   */
  response_file?: string;
  /**
   * From the call to the end, in ms (at most 2,147,483,647): the wait for its turn, redirects, body and retries included. Default:
   * none, but a body of which nothing comes for 300,000 ms has failed.
   */
  timeout?: number;
  /**
   * Gets each progress event before the listeners do. In a page a request with a body and this option is made by
   * XMLHttpRequest, which tells how far the upload has gone, and whose response comes in one piece.
   */
  on_progress?: (event: HttpEvent) => void;
  /** How often to try again, or how exactly. Default: not at all. Only for GET, HEAD, PUT, DELETE and OPTIONS. */
  retry?: number | RetryOptions;
  /** Longest body in bytes, decompressed. Default: 256 MiB as text, 2 GiB in a buffer, 64 GiB in a file. */
  max_response_bytes?: number;
  /**
   * Goes on where a transfer broke off (Range, If-Range) when the server lets it: in the retries of this request and, for
   * files, in the next request with `resume` for the same URL and file, in Node also after the process was killed. A
   * RangeError for methods other than GET, and with a `Range` of your own. Default false.
   */
  resume?: boolean;
}
