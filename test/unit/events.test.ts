// The event queue: order, delivery outside the caller, manual mode, listeners that throw, come and go.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type * as Events from '../../bindings/events.js';

let events: typeof Events;
beforeEach(async () => {
  vi.resetModules();
  events = await import('../../bindings/events.js');
});

const task = () => new Promise((done) => setTimeout(done, 5));
const event = (n: number) => ({ n });

describe('events', () => {
  it('come in order, and never inside the call that caused them', async () => {
    const got: unknown[] = [];
    events.async_on('networking', (e) => got.push(e));
    for (let i = 0; i < 3; i++) events.emit('networking', event(i));
    expect(got).toEqual([]);
    await Promise.resolve();
    expect(got).toEqual([]);
    await task();
    expect(got).toEqual([event(0), event(1), event(2)]);
  });

  it('caused by a host callback come at its end, without a further task', () => {
    const got: unknown[] = [];
    events.async_on('http', (e) => got.push(e));
    events.host_task(() => {
      events.emit('http', event(1));
      expect(got).toEqual([]);
    });
    expect(got).toEqual([event(1)]);
  });

  it('caused by a listener come in a later task: they cannot starve the host', async () => {
    const got: number[] = [];
    events.async_on('networking', (e) => {
      const { n } = e as unknown as { n: number };
      if (n < 3) events.host_task(() => events.emit('networking', event(n + 1)));
      got.push(n);
    });
    events.host_task(() => events.emit('networking', event(0)));
    expect(got).toEqual([0]);
    await vi.waitFor(() => expect(got).toEqual([0, 1, 2, 3]));
  });

  it('wait for async_pump in manual mode, which does nothing inside a listener and takes only what was there', async () => {
    const got: number[] = [];
    events.async_set_mode('manual');
    events.async_on('networking', (e) => {
      const { n } = e as unknown as { n: number };
      got.push(n);
      events.emit('networking', event(n + 10));
      expect(events.async_pump()).toBe(0);
    });
    events.host_task(() => events.emit('networking', event(1)));
    await task();
    expect(got).toEqual([]);
    expect(events.async_pump()).toBe(1);
    expect(got).toEqual([1]);
    expect(events.async_pump()).toBe(1);
    expect(got).toEqual([1, 11]);
    events.async_set_mode('auto');
    await vi.waitFor(() => expect(got.length).toBeGreaterThan(2));
    events.async_set_mode('manual');
  });

  it('reach all listeners although one throws; the error goes to the error listeners', async () => {
    const got: string[] = [];
    const errors: unknown[] = [];
    events.async_on('networking', () => {
      throw new Error('mine');
    });
    events.async_on('networking', () => got.push('second'));
    events.async_on('error', ({ error, kind }) => errors.push([(error as Error).message, kind]));
    const done = vi.fn();
    events.emit('networking', event(1), { done });
    await task();
    expect(got).toEqual(['second']);
    expect(errors).toEqual([['mine', 'networking']]);
    expect(done).toHaveBeenCalledTimes(1);
  });

  it('report to the host when nobody listens for errors, also when the error listener throws itself', async () => {
    const reported: unknown[] = [];
    vi.stubGlobal('reportError', (error: Error) => reported.push(error.message));
    events.async_on('networking', () => {
      throw new Error('first');
    });
    events.host_task(() => events.emit('networking', event(1)));
    events.async_on('error', () => {
      throw new Error('second');
    });
    events.host_task(() => events.emit('networking', event(2)));
    vi.unstubAllGlobals();
    expect(reported).toEqual(['first', 'second']);
  });

  it('free what they hold: with no listener, when unwanted, when refused', () => {
    const done = vi.fn();
    const got = vi.fn();
    events.host_task(() => events.emit('networking', event(1), { done }));
    events.async_on('networking', got);
    events.host_task(() => events.emit('networking', event(2), { done, wanted: () => false }));
    expect(done).toHaveBeenCalledTimes(2);
    expect(got).not.toHaveBeenCalled();
  });

  it('do not pile up: data beyond 64 MiB or 65,536 events is refused and counted, other events never are', () => {
    events.async_set_mode('manual');
    const done = vi.fn();
    const bytes = 16 * 1024 * 1024;
    for (let i = 0; i < 4; i++)
      expect(events.emit('networking', event(i), { bytes, done })).toBe(true);
    expect(events.emit('networking', event(5), { bytes: 1, done })).toBe(false);
    expect(done).toHaveBeenCalledTimes(1);
    expect(events.emit('networking', event(6))).toBe(true);
    for (let i = 0; i < 70_000; i++) events.emit('networking', event(i), { bytes: 1 });
    expect(events.refused_events()).toBe(70_001);
    expect(events.async_pump()).toBe(5);
    expect(events.emit('networking', event(7), { bytes })).toBe(true);
  });

  it('call the listeners of the moment: one that is taken off meanwhile is called once more, one that is added is not', () => {
    const got: string[] = [];
    const off = events.async_on('networking', () => {
      got.push('a');
      off_b();
      events.async_on('networking', () => got.push('c'));
    });
    const off_b = events.async_on('networking', () => got.push('b'));
    events.host_task(() => events.emit('networking', event(1)));
    expect(got).toEqual(['a', 'b']);
    off();
    off();
    events.host_task(() => events.emit('networking', event(2)));
    expect(got).toEqual(['a', 'b', 'c']);
  });

  it('take the same function twice, and refuse nonsense', () => {
    const listener = vi.fn();
    const off = events.async_on('networking', listener);
    events.async_on('networking', listener);
    off();
    events.host_task(() => events.emit('networking', event(1)));
    expect(listener).toHaveBeenCalledTimes(1);
    expect(() => events.async_on('nonsense' as never, listener)).toThrow(RangeError);
    expect(() => events.async_on('networking', 5 as never)).toThrow(TypeError);
    expect(() => events.async_set_mode('often' as never)).toThrow(RangeError);
  });

  it('wait as soon as a listener switches to manual mode', async () => {
    const got: unknown[] = [];
    events.async_on('networking', (e) => {
      got.push(e);
      events.async_set_mode('manual');
    });
    for (let i = 0; i < 5; i++) events.emit('networking', event(i));
    await task();
    expect(got).toEqual([event(0)]);
    expect(events.async_pump()).toBe(4);
    expect(got.length).toBe(5);
  });
});
