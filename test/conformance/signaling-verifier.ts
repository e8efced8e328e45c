// Visitor, host and signaling server written from section 9 of STANDARD.md alone, over bare `ws` and `node-datachannel`.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type * as Ndc from 'node-datachannel';
import { WebSocket, WebSocketServer } from 'ws';

const ndc = createRequire(import.meta.url)('node-datachannel') as typeof Ndc;

export const PROTOCOL = 'bytewire.signaling.1';
/** With many visits over one connection. */
export const SHARED_PROTOCOL = 'bytewire.signaling.2';

/** A message as it came. */
export type Said = Record<string, unknown> & { t: string };

const text = (max: number) => (value: unknown) => typeof value === 'string' && value.length <= max;
const whole = (max: number) => (value: unknown) =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max;
const name = (value: unknown) => typeof value === 'string' && /^[A-Z0-9]{0,32}$/.test(value);
const peer = whole(0xffffffff);
const port = whole(65_535);
const sdp = (value: unknown) => text(8192)(value) && (value as string).startsWith('v=0');
const REASONS =
  'no_room refused full room_taken version malformed rate timeout host_left left failed';

function servers(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length <= 8 &&
    JSON.stringify(value).length <= 4096 &&
    value.every(({ urls, username, credential }) => {
      const all = [urls].flat();
      return (
        all.length > 0 &&
        all.length <= 8 &&
        all.every((url) => text(512)(url) && /^(stuns?|turns?):/.test(url)) &&
        [username, credential].every((one) => one === undefined || text(512)(one))
      );
    })
  );
}

const TABLE: Record<string, Record<string, (value: unknown) => boolean>> = {
  join: {
    room: name,
    token: text(4096),
    resume: text(200),
    bound: port,
    channel: text(32),
    visit: (value) => value === undefined || (peer(value) && value !== 0),
  },
  host: { room: name, key: (key) => text(200)(key) && (key as string).length >= 16 },
  hosted: { room: name, key: text(200), ice: servers },
  visit: {
    peer,
    ip: text(200),
    port,
    origin: text(200),
    token: text(4096),
    resume: text(200),
    bound: port,
    channel: text(32),
  },
  joined: { peer, resume: text(200), restart: (value) => typeof value === 'boolean', ice: servers },
  offer: { peer, sdp },
  answer: { peer, sdp },
  candidate: { peer, candidate: text(512), mid: text(16) },
  bye: {
    peer,
    reason: (value) => REASONS.split(' ').includes(value as string),
    message: text(200),
  },
  ping: {},
  pong: {},
};

/** A message by the tables; what they do not name is an error here. */
export function check(message: string, max_bytes: number): Said {
  if (Buffer.byteLength(message) > max_bytes) throw new Error(`${message.length} bytes`);
  const said = JSON.parse(message) as Said;
  const fields = TABLE[said.t];
  if (fields === undefined) throw new Error(`no such kind: ${message}`);
  for (const key of Object.keys(said)) {
    if (key !== 't' && fields[key] === undefined) throw new Error(`${said.t} has no ${key}`);
  }
  for (const [key, fits] of Object.entries(fields)) {
    if (!fits(said[key])) throw new Error(`${said.t}.${key} is ${JSON.stringify(said[key])}`);
  }
  return said;
}

/** One end of a signaling connection: each message checked, in order. */
export class Talk {
  readonly said: Said[] = [];
  readonly failures: unknown[] = [];
  readonly closed: Promise<number>;
  over = false;
  #wake: (() => void)[] = [];

  constructor(
    readonly ws: WebSocket,
    max_bytes: number,
  ) {
    ws.on('error', () => {});
    ws.on('message', (data, binary) => {
      try {
        if (binary) throw new Error('a binary message');
        this.said.push(check(String(data), max_bytes));
      } catch (error) {
        this.failures.push(error);
      }
      this.#stir();
    });
    this.closed = new Promise((done) => {
      ws.on('close', (code) => {
        this.over = true;
        this.#stir();
        done(code);
      });
    });
  }

  #stir(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  say(message: object | string): void {
    this.ws.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The next message of one of these kinds; those before it are kept. */
  hear(...kinds: string[]): Promise<Said> {
    return this.next(({ t }) => kinds.includes(t));
  }

