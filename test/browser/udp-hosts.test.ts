// Pages at hosts that misbehave: they hear why it came to nothing or that it is over, and keep no peer connection of it.
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { bad_host, CLOSED, OPEN } from '../hostile/rtc-host.js';
import { use_pages } from './pages.js';

const { open } = use_pages();

/** Peer connections of a page: open ones, and all that there were. */
type Counting = { peers: number; made: number };

async function counting_page(errors: string[]) {
  return open(async (page) => {
    page.on('pageerror', (error) => errors.push(error.message));
    await page.addInitScript(() => {
      const at = window as unknown as Counting;
      const { close } = RTCPeerConnection.prototype;
      const open_ones = new WeakSet<object>();
      at.peers = at.made = 0;
      window.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(how?: RTCConfiguration) {
          super(how);
          open_ones.add(this);
          at.peers++;
          at.made++;
        }

        override close() {
          if (open_ones.delete(this)) at.peers--;
          close.call(this);
        }
      };
    });
  });
}

async function nothing_left(page: Page): Promise<void> {
  const count = (what: keyof Counting) =>
    page.evaluate((what) => (window as unknown as Counting)[what], what);
  await expect.poll(() => count('peers')).toBe(0);
  expect(await count('made')).toBeGreaterThan(0);
}

it('hear why it came to nothing', async () => {
  const errors: string[] = [];
  const page = await counting_page(errors);
  await Promise.all(
    CLOSED.map(async ([title, ways]) => {
      const { port, stop } = await bad_host(ways);
      const said = await page.evaluate(
        (port) =>
          new Promise<[number, string, string]>((done) => {
            const id = bw.network_create_socket(bw.network_socket_udp);
            bw.async_on('networking', (event) => {
              if (event.type !== bw.network_type_non_blocking_connect || event.id !== id) return;
              done([event.succeeded, event.error ?? '', event.reason ?? '']);
              bw.network_destroy(id);
            });
            bw.network_connect(id, 'ws://127.0.0.1', port);
          }),
        port,
      );
      stop();
      const words = expect.stringMatching(/\w{3}/);
      expect([title, ...said]).toEqual([title, 0, words, words]);
    }),
  );
  await nothing_left(page);
  expect(errors).toEqual([]);
});

it('outlive hosts that let in and misbehave, and notice their end', async () => {
  const errors: string[] = [];
  const page = await counting_page(errors);
  await page.evaluate(() => {
    bw.network_set_config(bw.network_config_heartbeat_interval, 200);
    bw.network_set_config(bw.network_config_heartbeat_timeout, 4000);
  });
  await Promise.all(
    OPEN.map(async ([title, ways]) => {
      const host = await bad_host(ways);
      const words = page.evaluate(
        (port) =>
          new Promise<string>((done) => {
            const id = bw.network_create_socket(bw.network_socket_udp);
            bw.async_on('networking', (event) => {
              if (event.id !== id) return;
              if (event.type === bw.network_type_non_blocking_connect && event.succeeded === 0) {
                done(event.reason ?? '');
              } else if (event.type === bw.network_type_disconnect) done(event.reason ?? '');
              else return;
              bw.network_destroy(id);
            });
            bw.network_connect(id, 'ws://127.0.0.1', port);
          }),
        host.port,
      );
      // Until it is in, and has had its way with it.
      await expect.poll(() => host.visits).toBeGreaterThan(0);
      await new Promise((done) => setTimeout(done, 3000));
      host.stop();
      expect([title, await words]).toEqual([title, expect.stringMatching(/^.{3,250}$/)]);
    }),
  );
  await nothing_left(page);
  expect(errors).toEqual([]);
});
