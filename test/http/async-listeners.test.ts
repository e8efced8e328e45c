// An async listener that throws is told like any other.
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { async_on, type ErrorEvent, http_get, http_post_string } from '../../bindings/index.js';
import { body_of, serve } from './server.js';

it("rejected promises of listeners and of on_progress go to async_on('error')", async () => {
  const server = await serve({
    '*': async (request, response) => {
      response.end(String((await body_of(request)).length));
    },
  });
  const told: ErrorEvent[] = [];
  let wake = () => {};
  const both = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const seen = () => new Set(told.map(({ error }) => (error as Error).message));
  const off_error = async_on('error', (event) => {
    told.push(event);
    if (seen().size === 2) wake();
  });
  const off = async_on('http', async ({ status }) => {
    if (status !== 1) throw new Error('listener');
  });
  http_post_string(server.url, 'x'.repeat(1 << 20), {
    on_progress: async () => {
      throw new Error('progress');
    },
  });
  await both;
  off();
  off_error();
  expect(seen()).toEqual(new Set(['listener', 'progress']));
  expect(told.every(({ kind }) => kind === 'http')).toBe(true);
  await server.stop();
});

const thenable = (get: () => unknown) => Object.defineProperty({}, 'then', { get });

it.each<[string, (error: Error) => unknown]>([
  ['a promise of another realm', (error) => runInNewContext('Promise.reject(error)', { error })],
  ['a thenable', (error) => thenable(() => (_: unknown, no: (why: Error) => void) => no(error))],
  [
    'a then that throws',
    (error) =>
      thenable(() => () => {
        throw error;
      }),
  ],
  [
    'a then that cannot be looked at',
    (error) =>
      thenable(() => {
        throw error;
      }),
  ],
])('%s from a listener is told, and stops nobody else', async (_, result) => {
  const server = await serve({ '*': (__, response) => response.end() });
  const error = new Error('later');
  const offs = [async_on('http', () => result(error) as undefined)];
  const told = new Promise<ErrorEvent>((resolve) => {
    offs.push(async_on('error', resolve));
  });
  const heard = new Promise((resolve) => {
    offs.push(async_on('http', resolve));
  });
  http_get(server.url);
  expect(await told).toMatchObject({ error, kind: 'http' });
  expect(await heard).toMatchObject({ status: 0 });
  for (const off of offs) off();
  await server.stop();
});
