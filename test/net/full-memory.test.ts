// Linear memory is full: what comes in is refused and counted, and all goes on when there is room again.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('a packet that finds no memory ends its connection with a reason, or is a lost datagram; then all works again', async () => {
  const child = fork(fileURLToPath(new URL('./full-memory-child.mjs', import.meta.url)));
  const ended = once(child, 'exit');
  const [report] = await Promise.race([once(child, 'message'), ended]);
  const refused = { there: 'out_of_memory', here: 'out_of_memory', drops: { out_of_memory: 1 } };
  expect(report).toEqual({
    framed: refused,
    raw: refused,
    text: refused,
    datagrams: 3,
    delivered: 0,
    again: 200_000,
    datagram: 1000,
  });
  expect((await ended)[0]).toBe(0);
});
