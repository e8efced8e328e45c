// What a failed try has written into a response buffer is not part of the next one's answer.
import { afterEach, expect, it, vi } from 'vitest';
import { clock } from '../../bindings/http-clock.js';
import * as bw from '../../bindings/index.js';
import { HttpLog } from './log.js';
import { serve } from './server.js';

afterEach(() => {
  vi.restoreAllMocks();
});

it.each([bw.buffer_grow, bw.buffer_fixed])(
  'kind %i: a retry starts with the used size of the call',
  async (kind) => {
    vi.spyOn(clock, 'random').mockReturnValue(0);
    let tries = 0;
    const server = await serve({
      '*': (_, response) => {
        if (tries++ > 0) response.end('short');
        else {
          response.setHeader('content-length', 5000);
          response.write('x'.repeat(1000), () => response.destroy());
        }
      },
    });
    const log = new HttpLog();
    const b = bw.buffer_create(2000, kind, 1);
    bw.buffer_write(b, bw.buffer_u16, 7);
    const id = bw.http_request(server.url, 'GET', {}, undefined, { response_buffer: b, retry: 1 });
    expect(await log.end(id)).toMatchObject({ status: 0, result: 5 });
    expect(tries).toBe(2);
    expect(bw.buffer_get_used_size(b)).toBe(7);
    expect(bw.buffer_tell(b)).toBe(2);
    bw.buffer_delete(b);
    log.stop();
    await server.stop();
  },
);
