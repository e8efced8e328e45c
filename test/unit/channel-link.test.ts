// A data channel as a link: when it counts as stalled. The channel is a stand-in whose queue does what the test says.
import { expect, it } from 'vitest';
import {
  ChannelLink,
  channel_kind,
  STALL_HEARD_MS,
  STALL_MS,
} from '../../bindings/rtc/channel-link.js';
import type { Channel } from '../../bindings/rtc/types.js';

function link_over(channel: Partial<Channel>, reliable = false): ChannelLink {
  const whole = { label: '', open: true, owner: undefined, send() {}, send_text() {}, close() {} };
  return new ChannelLink(
    Object.assign(channel, { ...whole, ...channel }) as Channel,
    channel_kind(reliable, false),
    () => {},
  );
}

it('has stalled when what waits has not moved for long, and not before', () => {
  const channel = { buffered: 0 };
  const link = link_over(channel);
  link.send_bytes(new Uint8Array(30_000));
  channel.buffered = 30_000;
  expect(link.is_stalled(0, 0)).toBe(false);
  expect(link.is_stalled(STALL_MS - 1, 0)).toBe(false);
  expect(link.is_stalled(STALL_MS, 0)).toBe(true);
});

it('has not stalled while a little of it leaves now and then', () => {
  const channel = { buffered: 100_000 };
  const link = link_over(channel);
  for (let now_ms = 0; now_ms < 20 * STALL_MS; now_ms += STALL_MS - 100) {
    channel.buffered -= 100;
    expect(link.is_stalled(now_ms, 0)).toBe(false);
  }
});

it('has not stalled while as much is added as leaves', () => {
  const channel = { buffered: 50_000 };
  const link = link_over(channel);
  for (let now_ms = 0; now_ms < 20 * STALL_MS; now_ms += STALL_MS - 100) {
    link.send_bytes(new Uint8Array(1000));
    expect(link.is_stalled(now_ms, 0)).toBe(false);
  }
});

it('has not stalled when nothing waits, nor for the time that this process was away', () => {
  const channel = { buffered: 0 };
  const link = link_over(channel);
  expect(link.is_stalled(0, 0)).toBe(false);
  expect(link.is_stalled(10 * STALL_MS, 0)).toBe(false);
  channel.buffered = 10;
  link.send_bytes(new Uint8Array(10));
  expect(link.is_stalled(10 * STALL_MS + 100, 0)).toBe(false);
  expect(link.is_stalled(20 * STALL_MS, 10 * STALL_MS - 200)).toBe(false);
  expect(link.is_stalled(21 * STALL_MS, 0)).toBe(true);
});

it('has stalled sooner when the peer is heard meanwhile', () => {
  const channel: Partial<Channel> & { buffered: number } = { buffered: 30_000 };
  const link = link_over(channel);
  link.send_bytes(new Uint8Array(30_000));
  expect(link.is_stalled(0, 0)).toBe(false);
  expect(link.is_stalled(STALL_HEARD_MS - 250, 0)).toBe(false);
  channel.owner?.received(new Uint8Array(1));
  expect(link.is_stalled(STALL_HEARD_MS - 1, 0)).toBe(false);
  expect(link.is_stalled(STALL_HEARD_MS, 0)).toBe(true);
});

it('has not stalled so soon when all that was heard had been on its way before', () => {
  const channel: Partial<Channel> & { buffered: number } = { buffered: 30_000 };
  const link = link_over(channel);
  link.send_bytes(new Uint8Array(30_000));
  expect(link.is_stalled(0, 0)).toBe(false);
  channel.owner?.received(new Uint8Array(1));
  expect(link.is_stalled(250, 0)).toBe(false);
  expect(link.is_stalled(STALL_HEARD_MS, 0)).toBe(false);
  expect(link.is_stalled(STALL_MS, 0)).toBe(true);
});

it('streams have no such limit: a heartbeat watches them', () => {
  const link = link_over({ buffered: 1000 }, true);
  expect(link.is_stalled(0, 0)).toBe(false);
  expect(link.is_stalled(10 * STALL_MS, 0)).toBe(false);
});
