// Turns at the door: who begins, who waits, and who has to go.
import { expect, it } from 'vitest';
import { Seats } from '../../bindings/network-seats.js';
import { type Turn, Turns } from '../../bindings/network-turns.js';
import { Places } from '../../bindings/places.js';
import { FakeClock } from '../net/fake-clock.js';

class Door {
  readonly turns: Turns;
  readonly also = new Places(1000, 1000);
  readonly began: string[] = [];
  readonly late: string[] = [];

  constructor(max: number, max_per_address: number) {
    this.turns = new Turns(new Places(max, max_per_address), this.also);
  }

  /** One from the address that its name begins with. */
  enter(name: string): Turn | undefined {
    let mine: Turn | undefined;
    mine = this.turns.enter(name[0], {
      begin: (turn) => {
        mine = turn;
        this.began.push(name);
      },
      too_late: () => {
        this.late.push(name);
        mine?.end();
      },
    });
    return mine;
  }
}

it('who finds no place waits, the addresses in turn and each in order', () => {
  new FakeClock();
  const door = new Door(4, 2);
  const first = ['a1', 'a2', 'b1', 'b2'].map((name) => door.enter(name));
  for (const name of ['a3', 'a4', 'b3', 'c1', 'c2']) door.enter(name);
  expect(door.began).toEqual(['a1', 'a2', 'b1', 'b2']);
  first[0]?.end();
  first[0]?.end();
  expect(door.began.splice(0)).toEqual(['a1', 'a2', 'b1', 'b2', 'a3']);
  // The share of a is taken again.
  first[2]?.end();
  expect(door.began.splice(0)).toEqual(['b3']);
  first[3]?.end();
  first[1]?.end();
  expect(door.began.splice(0)).toEqual(['c1', 'a4']);
});

it('who leaves while it waits never begins', () => {
  new FakeClock();
  const door = new Door(1, 1);
  const one = door.enter('a1');
  door.enter('a2')?.end();
  const three = door.enter('b1');
  one?.end();
  expect(door.began).toEqual(['a1', 'b1']);
  three?.end();
  door.enter('a3');
  expect(door.began).toEqual(['a1', 'b1', 'a3']);
});

it('who is let in and offers nothing makes room for those who wait, and only then', () => {
  const clock = new FakeClock();
  const door = new Door(3, 2);
  for (const name of ['a1', 'a2', 'b1']) door.enter(name)?.admitted();
  door.enter('a0');
  clock.advance(1000);
  expect(door.late).toEqual([]);
  clock.advance(1500);
  // The first one was enough.
  expect(door.late).toEqual(['a1']);
  expect(door.began.at(-1)).toBe('a0');
  clock.advance(60_000);
  expect(door.late).toEqual(['a1']);
});

it('who has made an offer keeps its place, and who waits goes after 10 s', () => {
  const clock = new FakeClock();
  const door = new Door(1, 1);
  const one = door.enter('a1');
  one?.admitted();
  one?.offered();
  door.enter('b1');
  clock.advance(9900);
  expect(door.late).toEqual([]);
  clock.advance(500);
  expect(door.late).toEqual(['b1']);
  one?.end();
  expect(door.began).toEqual(['a1']);
});

it('the line has an end, for one address and for all', () => {
  new FakeClock();
  const door = new Door(1, 1);
  door.enter('z');
  const enter = (address: string) => door.enter(address) !== undefined;
  for (const address of ['a', 'b', 'c', 'd']) {
    for (let i = 0; i < 1024; i++) expect(enter(address)).toBe(true);
    expect(enter(address)).toBe(false);
  }
  expect(enter('e')).toBe(false);
});

it('nobody begins without room for what else there must be, or behind the end', () => {
  new FakeClock();
  const turns = new Turns(new Places(2, 2), new Places(1, 1));
  const began: string[] = [];
  const asked = turns.also.take('x');
  turns.enter('a', { begin: () => began.push('a'), too_late: () => {} });
  expect(began).toEqual([]);
  asked();
  turns.next();
  expect(began).toEqual(['a']);
  turns.also.take('x');
  turns.enter('b', { begin: () => began.push('b'), too_late: () => {} });
  turns.close();
  turns.next();
  expect(began).toEqual(['a']);
});

