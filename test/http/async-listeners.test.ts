// An async listener that throws is told like any other.
import { expect, it } from 'vitest';
import { async_on, type ErrorEvent, http_post_string } from '../../bindings/index.js';
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
