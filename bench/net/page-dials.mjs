// How long a page takes to be connected to a Node server over WebRTC: fifteen dials at once, bytewire and bare data channels in turns.
// usage: node bench/net/page-dials.mjs [--browser chromium|firefox] [--dials 200] [--once 15] [--json]
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import * as bw from 'bytewire';
import ndc from 'node-datachannel';
import { WebSocketServer } from 'ws';
import { quantile } from '../harness.mjs';
import { open_browser } from '../page/browsers.mjs';

const args = process.argv.slice(2);
const option = (name, fallback) => {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? fallback : args[at + 1];
};
const BROWSER = option('browser', 'chromium');
const DIALS = Number(option('dials', 200));
// Browsers open one WebSocket to an address after the other and hold the last of many back: bare channels pay that, whose signaling is
// a WebSocket each; dials of bytewire share one.
const AT_ONCE = Number(option('once', 15));
const GOAL_MS = 400;
const LIMIT_MS = 120_000;

/** The least that a server of bare node-datachannel needs: an offer and candidates by WebSocket, an answer and candidates back. */
function serve_bare() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  const kept = new Set();
  server.on('connection', (ws) => {
    const pc = new ndc.PeerConnection('bare', { iceServers: [] });
    kept.add(pc);
    const say = (message) => ws.readyState === ws.OPEN && ws.send(JSON.stringify(message));
    pc.onStateChange((state) => {
      if (state === 'closed') kept.delete(pc);
    });
    pc.onLocalDescription((sdp, type) => say({ sdp, type }));
    pc.onLocalCandidate((candidate, sdpMid) => say({ candidate, sdpMid }));
    pc.onDataChannel((channel) =>
      kept.add(channel.onClosed(() => kept.delete(channel)) ?? channel),
    );
    let offered = false;
    const early = [];
    ws.on('message', (data) => {
      const { sdp, candidate, sdpMid } = JSON.parse(data);
      if (sdp) {
        // As bytewire does: as DTLS server it loses no second to a first packet that comes too early.
        pc.setRemoteDescription(sdp.replace('a=setup:actpass', 'a=setup:active'), 'offer');
        offered = true;
        for (const [one, mid] of early.splice(0)) pc.addRemoteCandidate(one, mid);
      } else if (offered) pc.addRemoteCandidate(candidate, sdpMid);
      else early.push([candidate, sdpMid]);
    });
    ws.on('close', () => pc.close());
  });
  return server;
}

/** Runs in the page. */
async function page({ port, bare, dials, at_once }) {
  const bw = await import('/index.js');
  const waiting = new Map();
  bw.async_on('networking', (event) => waiting.get(event.id)?.(event));
  const ours = () =>
    new Promise((done, fail) => {
      const id = bw.network_create_socket(bw.network_socket_udp);
      waiting.set(id, ({ type, succeeded, reason }) => {
        if (type !== bw.network_type_non_blocking_connect) return;
        waiting.delete(id);
        if (succeeded) done(() => bw.network_destroy(id));
        else fail(new Error(reason));
      });
      bw.network_connect(id, '127.0.0.1', port);
    });
  const plain = () =>
    new Promise((done, fail) => {
      const ws = new WebSocket(`ws://127.0.0.1:${bare}`);
      const pc = new RTCPeerConnection();
      const channel = pc.createDataChannel('x', { ordered: false, maxRetransmits: 0 });
      const late = setTimeout(() => fail(new Error('too late')), 10_000);
      channel.onopen = () => {
        clearTimeout(late);
        done(() => {
          pc.close();
          ws.close();
        });
      };
      pc.onicecandidate = ({ candidate }) => {
        if (candidate?.candidate) {
          ws.send(JSON.stringify({ candidate: candidate.candidate, sdpMid: candidate.sdpMid }));
        }
      };
      ws.onopen = async () => {
        await pc.setLocalDescription(await pc.createOffer());
        ws.send(JSON.stringify({ sdp: pc.localDescription.sdp }));
      };
      ws.onmessage = ({ data }) => {
        const said = JSON.parse(data);
        if (said.sdp) pc.setRemoteDescription(said);
        else pc.addIceCandidate(said).catch(() => {});
      };
    });
  const results = { ours: [], bare: [], failures: { ours: [], bare: [] } };
  const ways = { ours, bare: plain };
  // What is loaded and made once, here and in the server, is paid by nobody who is measured.
  for (const kind of ['ours', 'bare']) (await ways[kind]())();
  for (let begun = 0, round = 0; begun < dials; begun += at_once, round++) {
    for (const kind of round % 2 ? ['bare', 'ours'] : ['ours', 'bare']) {
      const one = async () => {
        const start = performance.now();
        try {
          const close = await ways[kind]();
          results[kind].push(performance.now() - start);
          return close;
        } catch (error) {
          results.failures[kind].push(String(error));
          return () => {};
        }
      };
      const n = Math.min(at_once, dials - begun);
      for (const close of await Promise.all(Array.from({ length: n }, one))) close();
      await new Promise((done) => setTimeout(done, 300));
    }
  }
  await fetch('/result', { method: 'POST', body: JSON.stringify(results) });
}

