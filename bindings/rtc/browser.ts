// WebRTC of browsers: RTCPeerConnection behind our interface.
import { NetError } from '../errors.js';
import { host_task } from '../events.js';
import {
  type Channel,
  type ChannelOwner,
  MAX_PART_MESSAGE_BYTES,
  type Peer,
  type PeerConfig,
  type PeerOwner,
  type PeerState,
  type Rtc,
} from './types.js';

/** What comes before a channel is open may be so much. */
const EARLY_BYTES = 4 * 1024 * 1024;
/** What a message counts beside its bytes. */
const MESSAGE_BYTES = 64;

class PageChannel implements Channel {
  owner: ChannelOwner | undefined;
  readonly #channel: RTCDataChannel;
  readonly #pc: RTCPeerConnection;
  /** What came while nothing could be sent yet: Chromium delivers messages before it says that a channel is open. */
  readonly #early: (Uint8Array | string)[] = [];
  #early_bytes = 0;

  constructor(channel: RTCDataChannel, pc: RTCPeerConnection) {
    this.#channel = channel;
    this.#pc = pc;
    channel.binaryType = 'arraybuffer';
    channel.onopen = () => {
      host_task(() => this.owner?.opened());
      for (const message of this.#early.splice(0)) this.#deliver(message);
    };
    channel.onmessage = ({ data }) => {
      const message = typeof data === 'string' ? data : new Uint8Array(data);
      if (this.open && this.#early.length === 0) this.#deliver(message);
      else this.#keep(message);
    };
    channel.onclose = () => {
      host_task(() => {
        const { owner } = this;
        this.owner = undefined;
        owner?.closed();
      });
    };
  }

  #deliver(message: Uint8Array | string): void {
    host_task(() => this.owner?.received(message));
  }

  #keep(message: Uint8Array | string): void {
    this.#early_bytes += message.length + MESSAGE_BYTES;
    // Nobody who means well sends that much to one who has not answered.
    if (this.#early_bytes > EARLY_BYTES) this.close();
    else this.#early.push(message);
  }

  get label(): string {
    return this.#channel.label;
  }

  get open(): boolean {
    return this.#channel.readyState === 'open';
  }

  get buffered(): number {
    return this.#channel.bufferedAmount;
  }

  get max_message_bytes(): number {
    return this.#pc.sctp?.maxMessageSize ?? MAX_PART_MESSAGE_BYTES;
  }

  send(bytes: Uint8Array): void {
    this.#channel.send(bytes as Uint8Array<ArrayBuffer>);
  }

  send_text(text: string): void {
    this.#channel.send(text);
  }

  close(): void {
    this.#channel.close();
  }
}

class PagePeer implements Peer {
  readonly #pc: RTCPeerConnection;
  #owner: PeerOwner | undefined;

  constructor({ ice_servers, relay_only }: PeerConfig, owner: PeerOwner) {
    const pc = new RTCPeerConnection({
      iceServers: ice_servers,
      ...(relay_only && { iceTransportPolicy: 'relay' }),
    });
    this.#pc = pc;
    this.#owner = owner;
    pc.onicecandidate = ({ candidate }) => {
      // An empty one only says that there are no more.
      if (candidate === null || candidate.candidate === '') return;
      host_task(() => this.#owner?.candidate(candidate.candidate, candidate.sdpMid ?? '0'));
    };
    pc.onicecandidateerror = ({ url, errorCode, errorText }) => {
      host_task(() => this.#owner?.server_failed?.(`${url} says ${errorCode} ${errorText}`));
    };
    const told = () => {
      // The connection's own state tells of failures late, ICE's of interruptions early.
      const ice = pc.iceConnectionState;
      const state: PeerState =
        pc.connectionState === 'new'
          ? 'connecting'
          : ice === 'disconnected' || ice === 'failed'
            ? ice
            : pc.connectionState;
      host_task(() => this.#owner?.state(state));
    };
    pc.onconnectionstatechange = told;
    pc.oniceconnectionstatechange = told;
    pc.ondatachannel = ({ channel }) => {
      host_task(() => this.#owner?.channel(new PageChannel(channel, pc)));
    };
  }

  #attempt(work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      host_task(() => this.#owner?.broken(reason));
    });
  }

  #tell(): void {
    const { type, sdp } = this.#pc.localDescription ?? {};
    if (sdp !== undefined && (type === 'offer' || type === 'answer')) {
      host_task(() => this.#owner?.description(type, sdp));
    }
  }

  open_channel(label: string, reliable: boolean): Channel | undefined {
    if (this.#owner === undefined) return undefined;
    const how = reliable ? { ordered: true } : { ordered: false, maxRetransmits: 0 };
    return new PageChannel(this.#pc.createDataChannel(label, how), this.#pc);
  }

  offer(restart = false): void {
    this.#attempt(async () => {
      await this.#pc.setLocalDescription(await this.#pc.createOffer({ iceRestart: restart }));
      this.#tell();
    });
  }

  remote_description(type: 'offer' | 'answer', sdp: string): void {
    this.#attempt(async () => {
      await this.#pc.setRemoteDescription({ type, sdp });
      if (type !== 'offer') return;
      await this.#pc.setLocalDescription(await this.#pc.createAnswer());
      this.#tell();
    });
  }

  remote_candidate(candidate: string, mid: string): void {
    // One that is of no use is no reason to give up: others may be.
    this.#pc.addIceCandidate({ candidate, sdpMid: mid }).catch(() => {});
  }

  close(): void {
    this.#owner = undefined;
    const pc = this.#pc;
    pc.onicecandidate = pc.onicecandidateerror = pc.ondatachannel = null;
    pc.onconnectionstatechange = pc.oniceconnectionstatechange = null;
    pc.close();
  }
}

export const browser_rtc: Rtc = {
  can_restart: true,
  answer_first: false,
  relays_meet: false,
  check() {
    if (typeof RTCPeerConnection === 'undefined') {
      throw new NetError('unsupported', 'this browser has no WebRTC (RTCPeerConnection)');
    }
  },
  open_peer(config, owner) {
    browser_rtc.check();
    return new PagePeer(config, owner);
  },
  async free_port() {
    return -1;
  },
};
