// The parts of networking that are pure arithmetic over time: rate limits, back-off, heartbeat, and the pretended network.
import { describe, expect, it } from 'vitest';
import { backoff_ms } from '../../bindings/transport/backoff.js';
import { Heartbeat } from '../../bindings/transport/heartbeat.js';
import { Simulator, seeded } from '../../bindings/transport/simulator.js';
import { TokenBucket } from '../../bindings/transport/token-bucket.js';

describe('a token bucket', () => {
  it('lets a burst of one second through, then the rate, and counts from the last moment', () => {
    const bucket = new TokenBucket(10, 1000);
    for (let i = 0; i < 10; i++) expect(bucket.take(1, 1000)).toBe(true);
    expect(bucket.take(1, 1000)).toBe(false);
    expect(bucket.take(1, 1150)).toBe(false);
    expect(bucket.take(1, 1300)).toBe(true);
    expect(bucket.take(11, 100_000)).toBe(false);
    expect(bucket.take(9, 101_000)).toBe(true);
  });

  it('does not mind a clock that stands still or goes back', () => {
    const bucket = new TokenBucket(2, 1000);
    expect(bucket.take(1, 500)).toBe(true);
    expect(bucket.take(1, 500)).toBe(true);
    expect(bucket.take(1, 999)).toBe(false);
  });
});

describe('back-off', () => {
  it('doubles up to a limit, with jitter in its upper half', () => {
    expect([0, 1, 2, 3, 4, 1000].map((n) => backoff_ms(n, 100, 800, 1))).toEqual([
      100, 200, 400, 800, 800, 800,
    ]);
    expect(backoff_ms(2, 100, 800, 0)).toBe(200);
    expect(backoff_ms(2, 100, 800, 0.5)).toBe(300);
  });
});

describe('a heartbeat', () => {
  it('probes at once and at every interval, and gives up after the timeout', () => {
    const heart = new Heartbeat(0);
    expect(heart.poll(0, 5000, 15_000)).toBe('probe');
    expect(heart.poll(4999, 5000, 15_000)).toBeUndefined();
    expect(heart.poll(5000, 5000, 15_000)).toBe('probe');
    expect(heart.poll(10_000, 5000, 15_000)).toBe('probe');
    expect(heart.poll(14_999, 5000, 15_000)).toBeUndefined();
    expect(heart.poll(15_000, 5000, 15_000)).toBe('dead');
  });

  it('takes anything heard as a sign of life, and forgives the time that its own process was away', () => {
    const heart = new Heartbeat(0);
    heart.heard(9000);
    expect(heart.poll(23_999, 100_000, 15_000)).toBe('probe');
    heart.forgive(60_000);
    expect(heart.poll(80_000, 100_000, 15_000)).toBeUndefined();
    expect(heart.poll(84_000, 100_000, 15_000)).toBe('dead');
    expect(new Heartbeat(0).poll(1e9, 0, 1)).toBeUndefined();
  });

  it('smooths the round trip and takes the clock from the fastest answer', () => {
    const heart = new Heartbeat(0);
    heart.answered(1000, 1040, 6020);
    expect([heart.round_trip_ms, heart.clock_offset_ms]).toEqual([40, 5000]);
    heart.answered(2000, 2200, 7190);
    expect([heart.round_trip_ms, heart.clock_offset_ms]).toEqual([60, 5000]);
    heart.answered(3000, 3010, 8004);
    expect(heart.clock_offset_ms).toBe(4999);
  });

  it('ignores answers that cannot be true', () => {
    const heart = new Heartbeat(0);
    heart.answered(5000, 1000, 0);
    heart.answered(Number.NaN, 1000, 0);
    heart.answered(-1e12, 1000, 0);
    heart.answered(1000, 1010, Number.POSITIVE_INFINITY);
    expect([heart.round_trip_ms, heart.clock_offset_ms]).toEqual([10, undefined]);
  });
});

describe('the simulator', () => {
  const run = (options: object, ordered: boolean, n = 1000, every_ms = 10) => {
    const net = new Simulator<number>(options, ordered);
    for (let i = 0; i < n; i++) net.push(i, 100, i * every_ms);
    const got: [number, number][] = [];
    for (let at = net.next_at_ms; at !== undefined; at = net.next_at_ms) {
      for (const message of net.arrived(at)) got.push([message, at]);
    }
    return { net, got };
  };

  it('does nothing by default, and nothing early', () => {
    const net = new Simulator<string>({ latency_ms: 50 }, false);
    net.push('a', 1, 100);
    expect(net.arrived(149.9)).toEqual([]);
    expect(net.next_at_ms).toBe(150);
    expect(net.arrived(150)).toEqual(['a']);
    expect(net.size).toBe(0);
    expect(run({}, true, 3).got).toEqual([
      [0, 0],
      [1, 10],
      [2, 20],
    ]);
  });

  it('gives every message of a seed the same fate', () => {
    const options = {
      seed: 7,
      latency_ms: 40,
      jitter_ms: 30,
      loss: 0.1,
      duplicate: 0.05,
      reorder: 0.1,
    };
    expect(run(options, false).got).toEqual(run(options, false).got);
    expect(run(options, false).got).not.toEqual(run({ ...options, seed: 8 }, false).got);
    const random = seeded(1);
    expect([random(), random()].every((x) => x >= 0 && x < 1)).toBe(true);
  });

  it('loses, doubles and overtakes datagrams about as often as it is told', () => {
    const { net, got } = run({ loss: 0.1, duplicate: 0.2, reorder: 0.1, reorder_ms: 25 }, false);
    expect(net.lost).toBeGreaterThan(70);
    expect(net.lost).toBeLessThan(130);
    expect(net.duplicated).toBeGreaterThan(140);
    expect(net.duplicated).toBeLessThan(220);
    expect(got.length).toBe(1000 - net.lost + net.duplicated);
    const order = got.map(([message]) => message);
    expect(order).not.toEqual([...order].sort((a, b) => a - b));
  });

  it('turns loss into delay on ordered links: all of it, once, in order', () => {
    const { net, got } = run(
      { latency_ms: 50, jitter_ms: 40, loss: 0.05, duplicate: 0.5, reorder: 0.5 },
      true,
    );
    expect(got.map(([message]) => message)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(net.lost).toBeGreaterThan(25);
    const delays = got.map(([message, at]) => at - message * 10);
    expect(Math.max(...delays)).toBeGreaterThan(250);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(50);
  });

  it('lets bytes through at the bandwidth and no faster', () => {
    const { got } = run({ bandwidth: 1000, latency_ms: 5 }, true, 10, 0);
    expect(got.map(([, at]) => at)).toEqual(
      Array.from({ length: 10 }, (_, i) => 100 * (i + 1) + 5),
    );
  });
});