  /** The next message that fits. */
  async next(fits: (said: Said) => boolean): Promise<Said> {
    for (;;) {
      if (this.failures.length > 0) throw this.failures[0];
      const at = this.said.findIndex(fits);
      if (at >= 0) return this.said.splice(at, 1)[0];
      if (this.over) throw new Error(`closed too early: ${JSON.stringify(this.said)}`);
      await new Promise<void>((done) => this.#wake.push(done));
    }
  }
}

/** `from`: the address to call from, of this machine. */
export async function call(at: number, protocol = PROTOCOL, from = '127.0.0.1'): Promise<Talk> {
  const how = { perMessageDeflate: false, localAddress: from };
  const ws = new WebSocket(`ws://127.0.0.1:${at}`, protocol, how);
  const talk = new Talk(ws, 16_384);
  await once(ws, 'open');
  return talk;
}

/** A signaling server by the standard that is the host of its own: each caller goes to `greet`. */
export async function answerer(
  greet: (talk: Talk) => Promise<void>,
  protocol = PROTOCOL,
): Promise<{ port: number; failures: unknown[]; stop(): void }> {
  const wss = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    perMessageDeflate: false,
    maxPayload: 12_288,
    handleProtocols: (asked) => (asked.has(protocol) ? protocol : false),
  });
  const failures: unknown[] = [];
  wss.on('connection', (ws) => {
    greet(new Talk(ws, 12_288)).catch((error) => failures.push(error));
  });
  await once(wss, 'listening');
  return {
    port: (wss.address() as AddressInfo).port,
    failures,
    stop() {
      for (const ws of wss.clients) ws.terminate();
      wss.close();
    },
  };
}

/** Native objects are kept until they are closed: collected before, they would end the process. */
const kept = new Set<object>();

/** The answer to a probe (section 8), from one who counts nothing. */
function answer_to(probe: Buffer): Buffer {
  const answer = Buffer.alloc(28);
  answer[0] = 3;
  probe.copy(answer, 4, 4, 12);
  answer.writeDoubleLE(Date.now(), 12);
  return answer;
}

/** Messages of a data channel, in order; probes are answered. */
export class Wire {
  readonly got: (string | Buffer)[] = [];
  #wake: (() => void)[] = [];
  closed = false;
  open: boolean;

  constructor(readonly channel: Ndc.DataChannel) {
    kept.add(channel);
    this.open = channel.isOpen();
    const stir = () => setImmediate(() => this.#wake.splice(0).forEach((wake) => void wake()));
    const has_probes = channel.getLabel() === 'bytewire.udp';
    channel.onMessage((message) => {
      const got = typeof message === 'string' ? message : Buffer.from(message as Buffer);
      if (has_probes && typeof got !== 'string' && got[0] === 2) {
        channel.sendMessageBinary(answer_to(got));
        return;
      }
      this.got.push(got);
      stir();
    });
    channel.onOpen(() => {
      this.open = true;
      stir();
    });
    channel.onClosed(() => {
      kept.delete(channel);
      this.closed = true;
      stir();
    });
  }

  async #until(done: () => boolean): Promise<void> {
    while (!done()) await new Promise<void>((go) => this.#wake.push(go));
  }

  async opened(): Promise<this> {
    await this.#until(() => this.open);
    return this;
  }

  /** The next message that fits. */
  async next<T extends string | Buffer>(fits: (message: string | Buffer) => message is T) {
    await this.#until(() => this.got.some(fits));
    return this.got.splice(this.got.findIndex(fits), 1)[0] as T;
  }

  text = () => this.next((m): m is string => typeof m === 'string');
  bytes = () => this.next((m): m is Buffer => typeof m !== 'string');

  /** The payload of the next whole packet of section 8. */
  async packet(): Promise<string> {
    const whole = await this.next(
      (m): m is Buffer => typeof m !== 'string' && (m[0] & 0xef) === 0 && m.length >= 6,
    );
    return whole.toString('latin1', 6);
  }

  /** The next answer to a probe of section 8. */
  answer = () =>
    this.next((m): m is Buffer => typeof m !== 'string' && m[0] === 3 && m.length >= 28);

  async ended(): Promise<void> {
    await this.#until(() => this.closed);
  }
}

const LABELS: Record<string, Ndc.DataChannelInitConfig> = {
  'bytewire.udp': { unordered: true, maxRetransmits: 0 },
  'bytewire.udp.raw': { unordered: true, maxRetransmits: 0 },
  'bytewire.tcp': {},
  'bytewire.tcp.raw': {},
};

/** The host tries first, for so long. */
const HEAD_START_MS = 40;
const ABOUT_PEERS = ['offer', 'answer', 'candidate', 'bye'];

/** A peer connection whose descriptions and candidates go over `talk`, under the number `peer`. */
export class Peer {
  readonly pc: Ndc.PeerConnection;
  readonly wires: Wire[] = [];
  /** Candidates of this side, as they were said. */
  readonly candidates: string[] = [];
  #closed = false;
  /** As long as there is no answer: so long its candidates wait, too. */
  #offers = false;
  readonly #held: object[] = [];
  #wake: (() => void)[] = [];

