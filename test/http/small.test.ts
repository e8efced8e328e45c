// What servers and callers say at the edge of sense.
import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BufferSink } from '../../bindings/buffer-stream.js';
import { pause_ms, retry_after_ms, retry_policy } from '../../bindings/http-retry.js';
import * as bw from '../../bindings/index.js';
import { scratch_root } from '../store/scratch.js';
import { HttpLog } from './log.js';
import { serve, serve_raw } from './server.js';

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

it.each(['gzip, chunked', 'gzip', 'x'])('Transfer-Encoding %s is not taken', async (coding) => {
  const text = `HTTP/1.1 200 OK\r\nTransfer-Encoding: ${coding}\r\n\r\n3\r\nabc\r\n0\r\n\r\n`;
  const server = await serve_raw({ '/': (socket) => socket.end(text) });
  const log = new HttpLog();
  expect(await log.end(bw.http_get(`${server.url}/`))).toMatchObject({ error: 'protocol' });
  log.stop();
  await server.stop();
});

it('unfinished files of dead processes go with the next save into their folder', async () => {
  const scratch = scratch_root();
  const unfinished = (pid: number, hours: number) => {
    const path = join(scratch.root, `.bytewire-${pid}-0-${hours}.tmp`);
    writeFileSync(path, 'x');
    const at = Date.now() / 1000 - hours * 3600;
    utimesSync(path, at, at);
    return path;
  };
  // No system has an id as high as the first; the parent lives.
  const dead = unfinished(2_147_483_646, 1);
  const before_us = unfinished(process.pid, 1);
  const alive = unfinished(process.ppid, 1);
  const fresh = unfinished(2_147_483_646, 0);
  const b = bw.buffer_create(1, bw.buffer_grow, 1);
  await bw.buffer_save(b, 'x');
  bw.buffer_delete(b);
  expect([dead, before_us, alive, fresh].map((path) => existsSync(path))).toEqual([
    false,
    false,
    true,
    true,
  ]);
  scratch.remove();
});