/** A server's places, as those see them who connect: `left` of them, whoever is on the way. */
class Rows {
  readonly turns = new Turns(new Places(100, 100), new Places(100, 100));
  readonly began: string[] = [];
  readonly late: string[] = [];
  left = 1;
  left_here = Infinity;
  readonly seats = new Seats({ left: () => this.left, left_for: () => this.left_here });

  enter(name: string, lane = 'udp'): { turn?: Turn } {
    const mine: { turn?: Turn } = {};
    mine.turn = this.turns.enter(name[0], {
      lane,
      seats: () => (lane === 'udp' ? this.seats : undefined),
      begin: (turn) => {
        mine.turn = turn;
        this.began.push(name);
        turn.admitted();
      },
      too_late: () => {
        this.late.push(name);
        mine.turn?.end();
      },
    });
    return mine;
  }
}

it('as many begin as there are places; others of the same lane wait, and begin when it is full, to be told so', () => {
  new FakeClock();
  const rows = new Rows();
  rows.left = 2;
  const all = ['a1', 'a2', 'a3', 'b1', 'a4'].map((name) => rows.enter(name));
  rows.enter('a5', 'tcp');
  expect(rows.began.splice(0)).toEqual(['a1', 'a2', 'a5']);
  // One has come in, one has not.
  rows.left = 1;
  all[0].turn?.end();
  expect(rows.began).toEqual([]);
  all[1].turn?.end();
  expect(rows.began.splice(0)).toEqual(['a3']);
  rows.left = 0;
  all[2].turn?.end();
  expect(rows.began.splice(0)).toEqual(['b1', 'a4']);
});

it('an address that holds all places gives them back one by one, and the next one is of another address', () => {
  const clock = new FakeClock();
  const rows = new Rows();
  const holders = ['a1', 'a2', 'a3', 'a4', 'a5'].map((name) => rows.enter(name));
  // Offers that lead to nothing: each has its time.
  holders[0].turn?.offered();
  clock.advance(1000);
  rows.enter('b1');
  clock.advance(3500);
  expect(rows.late).toEqual([]);
  clock.advance(1000);
  expect(rows.late).toEqual(['a1']);
  expect(rows.began).toEqual(['a1', 'a2']);
  clock.advance(2500);
  // Without an offer it is less.
  expect(rows.late).toEqual(['a1', 'a2']);
  expect(rows.began).toEqual(['a1', 'a2', 'b1']);
});

it('who holds a place that nobody waits for keeps it', () => {
  const clock = new FakeClock();
  const rows = new Rows();
  rows.enter('a1').turn?.offered();
  clock.advance(60_000);
  expect(rows.late).toEqual([]);
});

it('places of one address are kept apart', () => {
  new FakeClock();
  const rows = new Rows();
  rows.left = 10;
  rows.left_here = 1;
  const one = rows.enter('a1');
  for (const name of ['a2', 'b1', 'b2']) rows.enter(name);
  expect(rows.began.splice(0)).toEqual(['a1', 'b1']);
  one.turn?.end();
  expect(rows.began).toEqual(['a2']);
});

it('a place that is kept for a connection that stands, or for a handshake, is free again after a while', () => {
  const clock = new FakeClock();
  const rows = new Rows();
  const { turn } = rows.enter('a1');
  const seat = turn?.seat;
  // Another one of its channels has come.
  if (turn !== undefined) turn.seat = undefined;
  seat?.hurry();
  turn?.end();
  rows.enter('b1');
  clock.advance(1900);
  expect(rows.began).toEqual(['a1']);
  clock.advance(400);
  expect(rows.began).toEqual(['a1', 'b1']);
});

it('one that goes on into a lane keeps its turn, or gives it back while it waits there', () => {
  new FakeClock();
  const rows = new Rows();
  const places = rows.turns.places;
  const said: string[] = [];
  const into = (name: string) => ({
    lane: 'udp',
    seats: () => rows.seats,
    begin: () => said.push(name),
    too_late: () => {},
  });
  const turns = ['a', 'b'].map(
    (name) => rows.turns.enter(name, { begin: () => {}, too_late: () => {} }) as Turn,
  );
  const [one, other] = turns.map((turn, i) => rows.turns.go_on(turn, into(`${i}`)));
  expect(said).toEqual(['0']);
  expect([places.any_of('a'), places.any_of('b')]).toEqual([true, false]);
  one?.end();
  expect(said).toEqual(['0', '1']);
  expect([places.any_of('a'), places.any_of('b')]).toEqual([false, true]);
  other?.end();
  expect(places.any).toBe(false);
});
