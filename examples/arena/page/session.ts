// Which game this page plays: the server's, one that it hosts itself, or one in the room of another page; and ways back.
import type { Wire, WireOwner } from '../game/lanes.js';
import { ArenaClient } from '../net/client.js';
import { NetworkWire } from '../net/wire.js';
import { HostedGame, spoken } from './host.js';

/** Waiting times before the first, second ... attempt to come back; the last one stays. */
const REJOIN_MS = [500, 1000, 2000, 4000];

export type Place = 'server' | 'host' | 'room';

/** What stands in the way, and what can be done about it. The first action is the one to offer first. */
export interface Trouble {
  title: string;
  text: string;
  actions: { label: string; act(): void }[];
}

export interface SessionHooks {
  /** Place, room code or state of the connection have changed. */
  changed(): void;
  /** A new game begins: what was seen of the last one is of no use. */
  began(client: ArenaClient): void;
  chat(client: ArenaClient, from: number, text: string): void;
  player(name: string, came: boolean): void;
}

export class Session {
  place: Place = 'server';
  /** Of the room; '' where there is none, or none yet. */
  code = '';
  trouble: Trouble | undefined;
  client!: ArenaClient;

  private hosted: HostedGame | undefined;
  private attempts = 0;
  private rejoin_timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly server_url: string,
    private readonly name: string,
    private readonly hooks: SessionHooks,
  ) {}

  /** Plays on the server. */
  join_server(): void {
    this.move('server', '');
    this.connect((owner) => new NetworkWire(this.server_url, owner));
  }

  /** Plays in the room of another page. @throws RangeError no room can have that code */
  join_room(code: string): void {
    this.move('room', code);
    this.connect((owner) => new NetworkWire(`room:${code}`, owner));
  }

  /** Makes this page the server of a new room, and plays in it. */
  host(): void {
    this.move('host', '');
    try {
      this.hosted = new HostedGame({
        opened: (code) => {
          this.code = code;
          this.hooks.changed();
        },
        failed: (reason) => this.cannot_host(reason),
      });
    } catch (error) {
      this.cannot_host(error instanceof Error ? error.message : String(error));
      return;
    }
    const { hosted } = this;
    this.connect((owner) => hosted.wire(owner));
  }

  /** The page goes away. */
  close(): void {
    clearTimeout(this.rejoin_timer);
    this.hosted?.close();
    this.hosted = undefined;
    this.client?.close();
  }

  private move(place: Place, code: string): void {
    this.close();
    this.place = place;
    this.code = code;
  }

  private connect(wire: (owner: WireOwner) => Wire): void {
    this.client = new ArenaClient(wire, {
      name: this.name,
      fast: true,
      hooks: {
        on_snapshot: (client) => {
          if (client.snapshots_in > 1) return;
          this.attempts = 0;
          this.trouble = undefined;
          this.hooks.changed();
        },
        on_fast: () => this.hooks.changed(),
        on_chat: (client, from, text) => this.hooks.chat(client, from, text),
        on_player: (_, name, came) => this.hooks.player(name, came),
        on_closed: (client, reason, by_peer) => {
          if (client === this.client && reason !== 'left') this.lost(reason, by_peer);
        },
      },
    });
    this.hooks.began(this.client);
    this.hooks.changed();
  }

  private lost(reason: string, by_peer: boolean): void {
    if (this.place === 'server') this.lost_server(reason);
    else if (this.place === 'room') this.lost_room(reason, by_peer);
    else this.cannot_host(reason);
    this.hooks.changed();
  }

  private lost_server(reason: string): void {
    const wait_ms = REJOIN_MS[Math.min(this.attempts++, REJOIN_MS.length - 1)];
    this.trouble = {
      title: 'Connection lost',
      text: `${sentence(reason)} Coming back by itself as soon as the server answers.`,
      actions: [{ label: 'Rejoin now', act: () => this.join_server() }],
    };
    this.rejoin_timer = setTimeout(() => this.join_server(), wait_ms);
  }

  private lost_room(reason: string, by_peer: boolean): void {
    const { code } = this;
    const room = `Room ${spoken(code)}`;
    const was_in = this.client.snapshots_in > 0;
    const back = { label: 'Back to the server', act: () => this.leave_trouble() };
    const again = { label: 'Try again', act: () => this.join_room(code) };
    if (was_in && by_peer) {
      this.trouble = {
        title: 'The host has left',
        text: `${room} is closed: the page that was its server has gone.`,
        actions: [back],
      };
    } else {
      this.trouble = {
        title: was_in ? 'Connection to the host lost' : 'Cannot join that room',
        text: `${room}: ${reason}.`,
        // Rooms are there over WebRTC only.
        actions: typeof RTCPeerConnection === 'undefined' ? [back] : [again, back],
      };
    }
  }

  private cannot_host(reason: string): void {
    this.close();
    this.trouble = {
      title: 'This page cannot host',
      text: sentence(reason),
      actions: [{ label: 'Back to the server', act: () => this.leave_trouble() }],
    };
    this.hooks.changed();
  }

  private leave_trouble(): void {
    this.trouble = undefined;
    this.join_server();
  }
}

function sentence(reason: string): string {
  return `${reason[0].toUpperCase()}${reason.slice(1)}.`;
}
