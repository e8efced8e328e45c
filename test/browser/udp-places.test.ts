// A page that hosts has as many places as it said: nobody hears that it is in who is not. Nor does anybody get past its password.
import { expect, it } from 'vitest';
import * as bytewire from '../../bindings/index.js';
import { use_pages } from './pages.js';

const { afterwards, open } = use_pages();
const { network_socket_udp: udp, network_socket_tcp: tcp } = bytewire;

function signaling(): string {
  const id = bytewire.network_create_server(tcp, 0, 8, { rooms: true });
  afterwards(() => bytewire.network_destroy(id));
  return `ws://127.0.0.1:${bytewire.network_get_stats(id)?.port}`;
}

/** A page with a server of that type in a new room, and the room's name. */
async function host_page(url: string, type: number, max_client: number): Promise<string> {
  return (await open()).evaluate(
    ([url, type, max_client]) =>
      new Promise<string>((done) => {
        bw.network_set_config(bw.network_config_signaling_url, url);
        bw.async_on('networking', (event) => {
          if (event.type === bw.network_type_listening) done(event.room);
        });
        bw.network_create_server(type, '', max_client);
      }),
    [url, type, max_client] as const,
  );
}

type Outcome = [succeeded: number, error: string | undefined];

it.each([udp, tcp])('programs that come at once to a page, type %i', async (type) => {
  const url = signaling();
  bytewire.network_set_config(bytewire.network_config_signaling_url, url);
  afterwards(() => bytewire.network_set_config(bytewire.network_config_signaling_url, ''));
  const room = await host_page(url, type, 2);
  const waiting = new Map<number, (outcome: Outcome) => void>();
  const ends: number[] = [];
  afterwards(
    bytewire.async_on('networking', (event) => {
      if (event.type === bytewire.network_type_non_blocking_connect) {
        waiting.get(event.id)?.([event.succeeded, event.error]);
      } else if (event.type === bytewire.network_type_disconnect) ends.push(event.id);
    }),
  );
  const dial = (kind: number) =>
    new Promise<Outcome>((done) => {
      const id = bytewire.network_create_socket(kind);
      afterwards(() => bytewire.network_destroy(id));
      waiting.set(id, done);
      bytewire.network_connect(id, `room:${room}`, 0);
    });
  const all = await Promise.all(Array.from({ length: 12 }, () => dial(type)));
  expect(all.filter(([succeeded]) => succeeded === 1)).toHaveLength(2);
  expect(new Set(all.filter(([succeeded]) => succeeded === 0).map(([, error]) => error))).toEqual(
    new Set(['full']),
  );
  // What the page has not is refused, over a connection that stands.
  expect(await dial(type === udp ? tcp : udp)).toEqual([0, 'refused']);
  expect(ends).toEqual([]);
});

it.each([
  [udp, tcp],
  [tcp, udp],
])('a password of a server that a page opens later: %i, %i', async (first, second) => {
  const url = signaling();
  bytewire.network_set_config(bytewire.network_config_signaling_url, url);
  afterwards(() => bytewire.network_set_config(bytewire.network_config_signaling_url, ''));
  const page = await open();
  const host = (type: number, name: string, options: object) =>
    page.evaluate(
      ([url, type, name, options]) =>
        new Promise<string>((done) => {
          bw.network_set_config(bw.network_config_signaling_url, url);
          bw.async_on('networking', (event) => {
            if (event.type === bw.network_type_listening) done(event.room);
          });
          bw.network_create_server(type, name, 8, options);
        }),
      [url, type, name, options] as const,
    );
  const room = await host(first, '', {});
  const dial = (type: number) =>
    new Promise<string>((done) => {
      const id = bytewire.network_create_socket(type);
      afterwards(() => bytewire.network_destroy(id));
      const off = bytewire.async_on('networking', (event) => {
        if (event.type !== bytewire.network_type_non_blocking_connect || event.id !== id) return;
        off();
        done(event.succeeded ? 'in' : `${event.error}: ${event.reason}`);
      });
      bytewire.network_connect(id, `room:${room}`, 0);
    });
  expect(await dial(first)).toBe('in');
  await host(second, room, { password: 'sesame' });
  expect(await dial(second)).toBe('refused: wrong password');
  bytewire.network_set_config(bytewire.network_config_join_token, 'sesame');
  const shown = await dial(second);
  bytewire.network_set_config(bytewire.network_config_join_token, '');
  expect(shown).toBe('in');
});

it('pages that come at once to a page', async () => {
  const url = signaling();
  const room = await host_page(url, udp, 2);
  const guest = await open();
  const [all, ends] = await guest.evaluate(
    async ([url, room]) => {
      bw.network_set_config(bw.network_config_signaling_url, url);
      const waiting = new Map<number, (outcome: Outcome) => void>();
      let ends = 0;
      bw.async_on('networking', (event) => {
        if (event.type === bw.network_type_non_blocking_connect) {
          waiting.get(event.id)?.([event.succeeded, event.error]);
        } else if (event.type === bw.network_type_disconnect) ends++;
      });
      const dial = (type: number) =>
        new Promise<Outcome>((done) => {
          const id = bw.network_create_socket(type);
          waiting.set(id, done);
          bw.network_connect(id, `room:${room}`, 0);
        });
      const all = await Promise.all(Array.from({ length: 8 }, () => dial(bw.network_socket_udp)));
      all.push(await dial(bw.network_socket_tcp));
      return [all, ends] as const;
    },
    [url, room] as const,
  );
  expect(all.filter(([succeeded]) => succeeded === 1)).toHaveLength(2);
  expect(all.slice(0, 8).filter(([, error]) => error === 'full')).toHaveLength(6);
  expect(all[8]).toEqual([0, 'refused']);
  expect(ends).toBe(0);
});
