// WebRTC in Node: `node-datachannel` behind our interface, with what its native part needs to be handled with care.
import { createSocket } from 'node:dgram';
import type * as Ndc from 'node-datachannel';
import { host_task, report_uncaught } from '../events.js';
import { at_work, came_dead, gone, load } from './node-library.js';
import {
  type Channel,
  type ChannelOwner,
  type IceServer,
  MAX_PART_MESSAGE_BYTES,
  type Peer,
  type PeerConfig,
  type PeerOwner,
  type PeerState,
  type Rtc,
} from './types.js';

/** A callback that throws would end the process: nothing may leave it. */
function task(run: () => void): void {
  try {
    host_task(run);
  } catch (error) {
    report_uncaught(error);
  }
}

class NodeChannel implements Channel {
  owner: ChannelOwner | undefined;
  readonly label: string;
  readonly #channel: Ndc.DataChannel;
  readonly #on_end: (channel: NodeChannel) => void;
  #ended = false;

  /** `ended` is called when it is of no use any more. */
  constructor(channel: Ndc.DataChannel, ended: (channel: NodeChannel) => void) {
    this.#channel = channel;
    this.#on_end = ended;
    this.label = channel.getLabel();
    at_work(channel);
    channel.onOpen(() => task(() => this.owner?.opened()));
    channel.onMessage((message) => {
      task(() => this.owner?.received(message as Uint8Array | string));
    });
    channel.onError(() => {});
    channel.onClosed(() => this.#end());
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    gone(this.#channel);
    this.#on_end(this);
    task(() => {
      const { owner } = this;
      this.owner = undefined;
      owner?.closed();
    });
  }

  /** One that came is open, or has ended before we have heard of it: the library tells nobody then. */
  check_came(): void {
    if (!this.open) this.#end();
  }

  get open(): boolean {
    return !this.#ended && this.#channel.isOpen();
  }

  get buffered(): number {
    return this.#ended ? 0 : this.#channel.bufferedAmount();
  }

  get max_message_bytes(): number {
    try {
      return this.#channel.maxMessageSize();
    } catch {
      // It has ended meanwhile.
      return MAX_PART_MESSAGE_BYTES;
    }
  }

  send(bytes: Uint8Array): void {
    // Its `false` means "queued", not "refused".
    this.#channel.sendMessageBinary(bytes);
  }

  send_text(text: string): void {
    this.#channel.sendMessage(text);
  }

  close(): void {
    try {
      if (!this.#ended) this.#channel.close();
    } catch {
      // It has ended meanwhile.
    }
  }
}

const STATES: Record<string, PeerState> = {
  new: 'connecting',
  connecting: 'connecting',
  connected: 'connected',
  disconnected: 'disconnected',
  failed: 'failed',
  closed: 'closed',
};

type NativeIceServer = string | Ndc.IceServer;

/** `turn:host:port?transport=tcp` with its name and password as the library wants them. */
function native_ice_servers(servers: IceServer[]): NativeIceServer[] {
  return servers.flatMap(({ urls, username, credential }) =>
    [urls].flat().flatMap((url): NativeIceServer[] => {
      const parts =
        /^(stun|turn|turns):(\[[^\]]+\]|[^:?]+)(?::(\d+))?(?:\?transport=(udp|tcp))?$/i.exec(url);
      if (parts === null) return [];
      const [, scheme, hostname, port, transport] = parts;
      const secure = scheme.toLowerCase() === 'turns';
      if (scheme.toLowerCase() === 'stun') return [`stun:${hostname}:${port ?? 3478}`];
      return [
        {
          hostname,
          port: Number(port ?? (secure ? 5349 : 3478)),
          username: username ?? '',
          password: credential ?? '',
          relayType: secure ? 'TurnTls' : transport === 'tcp' ? 'TurnTcp' : 'TurnUdp',
        },
      ];
    }),
  );
}

/**
 * The library's own policy hides other ways from the other side, and tries them all the same (libdatachannel #1587): only an address
 * at a TURN server may be known here.
 */
function is_relayed(candidate: string): boolean {
  return / typ relay/.test(candidate);
}

class NodePeer implements Peer {
  readonly #pc: Ndc.PeerConnection;
  #owner: PeerOwner | undefined;
  readonly #channels = new Set<NodeChannel>();
  readonly #ports: PeerConfig['ports'];
  readonly #relay_only: boolean;
  #closed = false;

  constructor(
    lib: typeof Ndc,
    { ice_servers, relay_only, ports, bind, max_message_bytes }: PeerConfig,
    owner: PeerOwner,
  ) {
    const one_port = ports !== undefined && ports[0] === ports[1];
    const pc = new lib.PeerConnection('bytewire', {
      iceServers: native_ice_servers(ice_servers),
      ...(relay_only && { iceTransportPolicy: 'relay' as Ndc.TransportPolicy }),
      ...(ports && { portRangeBegin: ports[0], portRangeEnd: ports[1] }),
      ...(one_port && { enableIceUdpMux: true }),
      ...(bind !== undefined && { bindAddress: bind }),
      ...(max_message_bytes !== undefined && { maxMessageSize: max_message_bytes }),
    });
    this.#pc = pc;
    this.#owner = owner;
    this.#ports = ports;
    this.#relay_only = relay_only === true;
    at_work(pc);
    pc.onLocalDescription((sdp, type) => {
      if (type !== 'offer' && type !== 'answer') return;
      // By way of relays it is the side that offers which is ready first: the other one's first check is lost, for want of a permission.
      const said = relay_only ? sdp.replace('a=setup:actpass', 'a=setup:passive') : sdp;
      task(() => this.#owner?.description(type, said));
    });
    pc.onLocalCandidate((candidate, mid) => task(() => this.#owner?.candidate(candidate, mid)));
    pc.onStateChange((state) => {
      task(() => this.#owner?.state(STATES[state] ?? 'connecting'));
      // Not within its own callback.
      if (state === 'closed') setImmediate(() => this.#over());
    });
    pc.onDataChannel((channel) => {
      task(() => {
        const wrapped = this.#wrap(channel);
        // The other side has closed it again before we hear of it.
        if (!wrapped.open) came_dead(channel);
        if (this.#owner === undefined) wrapped.close();
        else this.#owner.channel(wrapped);
        wrapped.check_came();
      });
    });
  }

  /** Everything that is said to the native part may throw, for reasons that are the peer's or the network's. */
  #attempt<T>(work: () => T): T | undefined {
    if (this.#closed) return undefined;
    try {
      return work();
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      // What the library says when it can bind no port of the range.
      const full = this.#ports !== undefined && /gather local ICE candidates/.test(said);
      const reason = full
        ? `no UDP port from ${this.#ports?.join(' to ')} is free (udp_port)`
        : said.replace(/^libdatachannel error /, '');
      setImmediate(() => task(() => this.#owner?.broken(reason, full)));
      return undefined;
    }
  }

  open_channel(label: string, reliable: boolean): Channel | undefined {
    // The first channel is what makes the library write its offer.
    return this.#attempt(() => {
      const how = reliable ? {} : { unordered: true, maxRetransmits: 0 };
      const channel = this.#pc.createDataChannel(label, how);
      return this.#wrap(channel);
    });
  }

  #wrap(native: Ndc.DataChannel): NodeChannel {
    const channel = new NodeChannel(native, (ended) => this.#channels.delete(ended));
    this.#channels.add(channel);
    return channel;
  }

  offer(): void {}

  remote_description(type: 'offer' | 'answer', sdp: string): void {
    this.#attempt(() => {
      // So that the side which answers is the DTLS server: otherwise the first packet of DTLS may be lost, which costs a second.
      let said = type === 'offer' ? sdp.replace('a=setup:actpass', 'a=setup:active') : sdp;
      if (this.#relay_only) {
        said = said.replace(/^a=candidate:.*\r?\n/gm, (line) => (is_relayed(line) ? line : ''));
      }
      this.#pc.setRemoteDescription(said, type);
    });
  }

  remote_candidate(candidate: string, mid: string): void {
    if (this.#closed || (this.#relay_only && !is_relayed(candidate))) return;
    try {
      this.#pc.addRemoteCandidate(candidate, mid);
    } catch {
      // One that is of no use is no reason to give up: others may be.
    }
  }

  /** It has ended, by whichever side. What came before is still told. */
  #over(): void {
    this.#close_native();
    gone(this.#pc);
  }

  /** Also where the other side has closed it: otherwise it is there until its wrapper is collected, and no cleanup ends before. */
  #close_native(): void {
    try {
      this.#pc.close();
    } catch {
      // It has ended meanwhile.
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#owner = undefined;
    // One that has never been open keeps the process alive when only its connection is closed.
    for (const channel of [...this.#channels]) {
      channel.owner = undefined;
      channel.close();
    }
    this.#close_native();
  }
}

/** The port that was bound, or -1. */
function try_port(port: number, bind: string | undefined): Promise<number> {
  return new Promise((resolve) => {
    const type = bind === undefined || bind.includes(':') ? 'udp6' : 'udp4';
    const socket = createSocket({ type, reuseAddr: false });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close();
      // A machine without IPv6.
      if (type === 'udp6' && bind === undefined && error.code !== 'EADDRINUSE') {
        try_port(port, '0.0.0.0').then(resolve);
      } else resolve(-1);
    });
    socket.bind({ port, address: bind, exclusive: true }, () => {
      const bound = socket.address().port;
      socket.close(() => resolve(bound));
    });
  });
}

export const node_rtc: Rtc = {
  can_restart: false,
  // Measured on a busy machine: 3 of 100 dials failed, and one in ten took a second.
  answer_first: true,
  relays_meet: true,
  check: () => void load(),
  open_peer: (config, owner) => new NodePeer(load(), config, owner),
  async free_port(wanted, any, bind) {
    load();
    const port = await try_port(wanted, bind);
    return port >= 0 || !any || wanted === 0 ? port : try_port(0, bind);
  },
};
