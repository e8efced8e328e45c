// GameMaker's rules for URL and port, with the cases that a split on ':' gets wrong.
import { describe, expect, it } from 'vitest';
import { network_socket_tcp, network_socket_wss } from '../../bindings/constants.js';
import { parse_address } from '../../bindings/network-address.js';

const tcp = (url: string, port = 0) => parse_address(network_socket_tcp, url, port, 'test');

describe('the address of a server', () => {
  it.each([
    ['localhost', 0, 'ws://localhost/', 80],
    ['localhost', 6510, 'ws://localhost:6510/', 6510],
    ['localhost:7000', 0, 'ws://localhost:7000/', 7000],
    ['localhost:7000', 6510, 'ws://localhost:6510/', 6510],
    ['ws://a.example/play', 0, 'ws://a.example/play', 80],
    ['ws://a.example:81/play?room=1', 82, 'ws://a.example:82/play?room=1', 82],
    ['wss://a.example', 0, 'wss://a.example/', 443],
    ['WSS://A.example', 0, 'wss://a.example/', 443],
    ['127.0.0.1', 80, 'ws://127.0.0.1/', 80],
    ['::1', 6510, 'ws://[::1]:6510/', 6510],
    ['[::1]', 6510, 'ws://[::1]:6510/', 6510],
    ['[::1]:7000', 0, 'ws://[::1]:7000/', 7000],
    ['ws://[2001:db8::1]/x', 0, 'ws://[2001:db8::1]/x', 80],
    ['2001:db8::1', 0, 'ws://[2001:db8::1]/', 80],
    ['::1/play', 6510, 'ws://[::1]:6510/play', 6510],
    ['ws://2001:DB8:0:0:0:0:0:1?room=1', 0, 'ws://[2001:db8::1]/?room=1', 80],
    ['wss://::ffff:127.0.0.1/a:b:c', 0, 'wss://[::ffff:7f00:1]/a:b:c', 443],
    ['[::]', 1, 'ws://[::]:1/', 1],
    ['a.example/path#part', 0, 'ws://a.example/path', 80],
  ])('%s with port %i is %s', (url, port, expected, effective) => {
    expect(tcp(url, port)).toEqual({ url: expected, port: effective });
  });

  it('is secure for the wss type, whatever the prefix', () => {
    expect(parse_address(network_socket_wss, 'a.example', 0, 'test').url).toBe('wss://a.example/');
    expect(parse_address(network_socket_wss, 'ws://a.example', 0, 'test').url).toBe(
      'wss://a.example/',
    );
  });

  it.each([
    '',
    'http://a.example',
    'ftp://x',
    'ws://',
    'ws:///x',
    'a b',
    'user:secret@host',
    'host:99999',
    '[::1',
    '::1::2',
    'fe80::1%eth0',
    '[fe80::1%25eth0]:80',
    '1:2:3:4:5:6:7:8:9',
    '::1]:80',
    ':::',
    'ws://\\x',
  ])('refuses %j', (url) => {
    expect(() => tcp(url)).toThrow(RangeError);
  });

  it('refuses what is no string', () => {
    expect(() => tcp(5 as never)).toThrow(TypeError);
  });
});
