// Arguments that are of the right kind and still nonsense: refused with an error, and nothing is done.
import { expect, it } from 'vitest';
import * as c from '../../bindings/constants.js';
import {
  network_create_socket,
  network_destroy,
  network_resolve,
  network_set_config,
  network_set_timeout,
} from '../../bindings/network.js';

it('network_resolve refuses what is no host name before anybody is asked', async () => {
  for (const name of ['', '  ', 'ws://host', 'a b', 'host/path', 'a@b', 'x'.repeat(300), 'a\0b']) {
    await expect(network_resolve(name), name).rejects.toThrow(RangeError);
  }
});

it('network_set_config takes the number of a setting, not its digits', () => {
  const value = 1000;
  for (const param of ['0', '101', null, undefined, [101]]) {
    expect(() => network_set_config(param as never, value), String(param)).toThrow(TypeError);
  }
  expect(() => network_set_config(0.5, value)).toThrow(RangeError);
  expect(network_set_config(c.network_config_connect_timeout, 10_000)).toBe(0);
});

it('network_set_timeout takes milliseconds that there can be', () => {
  const id = network_create_socket(c.network_socket_tcp);
  try {
    for (const bad of [-5, 2 ** 31, 2 ** 53, 0.5, Number.NaN]) {
      expect(() => network_set_timeout(id, bad, 0)).toThrow(RangeError);
      expect(() => network_set_timeout(id, 0, bad)).toThrow(RangeError);
    }
    expect(network_set_timeout(id, 0, 0x7fffffff)).toBe(0);
  } finally {
    network_destroy(id);
  }
});
