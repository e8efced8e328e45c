// Progress of a transfer, down and up: how often it is told, what it says, and one event that ends it.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { clock } from '../../bindings/http-clock.js';
import * as bw from '../../bindings/index.js';
import { HttpLog } from './log.js';
import { body_of, pattern, serve, type TestServer } from './server.js';

let server: TestServer;
let log: HttpLog;

beforeEach(async () => {
  log = new HttpLog();
  server = await serve({
    '/chunked': (_, response) => {
      response.write(pattern(300));
      setTimeout(() => response.end(pattern(700)), 5);
    },
    '/count': async (request, response) => response.end(String((await body_of(request)).length)),
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  log.stop();
  await server.stop();
});

const url = (path: string) => server.url + path;

describe('progress', () => {
  it('comes as status 1 at a bounded rate, then exactly one final event', async () => {
    const total = 4 << 20;
    const body = pattern(total);
    let told: bw.HttpEvent[] = [];
    let paced = false;
    const whole = await serve({
      '*': async (_, response) => {
        response.setHeader('content-length', total);
        for (let at = 0; at < total; at += total / 4) {
          response.write(body.subarray(at, at + total / 4));
          // Not all at once: of what comes in one turn of the host only the beginning is told.
          const is_told = () => expect(told.at(-1)?.sizeDownloaded ?? 0).toBeGreaterThan(at);
          if (paced && at < total / 2) await vi.waitFor(is_told);
        }
        response.end();
      },
    });
    // A clock that stands still lets one through; one that jumps lets each through.
    for (const [step_ms, least, most] of [
      [0, 1, 1],
      [49, 1, 1e9],
      [1000, 2, 1e9],
    ]) {
      paced = step_ms === 1000;
      told = [];
      let now = 0;
      const spy = vi.spyOn(clock, 'now').mockImplementation(() => (now += step_ms));
      const id = bw.http_get(`${whole.url}/`, { on_progress: (event) => told.push(event) });
      const last = await log.end(id);
      spy.mockRestore();
      const progress = log.progress(id);
      expect(progress.length).toBeGreaterThanOrEqual(least);
      expect(progress.length).toBeLessThanOrEqual(most);
      expect(told).toEqual(progress);
      let before = 0;
      for (const event of progress) {
        expect(event).toMatchObject({ id, status: 1, contentLength: total });
        expect(event.sizeDownloaded).toBeGreaterThan(before);
        expect('result' in event).toBe(false);
        before = event.sizeDownloaded;
      }
      expect(last).toMatchObject({ status: 0, contentLength: total, sizeDownloaded: total });
      expect(log.of(id).at(-1)).toBe(last);
      expect(log.of(id).length).toBe(progress.length + 1);
    }
    await whole.stop();
  });

  it('says -1 where the length is not known', async () => {
    const id = bw.http_get(url('/chunked'));
    await log.end(id);
    expect(log.progress(id)[0]).toMatchObject({ status: 1, contentLength: -1 });
  });

  it('tells how far an upload has gone', async () => {
    const body = new Uint8Array(24 << 20);
    let now = 0;
    const spy = vi.spyOn(clock, 'now').mockImplementation(() => (now += 1000));
    const told: number[] = [];
    const id = bw.http_request(url('/count'), 'POST', {}, body, {
      on_progress: ({ uploadLength, sizeUploaded, sizeDownloaded }) => {
        expect(uploadLength).toBe(body.length);
        if (sizeDownloaded === 0) told.push(sizeUploaded);
      },
    });
    expect(await log.end(id)).toMatchObject({
      status: 0,
      sizeUploaded: body.length,
      result: String(body.length),
    });
    spy.mockRestore();
    expect(told.length).toBeGreaterThan(2);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(server.seen[0].headers).toMatchObject({ 'content-length': String(body.length) });
    expect(server.seen[0].headers['transfer-encoding']).toBeUndefined();
  });

  it('goes on when on_progress throws: that is reported', async () => {
    const errors: unknown[] = [];
    const off = bw.async_on('error', ({ error }) => errors.push(error));
    const id = bw.http_get(url('/chunked'), {
      on_progress() {
        throw new Error('mine');
      },
    });
    expect(await log.end(id)).toMatchObject({ status: 0 });
    off();
    expect(errors).toContainEqual(new Error('mine'));
  });

  it('waits for the game in manual mode, one progress event at most', async () => {
    let now = 0;
    const spy = vi.spyOn(clock, 'now').mockImplementation(() => (now += 1000));
    bw.async_set_mode('manual');
    const id = bw.http_get(url('/chunked'));
    await vi.waitFor(() => expect(bw.http_abort(id)).toBe(false), { interval: 50 }).catch(() => {});
    expect(log.events).toEqual([]);
    bw.async_pump();
    expect(log.progress(id).length).toBeLessThanOrEqual(1);
    bw.async_set_mode('auto');
    spy.mockRestore();
    await log.end(id);
  });
});
