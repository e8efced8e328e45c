// What servers and callers say at the edge of sense.
import { expect, it } from 'vitest';
import { BufferSink } from '../../bindings/buffer-stream.js';
import { pause_ms, retry_after_ms, retry_policy } from '../../bindings/http-retry.js';
import * as bw from '../../bindings/index.js';
import { HttpLog } from './log.js';
import { serve } from './server.js';

it('a Retry-After beyond all patience lets the answer stand', () => {
  const asked = retry_after_ms('99999999999999999999', 0);
  expect(pause_ms(retry_policy(3), 1, asked, () => 0)).toBe(-1);
});

it('a promised length reserves no more than 64 KiB before bytes come, then doubles', () => {
  const b = bw.buffer_create(0, bw.buffer_grow, 1);
  const sink = new BufferSink(b, 0);
  sink.expected_bytes = 2 ** 30;
  sink.write(new Uint8Array(1));
  expect(bw.buffer_get_size(b)).toBe(65_536);
  sink.write(new Uint8Array(65_536));
  expect(bw.buffer_get_size(b)).toBe(131_072);
  bw.buffer_delete(b);
});

it('null for response_buffer and on_progress is as if they were not given', async () => {
  const server = await serve({ '*': (_, response) => response.end('text') });
  const log = new HttpLog();
  const none = { response_buffer: null, on_progress: null } as unknown as bw.HttpOptions;
  expect(await log.end(bw.http_get(server.url, none))).toMatchObject({ status: 0, result: 'text' });
  log.stop();
  await server.stop();
});
