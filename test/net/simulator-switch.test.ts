// The simulator is switched at every millisecond of a handshake and of a resume, over real links and by a clock that stands still
// meanwhile: nothing that it held may be lost or overtaken.
import { expect, it, vi } from 'vitest';
import * as c from '../../bindings/constants.js';
import { network_destroy, network_set_config } from '../../bindings/network.js';
import { Connection } from '../../bindings/network-link.js';
import { find_socket } from '../../bindings/sockets.js';
import type { SimulatorOptions } from '../../bindings/transport/simulator.js';
import type { Message } from '../../bindings/transport/types.js';
import { FakeClock } from './fake-clock.js';
import { afterwards, client, joined, Log, send, server } from './harness.js';
import { until } from './udp-harness.js';

const SLOW: SimulatorOptions = { latency_ms: 20 };
/** Three messages of the handshake, through two simulators each, and packets behind them. */
const LONGEST_MS = 125;
/** More than two simulators of any setting below take, several times. */
const AFTER_MS = 1500;

/** What is on real links at the moment; `settle` waits until that is nothing. */
function wire(): { settle: () => Promise<void>; opened: () => number } {
  let under_way = 0;
  let opened = 0;
  const { opened: open, received } = Connection.prototype;
  const counting = new WeakSet<object>();
  const count = (link: { send_message(message: Message): void }) => {
    if (counting.has(link)) return;
    counting.add(link);
    const send_message = link.send_message.bind(link);
    link.send_message = (message) => {
      under_way++;
      send_message(message);
    };
  };
  const spies = [
    vi.spyOn(Connection.prototype, 'received').mockImplementation(function (
      this: Connection,
      message,
    ) {
      under_way--;
      received.call(this, message);
    }),
    vi.spyOn(Connection.prototype, 'opened').mockImplementation(function (this: Connection) {
      opened++;
      count(this.real);
      open.call(this);
    }),
  ];
  afterwards(() => {
    for (const spy of spies) spy.mockRestore();
  });
  return {
    opened: () => opened,
    settle: async () => {
      // What a task has left for its end first.
      let turns = 0;
      do {
        if (++turns > 1_000_000) throw new Error(`${under_way} messages never arrive`);
        await new Promise((done) => setImmediate(done));
      } while (under_way > 0);
    },
  };
}

/** Both ends number their packets, one each a millisecond; what comes is checked in the end. */
class Stream {
  sent = 0;
  constructor(
    readonly from: number,
    readonly to: number,
  ) {}

  say(): void {
    expect(send(this.from, `${this.sent}`)).toBeGreaterThan(0);
    this.sent++;
  }

  check(log: Log): void {
    const came = log.seen.filter(({ type, id }) => type === c.network_type_data && id === this.to);
    expect(came.map(({ text }) => text)).toEqual(
      Array.from({ length: this.sent }, (_, i) => `${i}`),
    );
  }
}

type Target = 'all' | 'the server' | 'the client';
const SWITCHES: [Target, SimulatorOptions | 0][] = [
  ['all', 0],
  ['all', { latency_ms: 1 }],
  ['all', { latency_ms: 60 }],
  ['the server', 0],
  ['the client', { latency_ms: 60 }],
];

it.each(SWITCHES)(
  'switched for %s to %j at every millisecond of a handshake',
  async (target, second) => {
    const clock = new FakeClock();
    const { settle, opened } = wire();
    const log = new Log();
    for (let at_ms = 0; at_ms < LONGEST_MS; at_ms++) {
      const { id: hub, port } = server();
      network_set_config(c.network_config_simulator, SLOW);
      const links = opened();
      const id = client(port);
      await until(() => opened() === links + 2);
      await settle();
      const on = { all: undefined, 'the server': hub, 'the client': id }[target];
      const streams: Stream[] = [];
      const step = async (step_ms = 1) => {
        clock.advance(step_ms);
        await settle();
        if (streams.length > 0) return;
        const is_in = log.seen.find(({ type }) => type === c.network_type_connect);
        const knows = log.seen.find(({ type }) => type === c.network_type_non_blocking_connect);
        if (is_in?.socket !== undefined && knows !== undefined) {
          streams.push(new Stream(id, is_in.socket), new Stream(is_in.socket, id));
        }
      };
      for (let ms = 0; ms < LONGEST_MS + 20; ms++) {
        if (ms === at_ms) network_set_config(c.network_config_simulator, second, on);
        await step();
        for (const stream of streams) stream.say();
      }
      for (let ms = 0; ms < AFTER_MS; ms += 20) await step(20);
      expect([at_ms, log.seen.filter(({ type }) => type !== c.network_type_data)]).toMatchObject([
        at_ms,
        [
          { type: c.network_type_connect, id: hub },
          { type: c.network_type_non_blocking_connect, id, succeeded: 1 },
        ],
      ]);
      for (const stream of streams) stream.check(log);
      network_destroy(id);
      network_destroy(hub);
      log.seen.length = 0;
    }
  },
);

it.each(SWITCHES)(
  'switched for %s to %j at every millisecond of a resume',
  async (target, second) => {
    network_set_config(c.network_config_reconnect, 1);
    network_set_config(c.network_config_reconnect_delay, 2);
    const clock = new FakeClock();
    const { settle, opened } = wire();
    const log = new Log();
    for (let at_ms = 0; at_ms < LONGEST_MS; at_ms++) {
      const { id: hub, port } = server();
      network_set_config(c.network_config_simulator, 0);
      const { id, peer } = await joined(log, port);
      const on = { all: undefined, 'the server': hub, 'the client': id }[target];
      network_set_config(c.network_config_simulator, SLOW);
      const streams = [new Stream(id, peer), new Stream(peer, id)];
      for (const stream of streams) stream.say();
      const links = opened();
      find_socket(peer, 'test')?.connection?.link.cut();
      await log.take(c.network_type_link_lost);
      clock.advance(2);
      await until(() => opened() === links + 2);
      await settle();
      for (let ms = 0; ms < LONGEST_MS + 20; ms++) {
        if (ms === at_ms) network_set_config(c.network_config_simulator, second, on);
        clock.advance(1);
        await settle();
        for (const stream of streams) stream.say();
      }
      for (let ms = 0; ms < AFTER_MS; ms += 20) {
        clock.advance(20);
        await settle();
      }
      const news = log.seen.filter(({ type }) => type !== c.network_type_data);
      expect([at_ms, news]).toMatchObject([
        at_ms,
        [
          { type: c.network_type_link_lost, id: hub },
          { type: c.network_type_resumed, id: hub, socket: peer },
          { type: c.network_type_resumed, id },
        ],
      ]);
      for (const stream of streams) stream.check(log);
      network_destroy(id);
      network_destroy(hub);
      log.seen.length = 0;
    }
  },
);
