// The signaling server's side of a room: what its host is told of visits, and what it may say in them.
import { expect, it } from 'vitest';
import type { Visit } from '../../bindings/rtc/door.js';
import { RemoteDoor } from '../../bindings/rtc/remote-door.js';
import type { Signal } from '../../bindings/rtc/signaling-message.js';
import { FakeClock } from '../net/fake-clock.js';

class Room {
  readonly clock = new FakeClock();
  readonly told: Signal[] = [];
  readonly ends: string[] = [];
  spared = 0;
  behind = false;
  readonly door = new RemoteDoor('a key', {
    say: (signal) => this.told.push(signal),
    end: () => {},
    is_behind: () => this.behind,
    was_spared: () => this.spared++,
  });

  enter(ip: string) {
    const who = { ip, port: 1, origin: '', token: '', resume: '', bound: 0, channel: '' };
    const visit: Visit = {
      who,
      say: (signal) => {
        if (signal.t === 'bye') this.ends.push(`${ip} ${signal.reason}`);
      },
    };
    return this.door.visit(visit);
  }
}

const candidate: Signal = { t: 'candidate', peer: 0, candidate: '', mid: '' };

it('a host is told so much a second from one address, and others are heard all the same', () => {
  const room = new Room();
  for (let i = 0; i < 5000; i++) room.enter('a');
  expect(room.told).toHaveLength(3600);
  expect(room.spared).toBe(1400);
  expect(new Set(room.ends)).toEqual(new Set(['a rate']));
  const visitor = room.enter('b');
  visitor.told(candidate);
  expect(room.told.slice(3600)).toEqual([
    expect.objectContaining({ t: 'visit', ip: 'b', peer: 5001 }),
    { ...candidate, peer: 5001 },
  ]);
  room.clock.advance(1000);
  room.enter('a');
  expect(room.told.at(-1)).toMatchObject({ t: 'visit', ip: 'a' });
});

it('addresses together say no more than a host hears, and long things count more', () => {
  const room = new Room();
  for (let i = 0; i < 9000; i++) room.enter(`${i}`);
  expect(room.told).toHaveLength(7200);
  room.clock.advance(1000);
  const visitor = room.enter('a');
  const before = room.told.length;
  for (let i = 0; i < 3600; i++) visitor.told({ t: 'offer', peer: 0, sdp: 'x'.repeat(8192) });
  // Each of them as five; then the visit has ended, and the host hears of that too.
  expect(room.told.length - before).toBe(719 + 1);
  expect(room.told.at(-1)).toMatchObject({ t: 'bye', reason: 'left' });
  expect(room.ends.at(-1)).toBe('a rate');
});

it('a host that does not read is told nothing new', () => {
  const room = new Room();
  const visitor = room.enter('a');
  room.behind = true;
  room.enter('b');
  visitor.told(candidate);
  visitor.told(candidate);
  expect(room.ends).toEqual(['b rate', 'a rate']);
  expect(room.told.map(({ t }) => t)).toEqual(['visit', 'bye']);
});

it('a host says so much in each visit, and nothing where there is none', () => {
  const room = new Room();
  room.enter('a');
  const may_say = (peer: number) => room.door.may_say({ ...candidate, peer } as Signal, 1);
  for (let i = 0; i < 100; i++) expect(may_say(1)).toBe(true);
  expect(may_say(1)).toBe(false);
  expect(may_say(2)).toBe(false);
});
