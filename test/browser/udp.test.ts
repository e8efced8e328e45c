// UDP-like sockets of real pages: to a Node server, and from page to page by a room code.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import * as bytewire from '../../bindings/index.js';
import { open_chromium } from './chromium.js';
import { ready, serve_dist } from './serve-dist.js';

let browser: Browser | undefined;
let no_browser = '';
let site: Awaited<ReturnType<typeof serve_dist>>;
const undo: (() => void)[] = [];

beforeAll(async () => {
  const opened = await open_chromium();
  if ('browser' in opened) browser = opened.browser;
  else no_browser = opened.reason;
  site = await serve_dist();
});

afterAll(async () => {
  for (const what of undo) what();
  await browser?.close();
  site?.server.close();
});

beforeEach((context) => {
  if (browser === undefined) context.skip(no_browser);
});

async function page(): Promise<Page> {
  const made = await (await (browser as Browser).newContext()).newPage();
  await made.goto(site.url);
  await ready(made);
  return made;
}

/** In a page: connects, sends until something has come back, and tells what. */
function talk(to: Page, url: string, type: 'network_socket_udp' | 'network_socket_tcp', port = 0) {
  return to.evaluate(
    ([url, type, port]) =>
      new Promise<string>((done) => {
        const id = bw.network_create_socket(bw[type as 'network_socket_udp']);
        const packet = bw.buffer_from(new TextEncoder().encode('hello'));
        bw.async_on('networking', (event) => {
          if (event.type === bw.network_type_non_blocking_connect) {
            if (event.succeeded !== 1) done(`failed: ${event.reason}`);
            setInterval(() => bw.network_send_packet(id, packet, 5), 20);
          } else if (event.type === bw.network_type_data) {
            done(new TextDecoder().decode(bw.buffer_to_bytes(event.buffer, 0, event.size)));
          }
        });
        bw.network_connect(id, url, port as number);
      }),
    [url, type, port] as const,
  );
}

it('a page and a Node server', async () => {
  const server = bytewire.network_create_server(bytewire.network_socket_udp, 0, 8);
  undo.push(() => bytewire.network_destroy(server));
  const answer = bytewire.buffer_from(Buffer.from('from node'));
  undo.push(
    bytewire.async_on('networking', (event) => {
      if (event.type === bytewire.network_type_data)
        bytewire.network_send_packet(event.id, answer, 9);
    }),
  );
  const { port } = bytewire.network_get_stats(server) as { port: number };
  expect(await talk(await page(), '127.0.0.1', 'network_socket_udp', port)).toBe('from node');
});

it.each(['network_socket_udp', 'network_socket_tcp'] as const)(
  'a page that hosts, by %s',
  async (type) => {
    const signaling = bytewire.network_create_server(bytewire.network_socket_tcp, 0, 8, {
      rooms: true,
    });
    undo.push(() => bytewire.network_destroy(signaling));
    const { port } = bytewire.network_get_stats(signaling) as { port: number };
    const url = `ws://127.0.0.1:${port}`;
    const host = await page();
    const room = await host.evaluate(
      ([url, type]) =>
        new Promise<string>((done) => {
          bw.network_set_config(bw.network_config_signaling_url, url);
          const answer = bw.buffer_from(new TextEncoder().encode('from the page'));
          bw.async_on('networking', (event) => {
            if (event.type === bw.network_type_listening) done(event.room);
            if (event.type === bw.network_type_disconnect) done(`failed: ${event.reason}`);
            if (event.type === bw.network_type_data) bw.network_send_packet(event.id, answer, 13);
          });
          const made = bw.network_create_server(bw[type as 'network_socket_udp'], '', 4);
          if (made < 0) done(`failed: ${made}`);
        }),
      [url, type] as const,
    );
    expect(room).toMatch(/^[A-Z0-9-]{4,}$/i);
    const guest = await page();
    await guest.evaluate((at) => bw.network_set_config(bw.network_config_signaling_url, at), url);
    expect(await talk(guest, `room:${room}`, type)).toBe('from the page');
  },
);
