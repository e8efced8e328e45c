// The http side: the page's few files, read once and kept, the server's numbers, and nothing else of the disk.
import { readFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';

/** Everything that the page may do: its own files, its own sockets, WebAssembly. No inline code, no other host. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self' ws:",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** Request path, file beside this program's bundle, type. */
const FILES = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/page.js', 'page.js', 'text/javascript; charset=utf-8'],
  ['/beat.js', 'beat.js', 'text/javascript; charset=utf-8'],
  ['/style.css', 'style.css', 'text/css; charset=utf-8'],
] as const;

interface Page {
  type: string;
  bytes: Uint8Array;
}

async function load_pages(folder: URL): Promise<Map<string, Page>> {
  const pages = new Map<string, Page>();
  for (const [path, file, type] of FILES) {
    pages.set(path, { type, bytes: await readFile(new URL(file, folder)) });
  }
  return pages;
}

function answer(response: ServerResponse, status: number, type: string, body: string | Uint8Array) {
  response.writeHead(status, {
    ...HEADERS,
    'content-type': type,
    'content-length': typeof body === 'string' ? Buffer.byteLength(body) : body.length,
    // A rebuilt page must show at the next reload.
    'cache-control': 'no-cache',
  });
  // Node leaves the body out by itself when only the head was asked for.
  response.end(body);
}

/**
 * An http server that does not listen yet. `folder` holds the page, undefined serves none;
 * `stats` is asked at every request of /stats.
 */
export async function create_site(folder: URL | undefined, stats: () => unknown): Promise<Server> {
  const pages = folder ? await load_pages(folder) : new Map<string, Page>();
  return createServer((request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      answer(response, 405, 'text/plain; charset=utf-8', 'GET and HEAD only\n');
    } else if (path === '/stats') {
      answer(response, 200, 'application/json', JSON.stringify(stats()));
    } else {
      const page = pages.get(path);
      if (page) answer(response, 200, page.type, page.bytes);
      else answer(response, 404, 'text/plain; charset=utf-8', 'not found\n');
    }
  });
}

/** Starts listening; resolves with the port, rejects with an error made for people. */
export function listen(site: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    site.once('error', (error: NodeJS.ErrnoException) => {
      const hint =
        error.code === 'EADDRINUSE'
          ? `port ${port} on ${host} is taken by another program; choose another with --port N, or --port 0 for any free one`
          : error.code === 'EACCES'
            ? `port ${port} on ${host} may not be used by this user; choose one above 1023 with --port N`
            : `cannot listen on ${host}, port ${port}: ${error.message}`;
      reject(new Error(hint, { cause: error }));
    });
    site.listen(port, host, () => {
      const address = site.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}
