// Hosts that misbehave: whoever connects to them hears why it came to nothing, keeps nothing of them, and exits by itself.
import type { DataChannel } from 'node-datachannel';
import { afterEach, beforeEach, expect, it } from 'vitest';
import * as c from '../../bindings/constants.js';
import { bad_host, CLOSED, OPEN } from './rtc-host.js';
import { Victim } from './rtc-victim.js';

let victim: Victim;

beforeEach(async () => {
  victim = new Victim();
  await victim.ask('set', { param: c.network_config_heartbeat_interval, value: 200 });
  await victim.ask('set', { param: c.network_config_heartbeat_timeout, value: 1500 });
});

afterEach(async () => {
  await victim.calm();
  await victim.end();
});

/** Tries to connect; gives how that came out. */
async function dial(port: number) {
  const how = { type: c.network_socket_udp, url: '127.0.0.1', port };
  const { id } = await victim.ask<{ id: number }>('connect', how);
  return victim.event({ type: c.network_type_non_blocking_connect, id });
}

it('says why it came to nothing', async () => {
  await Promise.all(
    CLOSED.map(async ([title, ways, why]) => {
      const { port } = await bad_host(ways);
      const { succeeded, error, reason } = await dial(port);
      expect([title, succeeded, `${error}: ${reason}`]).toEqual([
        title,
        0,
        expect.stringMatching(why),
      ]);
    }),
  );
});

it('outlives hosts that let in and misbehave, and notices their end', async () => {
  const here: [string, number, () => void][] = [];
  await Promise.all(
    OPEN.map(async ([title, ways, ends]) => {
      const host = await bad_host(ways);
      const { id, succeeded, reason } = await dial(host.port);
      if (succeeded === 1) here.push([title, id as number, host.stop]);
      // One that ends at once may do so before it was open.
      else expect([title, ends, reason]).toEqual([title, true, expect.stringMatching(/\w/)]);
    }),
  );
  const lasting = OPEN.filter(([, , ends]) => !ends).map(([title]) => title);
  // Whatever they do meanwhile, they are there.
  await new Promise((done) => setTimeout(done, 2000));
  for (const [title, id] of here) {
    const end = victim.events.find(
      (event) => event.type === c.network_type_disconnect && event.id === id,
    );
    if (lasting.includes(title)) expect([title, end]).toEqual([title, undefined]);
  }
  for (const [, , stop] of here) stop();
  for (const [title, id] of here) {
    const { reason } = await victim.event({ type: c.network_type_disconnect, id });
    expect([title, reason]).toEqual([title, expect.stringMatching(/^.{3,250}$/)]);
  }
});

/** The same over `network_socket_tcp`, in a room. */
async function dial_room(type: number) {
  const { id } = await victim.ask<{ id: number }>('connect', { type, url: 'room:R' });
  return victim.event({ type: c.network_type_non_blocking_connect, id });
}

it('asks once more where a further channel is refused, and no more', async () => {
  const host = await bad_host({
    channel: (channel) => {
      const refused = channel.getLabel() === 'bytewire.tcp';
      if (refused) channel.sendMessage('bye 1008 not you');
    },
  });
  const url = `ws://127.0.0.1:${host.port}`;
  await victim.ask('set', { param: c.network_config_signaling_url, value: url });
  const stays = await dial_room(c.network_socket_udp);
  expect(stays).toMatchObject({ succeeded: 1 });
  for (let visits = 2; visits <= 3; visits++) {
    expect(await dial_room(c.network_socket_tcp)).toMatchObject({
      succeeded: 0,
      error: 'refused',
      reason: 'not you',
    });
    expect(host.visits).toBe(visits);
  }
  await victim.ask('destroy', { id: stays.id });
});

it('hears of streams that are none', async () => {
  const kinds: [string, (channel: DataChannel) => void, RegExp][] = [
    ['silence', () => {}, /^timeout: /],
    [
      'garbage',
      (channel) => void channel.sendMessageBinary(Buffer.alloc(60_000, 7)),
      /^protocol: /,
    ],
    ['text', (channel) => void channel.sendMessage('GM:Studio-Connect'), /^protocol: /],
    ['an end', (channel) => channel.close(), /^failed: /],
  ];
  await victim.ask('set', { param: c.network_config_handshake_timeout, value: 4000 });
  for (const [title, channel, why] of kinds) {
    const host = await bad_host({ channel });
    const url = `ws://127.0.0.1:${host.port}`;
    await victim.ask('set', { param: c.network_config_signaling_url, value: url });
    const { succeeded, error, reason } = await dial_room(c.network_socket_tcp);
    expect([title, succeeded, `${error}: ${reason}`]).toEqual([
      title,
      0,
      expect.stringMatching(why),
    ]);
  }
});
