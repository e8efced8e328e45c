// Packets in a real page whose Content-Security-Policy allows wasm but no eval: another engine takes over, with the same bytes.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as bw from '../../bindings/index.js';
import { afterwards } from '../net/harness.js';
import { open_chromium } from './chromium.js';
import { ready } from './serve-dist.js';

const dist = fileURLToPath(new URL('../../dist/browser/', import.meta.url));
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'";

/** Runs here and in the page: writes packets with an engine and tells what became of them. */
function round_trip(library: typeof bw, engine?: 'clones' | 'plain') {
  library.packet_set_engine(engine);
  const schema = {
    id: library.u32,
    x: library.f32,
    exact: library.f64,
    big: library.u64,
    dx: library.quant(-1, 1, 12),
    hp: library.ranged(0, 100),
    mode: library.enumOf('idle', 'run'),
    name: library.str(20),
    raw: library.bytes(8),
    path: library.list(library.packet({ x: library.s16, y: library.s16 }), 9),
    score: library.optional(library.varint),
  };
  const numbers = library.packet({ a: library.u8, b: library.f32, c: library.u16 });
  const all = library.packet(schema, { tagged: true });
  const b = library.buffer_create(16, library.buffer_grow, 1);
  const flat = { a: 200, b: 0.5, c: 40_000 };
  const value = {
    ...{ id: 7, x: 1.5, exact: 0.1, big: 2n ** 60n, dx: 1, hp: 99, mode: 'run' as const },
    name: 'Zoë €',
    raw: new Uint8Array([1, 2, 255]),
    path: [
      { x: -1, y: 2 },
      { x: 300, y: -4 },
    ],
    score: 300,
  };
  numbers.write(b, flat);
  all.write(b, value);
  const bytes = [...library.buffer_to_bytes(b).subarray(0, library.buffer_tell(b))];
  library.buffer_seek(b, library.buffer_seek_start, 0);
  const shown = JSON.stringify([numbers.read(b), all.read(b), library.buffer_tell(b)], (_, v) =>
    typeof v === 'bigint' ? `${v}n` : v instanceof Uint8Array ? [...v] : v,
  );
  library.buffer_delete(b);
  library.packet_set_engine();
  return { bytes, shown, engines: [numbers.engine, all.engine] };
}

/** The page's own script: what a test evaluates from outside is not bound by the policy. `before` runs ahead of the first packet. */
const start = (before: string) => `globalThis.violations = [];
addEventListener('securitypolicyviolation', (e) => violations.push([e.effectiveDirective, e.blockedURI]));
const bw = await import('/dist/index.js');
${before}
const run = ${round_trip.toString()};
globalThis.results = { best: run(bw), clones: run(bw, 'clones'), plain: run(bw, 'plain') };
const { made } = await import('/made.js');
const linked = bw.packet_link({ id: bw.u16, name: bw.str(9), on: bw.bool }, made);
globalThis.linked = [linked.engine, [...linked.pack({ id: 513, name: 'abc', on: true })].join(), JSON.stringify(linked.unpack(linked.pack({ id: 513, name: 'abc', on: true })))];
document.title = 'ready';`;

/** What a build step writes to a file. */
const MADE = bw.packet({ id: bw.u16, name: bw.str(9), on: bw.bool }).toSource('made');

async function serve(before: string): Promise<string> {
  const web = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://x').pathname;
    response.setHeader('content-security-policy', POLICY);
    const script = path === '/start.js' ? start(before) : path === '/made.js' ? MADE : undefined;
    if (path === '/') {
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><script type="module" src="/start.js"></script>');
    } else if (script !== undefined || /^\/dist\/[\w.-]+\.js$/.test(path)) {
      response.setHeader('content-type', 'text/javascript');
      response.end(script ?? (await readFile(join(dist, path.slice(6)))));
    } else response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  afterwards(() => {
    web.closeAllConnections();
    web.close();
  });
  await new Promise((listening) => web.once('listening', listening));
  return `http://127.0.0.1:${(web.address() as AddressInfo).port}/`;
}

describe('packets under a Content-Security-Policy without unsafe-eval', () => {
  it.for<[string, string[][]]>([
    // The one question whether code may be generated, which the policy answers with no; it proves that the policy is on.
    ['', [['script-src', 'eval']]],
    ['await bw.init({ eval: false });', []],
  ])(
    'are written and read in Chromium by the other engines, with the bytes of this process; first: %j',
    async ([before, reports], context) => {
      const opened = await open_chromium();
      if ('reason' in opened) {
        context.skip(opened.reason);
        return;
      }
      const url = await serve(before);
      try {
        const page = await opened.browser.newPage();
        const errors: string[] = [];
        page.on('pageerror', (error) => errors.push(error.message));
        await page.goto(url);
        await ready(page);
        const here = round_trip(bw);
        expect(here.engines).toEqual(['generated', 'generated']);
        const { best, clones, plain } = (await page.evaluate('results')) as Record<
          'best' | 'clones' | 'plain',
          typeof here
        >;
        for (const there of [best, clones, plain]) {
          expect(there).toMatchObject({ bytes: here.bytes, shown: here.shown });
          expect(there.engines).not.toContain('generated');
        }
        expect(best.engines).toEqual(clones.engines);
        expect(clones.engines[0]).toBe('clones');
        expect(plain.engines).toEqual(['plain', 'plain']);
        // Functions from a file need no eval, and are the fastest.
        expect(await page.evaluate('linked')).toEqual([
          'generated',
          '1,1,2,3,97,98,99',
          '{"id":513,"name":"abc","on":true}',
        ]);
        const violations = await page.evaluate('violations');
        expect({ errors, violations }).toEqual({ errors: [], violations: reports });
      } finally {
        await opened.browser.close();
      }
    },
  );
});