const server = bw.network_create_server(bw.network_socket_udp, 0, 1000);
const { port } = bw.network_get_stats(server);
const bare = serve_bare();
await new Promise((listening) => bare.once('listening', listening));
const dist = fileURLToPath(new URL('../../dist/browser', import.meta.url));
let done;
const result = new Promise((resolve) => {
  done = resolve;
});
const how = { port, bare: bare.address().port, dials: DIALS, at_once: AT_ONCE };
const web = createServer((request, response) => {
  const path = request.url.split('?')[0];
  if (path === '/result') {
    let body = '';
    request.on('data', (data) => {
      body += data;
    });
    request.on('end', () => done(JSON.parse(body)));
    response.end();
  } else if (/^\/[\w.-]+\.js$/.test(path)) {
    response.setHeader('content-type', 'text/javascript').end(readFileSync(dist + path));
  } else {
    response
      .setHeader('content-type', 'text/html')
      .end(`<script type="module">(${page})(${JSON.stringify(how)})</script>`);
  }
}).listen(0, '127.0.0.1');
await new Promise((listening) => web.once('listening', listening));

const browser = open_browser(BROWSER, `http://127.0.0.1:${web.address().port}/`);
const late = new Promise((_, fail) => {
  setTimeout(() => fail(new Error(`no result after ${LIMIT_MS} ms`)), LIMIT_MS).unref();
});
try {
  const results = await Promise.race([
    result,
    late,
    browser.gone.then((why) => Promise.reject(new Error(why))),
  ]);
  const rows = ['ours', 'bare'].map((kind) => {
    const sorted = [...results[kind]].sort((a, b) => a - b);
    const at = (q) => quantile(sorted, q);
    return {
      kind,
      n: sorted.length,
      p50: at(0.5),
      p95: at(0.95),
      max: sorted.at(-1),
      failures: results.failures[kind],
    };
  });
  if (args.includes('--json'))
    console.log(JSON.stringify({ browser: BROWSER, node: process.version, rows }));
  else {
    console.log(
      `${BROWSER} to Node ${process.versions.node}, ${AT_ONCE} dials at once, ${DIALS} in all`,
    );
    for (const { kind, n, p50, p95, max, failures } of rows) {
      const times = [p50, p95, max].map((ms) => `${ms.toFixed(0)} ms`.padStart(8)).join('');
      console.log(
        `${kind.padEnd(6)} p50, p95, max ${times}   ${n} connected, ${failures.length} failed ${failures[0] ?? ''}`,
      );
    }
    const [{ p95, failures }, other] = rows;
    console.log(`p95 ${(p95 / other.p95).toFixed(2)} times that of bare channels`);
    const met = p95 < GOAL_MS && failures.length === 0;
    console.log(`goal: p95 < ${GOAL_MS} ms, none failed: ${met ? 'met' : 'NOT MET'}`);
    if (!met) process.exitCode = 1;
  }
} finally {
  await browser.close();
  web.closeAllConnections();
  web.close();
  bare.close();
  for (const client of bare.clients) client.terminate();
  bw.network_destroy(server);
}
