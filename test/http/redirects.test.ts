// Redirects: followed, ended when they go round, and no credentials for another origin.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as bw from '../../bindings/index.js';
import { HttpLog } from './log.js';
import { body_of, type Route, serve, type TestServer } from './server.js';

let here: TestServer;
let there: TestServer;
let log: HttpLog;

const to =
  (status: number, location: () => string): Route =>
  (_, response) =>
    response.writeHead(status, { location: location() }).end('moved');
const echo: Route = async (request, response) => {
  const body = await body_of(request);
  const { method, headers, url } = request;
  response.end(JSON.stringify({ method, headers, url, body: body.toString() }));
};

beforeEach(async () => {
  log = new HttpLog();
  there = await serve({ '/echo': echo, '/back': to(302, () => `${here.url}/echo`) });
  here = await serve({
    '/echo': echo,
    '/relative': to(302, () => 'echo?x=1#part'),
    '/loop': to(302, () => '/loop'),
    '/ping': to(307, () => '/pong'),
    '/pong': to(307, () => '/ping'),
    '/away': to(307, () => `${there.url}/echo`),
    '/there-and-back': to(307, () => `${there.url}/back`),
    '/file': to(302, () => 'file:///etc/passwd'),
    '/userinfo': to(302, () => `http://u:p@127.0.0.1:${there.port}/echo`),
    '/nonsense': to(302, () => 'http://['),
    '/300': (_, response) => response.writeHead(300).end('choose'),
    '/no-location': (_, response) => response.writeHead(302).end('where?'),
    ...Object.fromEntries(
      [301, 302, 303, 307, 308].map((status) => [`/${status}`, to(status, () => '/echo')]),
    ),
  });
});
afterEach(async () => {
  log.stop();
  await here.stop();
  await there.stop();
});

const request = async (
  path: string,
  method = 'GET',
  headers: bw.HttpHeaderMap = {},
  body?: string,
) => log.end(bw.http_request(here.url + path, method, headers, body));
const echoed = async (...args: Parameters<typeof request>) =>
  JSON.parse(String((await request(...args)).result));

describe('redirects', () => {
  it('are followed, relative ones too; the event has the URL as it was asked for', async () => {
    const event = await request('/relative');
    expect(event).toMatchObject({ status: 0, http_status: 200, url: `${here.url}/relative` });
    expect(JSON.parse(String(event.result)).url).toBe('/echo?x=1');
  });

  it('keep or change the method and the body as the Fetch standard says', async () => {
    const headers = { 'content-type': 'text/x', 'x-own': '1' };
    for (const status of [301, 302, 303]) {
      const seen = await echoed(`/${status}`, 'POST', headers, 'body');
      expect(seen).toMatchObject({ method: 'GET', body: '', headers: { 'x-own': '1' } });
      expect(seen.headers['content-type']).toBeUndefined();
    }
    for (const status of [307, 308]) {
      expect(await echoed(`/${status}`, 'POST', headers, 'body')).toMatchObject({
        method: 'POST',
        body: 'body',
        headers: { 'content-type': 'text/x' },
      });
    }
    expect(await echoed('/301', 'PUT', {}, 'body')).toMatchObject({ method: 'PUT', body: 'body' });
    expect(await echoed('/303', 'PUT', {}, 'body')).toMatchObject({ method: 'GET', body: '' });
    // A long body is a stream, and must go out a second time.
    expect((await echoed('/307', 'POST', {}, 'x'.repeat(300_000))).body.length).toBe(300_000);
  });

  it('take no credentials to another origin, nor back from there', async () => {
    const secrets = {
      Authorization: 'Bearer secret',
      Cookie: 'session=1',
      'Proxy-Authorization': 'Basic x',
      'x-own': '1',
    };
    for (const path of ['/away', '/there-and-back']) {
      const seen = await echoed(path, 'POST', secrets, 'body');
      expect(seen).toMatchObject({
        method: path === '/away' ? 'POST' : 'GET',
        headers: { 'x-own': '1' },
      });
      for (const name of ['authorization', 'cookie', 'proxy-authorization'])
        expect(seen.headers[name], name).toBeUndefined();
    }
    expect((await echoed('/307', 'GET', secrets)).headers).toMatchObject({
      authorization: 'Bearer secret',
      cookie: 'session=1',
    });
    expect(JSON.stringify(there.seen)).not.toContain('secret');
  });

  it('that go round end, and those to other schemes or nowhere are not followed', async () => {
    expect(await request('/loop')).toMatchObject({
      status: -1,
      http_status: 0,
      error: 'redirect_loop',
    });
    expect(await request('/ping')).toMatchObject({ status: -1, error: 'redirect_loop' });
    expect(here.seen.filter(({ path }) => path === '/loop').length).toBe(21);
    expect(await request('/file')).toMatchObject({ status: -1, error: 'scheme' });
    expect(await request('/userinfo')).toMatchObject({ status: -1, error: 'bad_url' });
    expect(await request('/nonsense')).toMatchObject({ status: -1, error: 'bad_url' });
    expect(await request('/300')).toMatchObject({
      status: -1,
      http_status: 300,
      result: 'choose',
      error: 'http_status',
    });
    expect(await request('/no-location')).toMatchObject({
      status: -1,
      http_status: 302,
      result: 'where?',
    });
  });
});
