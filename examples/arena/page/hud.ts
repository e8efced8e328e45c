// The numbers and words around the canvas, in plain elements that anybody (and any screen reader) can read.
import type { ArenaClient } from '../net/client.js';
import { element, show } from './dom.js';
import { type FrameShip, new_ship, read_ship } from './frame.js';
import { colour } from './sprites.js';

/** Rates are over this time: long enough to be calm, short enough to be live. */
const WINDOW_MS = 1500;
const RANKS_SHOWN = 8;

interface Sample {
  at_ms: number;
  packets_in: number;
  packets_out: number;
  bytes_in: number;
  bytes_out: number;
  snapshots_in: number;
  lost: number;
}

type Counter = Exclude<keyof Sample, 'at_ms'>;

/** Three digits at most, so that nothing jumps. */
export function show_bytes(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  if (bytes < 999_500) return `${(bytes / 1000).toFixed(bytes < 99_950 ? 1 : 0)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** What carries inputs and snapshots, beside what carries the rest. */
function lanes_text({ carrier, fast }: ArenaClient): string {
  if (carrier === 'this page') return 'In this page';
  if (fast === 'open') return carrier === 'WebSocket' ? 'WebSocket + WebRTC' : 'WebRTC tcp + udp';
  const alone = carrier === 'WebSocket' ? 'WebSocket' : 'WebRTC tcp';
  return fast === 'failed' ? `${alone} alone` : alone;
}

export class Hud {
  private samples: Sample[] = [];
  /** The notice that was read and put away. */
  private dismissed = '';
  private problem = '';

  /** A new connection counts from zero. */
  reset(): void {
    this.samples = [];
  }

  status(state: string, text: string): void {
    element('status').dataset.state = state;
    show('status', text);
  }

  /** Which transports there are, and a notice where one is missing that should be there. */
  lanes(client: ArenaClient): void {
    const failed = client.fast === 'failed' && client.state === 'playing';
    show('transport', client.state === 'playing' ? lanes_text(client) : '–');
    element('transport').classList.toggle('warning', failed);
    const problem = failed ? client.fast_problem : '';
    this.problem = problem;
    element('notice').hidden = problem === '' || problem === this.dismissed;
    if (problem === '') return;
    const way = client.carrier === 'WebSocket' ? 'WebSocket' : 'the reliable channel';
    show('notice-text', `Playing over ${way} alone: ${problem}.`);
  }

  /** The notice has been read. */
  dismiss(): void {
    element('notice').hidden = true;
    this.dismissed = this.problem;
  }

  /** A few times a second. */
  update(client: ArenaClient, now_ms: number): void {
    const { packets_in, packets_out, bytes_in, bytes_out, snapshots_in, lost } = client;
    this.samples.push({
      at_ms: now_ms,
      packets_in,
      packets_out,
      bytes_in,
      bytes_out,
      snapshots_in,
      lost,
    });
    while (this.samples.length > 2 && now_ms - this.samples[1].at_ms >= WINDOW_MS) {
      this.samples.shift();
    }
    show('packets-in', String(Math.round(this.rate('packets_in'))));
    show('packets-out', String(Math.round(this.rate('packets_out'))));
    show('bytes-in', show_bytes(this.rate('bytes_in')));
    show('bytes-out', show_bytes(this.rate('bytes_out')));
    const { rtt_ms } = client;
    show('rtt', rtt_ms === undefined ? '–' : rtt_ms.toFixed(rtt_ms < 10 ? 1 : 0));
    show('players', client.state === 'playing' ? String(client.names.size) : '–');
    show('loss', this.loss_text(client));
    this.lanes(client);
    this.update_board(client);
  }

  private loss_text(client: ArenaClient): string {
    if (client.fast !== 'open') return '';
    const lost = this.rate('lost');
    const all = lost + this.rate('snapshots_in');
    return all > 0 ? `${((lost / all) * 100).toFixed(1)} % lost` : '';
  }

  private rate(counter: Counter): number {
    const first = this.samples[0];
    const last = this.samples[this.samples.length - 1];
    const seconds = (last.at_ms - first.at_ms) / 1000;
    return seconds > 0 ? (last[counter] - first[counter]) / seconds : 0;
  }

  private update_board(client: ArenaClient): void {
    const columns = client.state === 'playing' ? client.snapshots.newest_ships : undefined;
    if (columns === undefined) return;
    const ships: FrameShip[] = [];
    for (const [slot, id] of columns.id.entries()) {
      if (id === 0) continue;
      const ship = new_ship();
      read_ship(columns, slot, ship);
      ships.push(ship);
    }
    ships.sort((a, b) => b.score - a.score || a.id - b.id);
    const own = ships.find((ship) => ship.id === client.id);
    if (own) show('score', String(own.score));
    const shown = ships.slice(0, RANKS_SHOWN);
    // Whoever looks for themselves finds themselves, also from below.
    if (own && !shown.includes(own)) shown[RANKS_SHOWN - 1] = own;
    const list = element('ranks');
    while (list.children.length > shown.length) list.lastElementChild?.remove();
    for (const [i, ship] of shown.entries()) {
      const row = list.children[i] ?? list.appendChild(new_row());
      this.fill_row(row as HTMLElement, ship, client);
    }
  }

  private fill_row(row: HTMLElement, ship: FrameShip, client: ArenaClient): void {
    const [name, points] = row.children;
    const own = ship.id === client.id;
    const text = own ? 'You' : (client.names.get(ship.id) ?? '');
    if (name.textContent !== text) name.textContent = text;
    points.textContent = String(ship.score);
    row.classList.toggle('me', own);
    row.style.setProperty('--ship', colour(ship.hue, 62));
  }
}

function new_row(): HTMLElement {
  const row = document.createElement('li');
  for (const part of ['name', 'points']) {
    const span = document.createElement('span');
    span.className = part;
    row.append(span);
  }
  return row;
}
