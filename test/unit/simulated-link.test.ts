// What a link behind the simulator says of its queue: senders act on it.
import { expect, it } from 'vitest';
import { SimulatedLink } from '../../bindings/transport/simulated-link.js';
import { type Link, Message } from '../../bindings/transport/types.js';
import { FakeClock } from '../net/fake-clock.js';

function link(ordered: boolean): Link & { sent: number } {
  return {
    sent: 0,
    open: true,
    buffered: 0,
    protocol: '',
    ordered,
    send_message() {
      this.sent++;
    },
    send_text() {},
    close() {},
    cut() {},
  };
}

const message = () => new Message(new Uint8Array(1000), 0, 1000);

it('what a datagram link has lost, or has under way, does not wait', () => {
  const clock = new FakeClock();
  const real = link(false);
  const simulated = new SimulatedLink(real, { loss: 0.5, latency_ms: 50 }, () => {});
  for (let i = 0; i < 200; i++) {
    simulated.send_message(message());
    expect(simulated.buffered).toBe(0);
    clock.advance(10);
  }
  expect(real.sent).toBeGreaterThan(60);
  expect(real.sent).toBeLessThan(140);
});

it('what the line has no room for waits, and leaves at its pace', () => {
  const clock = new FakeClock();
  const simulated = new SimulatedLink(link(false), { bandwidth: 10_000 }, () => {});
  for (let i = 0; i < 10; i++) simulated.send_message(message());
  expect(simulated.buffered).toBe(10_000);
  clock.advance(500);
  expect(simulated.buffered).toBe(5000);
  clock.advance(500);
  expect(simulated.buffered).toBe(0);
});

it('a stream keeps what is under way', () => {
  const clock = new FakeClock();
  const simulated = new SimulatedLink(link(true), { latency_ms: 50 }, () => {});
  simulated.send_message(message());
  expect(simulated.buffered).toBe(1000);
  clock.advance(50);
  expect(simulated.buffered).toBe(0);
});

it('who gets a message may switch the simulator: the rest comes behind it, in order', () => {
  const clock = new FakeClock();
  const came: string[] = [];
  const simulated: SimulatedLink = new SimulatedLink(link(true), { latency_ms: 50 }, (text) => {
    came.push(`${text} begins`);
    if (text === '0') simulated.stop();
    came.push(`${text} ends`);
  });
  for (const text of ['0', '1']) simulated.receive(text);
  clock.advance(10);
  simulated.receive('2');
  clock.advance(40);
  expect(came).toEqual(['0', '1', '2'].flatMap((n) => [`${n} begins`, `${n} ends`]));
});
