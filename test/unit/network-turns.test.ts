// Turns at the door: who begins, who waits, and who has to go.
import { expect, it } from 'vitest';
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
