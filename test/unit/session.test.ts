// What survives the loss of a link, and the control frames that say so: counts, bytes, hostile values.
import { describe, expect, it } from 'vitest';
import * as control from '../../bindings/control.js';
import { Session } from '../../bindings/session.js';

const frame = new Uint8Array(100);

describe('a session', () => {
  it('keeps packets until they are acknowledged, and gives the rest in order', () => {
    const session = new Session();
    for (let i = 0; i < 5; i++) session.keep(frame, i, i + 10);
    expect([session.kept, session.kept_bytes, session.sent]).toEqual([5, 50, 5]);
    expect(session.acknowledged(2)).toBe(true);
    expect([session.kept, session.kept_bytes]).toEqual([3, 30]);
    expect(session.unacknowledged().map(({ start }) => start)).toEqual([2, 3, 4]);
    expect(session.acknowledged(5)).toBe(true);
    expect(session.unacknowledged()).toEqual([]);
  });

  it('does not believe in packets that were never sent, nor in those that were acknowledged before', () => {
    const session = new Session();
    session.keep(frame, 0, 10);
    session.keep(frame, 0, 10);
    expect(session.acknowledged(3)).toBe(false);
    expect(session.acknowledged(1)).toBe(true);
    expect(session.acknowledged(0)).toBe(false);
    expect(session.acknowledged(0xffffffff)).toBe(false);
    expect(session.kept).toBe(1);
  });

  it('counts over 2^32, and long', () => {
    const session = new Session();
    session.sent = 0xfffffffe;
    for (let i = 0; i < 4; i++) session.keep(frame, 0, 1);
    expect(session.sent).toBe(2);
    expect(session.acknowledged(0)).toBe(true);
    expect(session.kept).toBe(2);
    for (let i = 0; i < 10_000; i++) {
      session.keep(frame, 0, 1);
      expect(session.acknowledged((session.sent - 1) >>> 0)).toBe(true);
    }
    expect([session.kept, session.kept_bytes]).toEqual([1, 1]);
  });

  it('owes an acknowledgement after 256 packets or 64 KiB, or less at the next beat', () => {
    const session = new Session();
    for (let i = 1; i < 256; i++) expect(session.count_in(10)).toBe(false);
    expect(session.count_in(10)).toBe(true);
    session.told();
    expect(session.owes_ack).toBe(false);
    expect(session.count_in(65_536)).toBe(true);
  });

  it('proposes tokens that nobody can guess, and the last again when there is room for no more', () => {
    const session = new Session();
    const first = new Uint8Array(16);
    session.tokens = [first];
    const tokens: string[] = [];
    for (let i = 0; i < 20; i++) {
      const { next, known } = session.propose();
      expect(next.length).toBe(16);
      expect(known.map(String)).toEqual([String(first), ...tokens]);
      if (tokens.length < control.MAX_TOKENS - 1) tokens.push(String(next));
      else expect(String(next)).toBe(tokens.at(-1));
      expect(String(session.tokens.at(-1))).toBe(String(next));
    }
    expect(new Set(tokens).size).toBe(control.MAX_TOKENS - 1);
  });
});

describe('control frames', () => {
  const payload = (bytes: Uint8Array<ArrayBuffer>) => new DataView(bytes.buffer, 12);

  it('are what they were, and nothing when they are too short', () => {
    const token = Uint8Array.from({ length: 16 }, (_, i) => i);
    expect(control.read_welcome(payload(control.welcome(token, 3000)))).toEqual({
      token,
      window_ms: 3000,
    });
    expect(control.read_welcome(payload(control.welcome(undefined, 0)))?.token).toBeUndefined();
    const next = token.map((byte) => byte + 100);
    expect(control.read_resume(payload(control.resume(7, next, [token, next])))).toEqual({
      received: 7,
      next,
      tokens: [token, next],
    });
    expect(control.read_resumed(payload(control.resumed(9, 5)))).toEqual({
      received: 9,
      window_ms: 5,
    });
    const short = new DataView(new ArrayBuffer(5));
    expect(control.read_welcome(short)).toBeUndefined();
    expect(control.read_resume(short)).toBeUndefined();
    expect(control.read_resumed(short)).toBeUndefined();
    expect(control.read_resume(new DataView(new ArrayBuffer(20)))).toBeUndefined();
    expect(control.read_resume(new DataView(new ArrayBuffer(20 + 16 * 7)))).toBeUndefined();
  });

  it('know bytewire by its game id, and no game by accident', () => {
    expect(control.flags_of(control.bytewire_game_id(0))).toBe(0);
    expect(control.flags_of(control.bytewire_game_id(control.FLAG_RESUME))).toBe(
      control.FLAG_RESUME,
    );
    for (const id of [0, 1, 0x7fffffff, 0xffffffff, 0x00315742]) {
      expect(control.flags_of(id)).toBeUndefined();
    }
  });
});