  constructor(
    readonly talk: Talk,
    readonly number: number,
  ) {
    const pc = new ndc.PeerConnection('verifier', { iceServers: [] });
    this.pc = pc;
    kept.add(pc);
    pc.onStateChange((state) => {
      if (state === 'closed') kept.delete(pc);
    });
    const { over } = talk;
    const say = (message: object) =>
      setImmediate(() => {
        if (!over && talk.ws.readyState === WebSocket.OPEN) talk.say(message);
      });
    pc.onLocalDescription((sdp, type) => say({ t: type, peer: number, sdp }));
    pc.onLocalCandidate((candidate, mid) => {
      const message = { t: 'candidate', peer: number, candidate, mid };
      if (this.#offers) this.#held.push(message);
      else say(message);
    });
    pc.onDataChannel((channel) => {
      this.wires.push(new Wire(channel));
      setImmediate(() => this.#wake.splice(0).forEach((wake) => void wake()));
    });
  }

  /** Opens a channel by the table; the first one makes the offer. */
  channel(label: string): Wire {
    this.#offers = true;
    return new Wire(this.pc.createDataChannel(label, LABELS[label] ?? {}));
  }

  async came(): Promise<Wire> {
    while (this.wires.length === 0) await new Promise<void>((go) => this.#wake.push(go));
    return this.wires[0];
  }

  /** Takes what the other side says about this connection, until it says `bye`. */
  async listen(): Promise<Said> {
    let described = false;
    const early: Said[] = [];
    const take = ({ candidate, mid }: Said) => {
      if (!this.#closed) this.pc.addRemoteCandidate(candidate as string, mid as string);
    };
    for (;;) {
      const said = await this.talk.next(
        ({ t, peer }) => ABOUT_PEERS.includes(t) && peer === this.number,
      );
      if (said.t === 'bye' || this.#closed) return said;
      if (said.t === 'candidate') this.candidates.push(said.candidate as string);
      if (said.t !== 'candidate') {
        // Measured: as DTLS server the side that answers loses no second to a first packet that comes too early.
        const sdp = (said.sdp as string).replace('a=setup:actpass', 'a=setup:active');
        this.pc.setRemoteDescription(sdp, said.t as 'offer' | 'answer');
        described = true;
        this.#offers = false;
        for (const message of this.#held.splice(0)) this.talk.say(message);
        if (said.t === 'answer') await new Promise((go) => setTimeout(go, HEAD_START_MS));
        for (const one of early.splice(0)) take(one);
      } else if (described) take(said);
      else early.push(said);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.pc.close();
  }
}

/** Section 8: a whole packet with this number. */
export function datagram(number: number, payload: string): Buffer {
  const bytes = Buffer.alloc(6 + payload.length);
  bytes.writeUIntLE(number, 1, 3);
  bytes.write(payload, 6, 'latin1');
  return bytes;
}

/** Section 8: a probe. */
export function probe(time_ms: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes[0] = 2;
  bytes.writeDoubleLE(time_ms, 4);
  return bytes;
}

export const join = (room: string, fields: object = {}) => ({
  t: 'join',
  room,
  token: '',
  resume: '',
  bound: 0,
  channel: 'bytewire.udp',
  ...fields,
});

/** A visitor has so long from its offer to an open channel; then it tries once more with everything new. */
const ATTEMPT_MS = 4000;

export interface Visit {
  talk: Talk;
  joined: Said;
  peer: Peer;
  wire: Wire;
}

/** A visit up to an open channel. `made` is told of what has to be taken down afterwards. */
export async function visit(
  at: number,
  message: ReturnType<typeof join>,
  made: (down: () => void) => void,
): Promise<Visit> {
  for (let attempt = 1; ; attempt++) {
    const talk = await call(at);
    made(() => talk.ws.terminate());
    talk.say(message);
    const joined = await talk.hear('joined');
    if (joined.peer !== 0) throw new Error(`joined under ${joined.peer}`);
    const peer = new Peer(talk, 0);
    made(() => peer.close());
    const wire = peer.channel(message.channel);
    void peer.listen().catch(() => {});
    let timer: number | NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((done) => {
      timer = setTimeout(done, ATTEMPT_MS);
    });
    const open = await Promise.race([wire.opened(), late]);
    clearTimeout(timer);
    if (open !== undefined) return { talk, joined, peer, wire };
    if (attempt === 2) throw new Error('no open channel in two attempts');
    talk.ws.terminate();
    peer.close();
  }
}
