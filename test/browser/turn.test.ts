// Pages that may connect through a TURN server only, to a Node server and to one another; what passes is counted there.
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import * as bytewire from '../../bindings/index.js';
import { type TurnServer, turn_server } from '../net/turn-server.js';
import { use_pages } from './pages.js';

const { afterwards, open } = use_pages();
const PACKETS = 100;
const SIZE = 500;

declare global {
  var asked: number;
}

async function relay(passwords: Record<string, string>): Promise<TurnServer> {
  const turn = await turn_server(passwords);
  afterwards(() => turn.stop());
  return turn;
}

/** In a page: no other way than by TURN, with credentials that are asked for each time. */
function only(at: Page, port: number, username: string, credential: string): Promise<void> {
  return at.evaluate(
    ([urls, username, credential]) => {
      globalThis.asked = 0;
      bw.network_set_config(bw.network_config_relay_only, 1);
      bw.network_set_config(bw.network_config_ice_servers, async () => {
        globalThis.asked++;
        return [{ urls, username, credential }];
      });
    },
    [`turn:127.0.0.1:${port}?transport=udp`, username, credential] as const,
  );
}

/** In a page: connects, sends packets until as many have come back, and says how that went. */
function talk(at: Page, url: string, port: number): Promise<string> {
  return at.evaluate(
    ([url, port, count, size]) =>
      new Promise<string>((done) => {
        const id = bw.network_create_socket(bw.network_socket_udp);
        const packet = bw.buffer_create(size, bw.buffer_fixed, 1);
        let left = count;
        bw.async_on('networking', (event) => {
          if (event.id !== id) return;
          if (event.type === bw.network_type_non_blocking_connect) {
            if (event.succeeded !== 1) done(`${event.error}: ${event.reason}`);
            else setInterval(() => bw.network_send_packet(id, packet, size), 2);
          } else if (event.type === bw.network_type_data && --left === 0) done('ok');
        });
        bw.network_connect(id, url, port);
      }),
    [url, port, PACKETS, SIZE] as const,
  );
}

/** A server that sends back what comes. */
function echo(options: bytewire.ServerOptions = {}): number {
  const server = bytewire.network_create_server(bytewire.network_socket_udp, 0, 8, options);
  const off = bytewire.async_on('networking', ({ type, id, server: of, buffer, size }) => {
    if (type !== bytewire.network_type_data || of !== server) return;
    bytewire.network_send_packet(id, buffer as number, size as number);
  });
  afterwards(() => {
    off();
    bytewire.network_destroy(server);
  });
  return (bytewire.network_get_stats(server) as { port: number }).port;
}

it('a page and a Node server that has all clients on one port', async () => {
  const turn = await relay({ player: 'secret' });
  const port = echo();
  const at = await open();
  await only(at, turn.port, 'player', 'secret');
  expect(await talk(at, '127.0.0.1', port)).toBe('ok');
  expect(turn.out_bytes).toBeGreaterThan(PACKETS * SIZE);
  expect(turn.back_bytes).toBeGreaterThan(PACKETS * SIZE);
  expect(await talk(at, '127.0.0.1', port)).toBe('ok');
  expect(await at.evaluate(() => asked)).toBe(2);
  expect(turn.allowed.length).toBeGreaterThanOrEqual(2);
});

/** Opens a room in a page, whose server answers with what it gets; its code. */
function echo_room(host: Page): Promise<string> {
  return host.evaluate(
    () =>
      new Promise<string>((done) => {
        const server = bw.network_create_server(bw.network_socket_udp, '', 4);
        bw.async_on('networking', ({ type, id, server: of, buffer, size, room }) => {
          if (type === bw.network_type_listening) done(room as string);
          if (type !== bw.network_type_data || of !== server) return;
          bw.network_send_packet(id, buffer as number, size as number);
        });
      }),
  );
}

it('a page that hosts and its guest', async () => {
  const turn = await relay({ host: 'h', guest: 'g' });
  const hub = `ws://127.0.0.1:${echo({ rooms: true })}`;
  const [host, guest] = [await open(), await open()];
  await only(host, turn.port, 'host', 'h');
  await only(guest, turn.port, 'guest', 'g');
  for (const at of [host, guest]) {
    await at.evaluate((url) => bw.network_set_config(bw.network_config_signaling_url, url), hub);
  }
  const room = await echo_room(host);
  expect(await talk(guest, `room:${room}`, 0)).toBe('ok');
  // Out by the address of the one, back by that of the other, and the same for the answers.
  expect(turn.out_bytes).toBeGreaterThan(2 * PACKETS * SIZE);
  expect(turn.back_bytes).toBeGreaterThan(2 * PACKETS * SIZE);
  expect(new Set(turn.allowed)).toEqual(new Set(['host', 'guest']));
});

it('a page that hosts and a guest in Node', async () => {
  const turn = await relay({ host: 'h', guest: 'g' });
  const hub = `ws://127.0.0.1:${echo({ rooms: true })}`;
  const host = await open();
  await only(host, turn.port, 'host', 'h');
  await host.evaluate((url) => bw.network_set_config(bw.network_config_signaling_url, url), hub);
  const room = await echo_room(host);
  const servers = [{ urls: `turn:127.0.0.1:${turn.port}`, username: 'guest', credential: 'g' }];
  const guest = new bytewire.WebRTCClient();
  afterwards(() => guest.close());
  await guest.connect(hub, { room, relay_only: true, ice_servers: servers });
  expect(new Set(turn.allowed)).toEqual(new Set(['host', 'guest']));
});

it('wrong credentials are told, with the words of the TURN server', async () => {
  const turn = await relay({ player: 'secret' });
  const port = echo();
  const at = await open();
  await only(at, turn.port, 'player', 'expired');
  await at.evaluate(() => bw.network_set_config(bw.network_config_connect_timeout, 8000));
  const said = await talk(at, '127.0.0.1', port);
  expect(said).toMatch(/^ice_failed: .*our candidates: none; theirs: \d+ host; no pair answered/);
  expect(said).toMatch(/No address was given by turn:127\.0\.0\.1:\d+.*: .*says 401/);
  expect(turn.out_bytes).toBe(0);
});
