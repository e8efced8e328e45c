// The one event queue: results of sockets, requests and files, in order, never inside the call that caused them.
import { show } from './check.js';
import type { HttpErrorCode } from './http-types.js';

/** What there is to listen to. */
export type AsyncKind = 'networking' | 'http' | 'save_load' | 'error';

/** A networking event, GameMaker's `async_load`: which keys are there depends on `type`. */
export interface NetworkingEvent {
  /** `network_type_connect`, `_disconnect`, `_data`, `_non_blocking_connect`, `_drained`, `_link_lost` or `_resumed`. */
  type: number;
  /** connect, disconnect on a server: the server. Data: the socket it came from. On a client: its own socket. */
  id: number;
  /** Address of the peer; on clients the URL as it was given. */
  ip: string;
  /** Port of the peer; on clients the effective port. */
  port: number;
  /** connect, disconnect: the client's socket. */
  socket: number;
  /** Data from a client of a server: that server. */
  server: number;
  /** Data: a grow buffer at position 0, freed when all listeners have returned. Copy what you keep. */
  buffer: number;
  /** Data: bytes in the buffer. */
  size: number;
  /** non_blocking_connect: 1 or 0. */
  succeeded: number;
  /** Data: `network_send_binary` or `network_send_text`. */
  message_type: number;
  /** disconnect, failed non_blocking_connect: why, for people. */
  reason: string;
  /**
   * disconnect of a client: the code of the WebSocket close frame, whoever sent it (STANDARD.md, 6), also over WebRTC. 1006: there was
   * none, the link is lost.
   */
  code: number;
  /**
   * Failed non_blocking_connect, and disconnect for a room that could not be opened: why, as a word. WebSocket: `refused`, `full`,
   * `too_many`, `not_found`, `protocol`, `timeout`, `failed`; a page is told no more than `failed` of what happens before the
   * WebSocket stands. WebRTC: `no_signaling`, `no_room`, `room_taken`, `refused`, `full`, `timeout`, `ice_failed`, `unsupported`,
   * `package_missing` ...
   */
  error: string;
  /** listening: the room's name. */
  room: string;
}

/** An http event, GameMaker's `async_load`. Progress (`status` 1) has no `result`; one other event ends each request. */
export interface HttpEvent {
  /** What the call gave that started it. */
  id: number;
  /** 1 in progress, 0 done with 2xx, -1 anything else. */
  status: number;
  /** As it was given. */
  url: string;
  /** At the end: the body as text, the number of bytes in the buffer, or the name of the file. */
  result: string | number;
  /** At the end: 200, 404 ...; 0 when there was no answer. */
  http_status: number;
  /** When there was an answer: all that the host shows. */
  response_headers: Headers | undefined;
  /** Bytes of the body; -1 when that is not known (also for compressed ones). */
  contentLength: number;
  /** Bytes of the body that have arrived. */
  sizeDownloaded: number;
  /** Bytes of the request's body, where the host tells how far it has gone. */
  uploadLength: number;
  sizeUploaded: number;
  /** `status` -1: why, as a word. */
  error: HttpErrorCode | undefined;
  /** `status` -1: why, for people. */
  message: string | undefined;
}

/** A save_load event: a file operation or a group of them has ended. */
export interface SaveLoadEvent {
  /** What the call gave that started it. */
  id: number;
  /** Whether it worked. */
  status: boolean;
  /** As given; of a group: its name. */
  filename: string;
  /** Not `status`: `not_found`, `buffer_deleted`, `out_of_memory`, or the code of a NetError. */
  error?: string;
  /** Not `status`: why, for people. */
  message?: string;
}

/** A listener threw: what, and at which event. */
export interface ErrorEvent {
  error: unknown;
  kind: AsyncKind;
  event: object;
}

interface EventOf {
  networking: NetworkingEvent;
  http: HttpEvent;
  save_load: SaveLoadEvent;
  error: ErrorEvent;
}

/** An event that waits. */
export interface Queued {
  kind: AsyncKind;
  event: object;
  /** Payload bytes that it holds. */
  bytes: number;
  /** Asked at delivery: false skips the listeners (its socket was destroyed meanwhile). */
  wanted?: () => boolean;
  /** Called before the listeners: one who asked for these events by name. */
  first?: (event: never) => unknown;
  /** Called after delivery, whatever happened: frees the buffer. */
  done?: () => void;
}

/** Events that may wait for {@link async_pump}, and payload bytes in them. Data beyond is refused, other events never are. */
const MAX_EVENTS = 65_536;
const MAX_EVENT_BYTES = 64 * 1024 * 1024;

type Listener = (event: never) => unknown;

const listeners = new Map<AsyncKind, Listener[]>();
let queue: Queued[] = [];
let queued_bytes = 0;
let refused = 0;
let manual = false;
let draining = false;
/** How many callbacks of the host are running: they deliver at their end, so nothing needs scheduling. */
let hosting = 0;
let scheduled = false;
let channel: MessageChannel | undefined;

// A task of its own: a microtask could starve the host when a listener causes the next event at once.
function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  const run = () => {
    scheduled = false;
    if (!manual) drain();
  };
  if (typeof setImmediate === 'function') {
    setImmediate(run);
  } else if (typeof MessageChannel === 'function') {
    // setTimeout would be slowed to 4 ms, and to a second in a hidden page.
    channel ??= new MessageChannel();
    channel.port1.onmessage = run;
    channel.port2.postMessage(0);
  } else {
    setTimeout(run, 0);
  }
}

function report(error: unknown, kind: AsyncKind, event: object): void {
  const handlers = kind === 'error' ? undefined : listeners.get('error');
  if (handlers !== undefined && handlers.length > 0) {
    call('error', { error, kind, event });
    return;
  }
  report_uncaught(error);
}

/** A check of the program's own has thrown, at the bidding of a stranger: told to those who listen for errors, and no more than that. */
export function report_check(error: unknown, about: object): void {
  call('error', { error, kind: 'networking', event: about });
}

/** Hands an error to the host's uncaught handler, in a task of its own. */
export function report_uncaught(error: unknown): void {
  if (typeof reportError === 'function') reportError(error);
  else {
    setTimeout(() => {
      throw error;
    }, 0);
  }
}

function call(kind: AsyncKind, event: object): void {
  // The array is replaced, never changed, when listeners come and go: those of this moment are called.
  for (const listener of listeners.get(kind) ?? []) {
    try {
      report_later(listener(event as never), kind, event);
    } catch (error) {
      report(error, kind, event);
    }
  }
}

/** What an async listener throws comes by its promise, which may be one of another realm or library. */
function report_later(result: unknown, kind: AsyncKind, event: object): void {
  if (typeof result !== 'object' || result === null) return;
  const { then } = result as { then?: unknown };
  if (typeof then !== 'function') return;
  Promise.resolve(result).catch((error) => report(error, kind, event));
}

function deliver(item: Queued): void {
  const { kind, event } = item;
  try {
    if (item.wanted !== undefined && !item.wanted()) return;
    try {
      report_later(item.first?.(event as never), kind, event);
    } catch (error) {
      report(error, kind, event);
    }
    call(kind, event);
  } finally {
    item.done?.();
  }
}

/**
 * Delivers what waits now, and gives how many. What listeners cause meanwhile waits for the next turn: a listener that causes
 * an event each time must hold up neither the frame nor the host.
 */
function drain(): number {
  if (draining) return 0;
  draining = true;
  const pumped = manual;
  const batch = queue;
  queue = [];
  let delivered = 0;
  try {
    for (const item of batch) {
      // A listener has switched to manual mode: the rest waits for the game.
      if (manual && !pumped) break;
      delivered++;
      queued_bytes -= item.bytes;
      deliver(item);
    }
  } finally {
    draining = false;
    if (delivered < batch.length) queue = batch.slice(delivered).concat(queue);
  }
  if (!manual && queue.length > 0) schedule();
  return delivered;
}

function is_full(bytes: number): boolean {
  return queue.length >= MAX_EVENTS || (queue.length > 0 && queued_bytes + bytes > MAX_EVENT_BYTES);
}

/** Whether the game pumps too seldom for anybody new to come in: each brings events that are never refused. */
export function events_full(): boolean {
  return manual && queue.length >= MAX_EVENTS;
}

/** Queues an event. Gives false, and has called `done`, when it held data and the queue is full. */
export function emit(
  kind: 'networking' | 'http' | 'save_load',
  event: object,
  options: Partial<Pick<Queued, 'bytes' | 'wanted' | 'first' | 'done'>> = {},
): boolean {
  const { bytes = 0, wanted, first, done } = options;
  return enqueue({ kind, event, bytes, wanted, first, done });
}

/** The same for an event that has all its parts. */
export function enqueue(item: Queued): boolean {
  const { bytes } = item;
  // One message may hold more packets than fit: who delivers by itself makes room instead of refusing.
  if (bytes > 0 && !manual && hosting > 0 && is_full(bytes)) drain();
  if (bytes > 0 && is_full(bytes)) {
    refused++;
    item.done?.();
    return false;
  }
  queue.push(item);
  queued_bytes += bytes;
  if (!manual && !draining && hosting === 0) schedule();
  return true;
}

/** Runs a callback of the host, then delivers what it queued: no further task is needed then. */
export function host_task(run: () => void): void {
  hosting++;
  try {
    run();
  } finally {
    hosting--;
    if (hosting === 0 && !manual && queue.length > 0) drain();
  }
}

/** How many data events were refused because the queue was full. */
export function refused_events(): number {
  return refused;
}

/**
 * Calls `listener` for each event of a kind, in order.
 *
 * `'error'` gets what other listeners threw, those that are async included; without such a listener it goes to the host's uncaught handler. A listener that
 * throws stops no other.
 *
 * @returns a function that takes the listener off again
 * @throws RangeError no such kind; TypeError the listener is no function
 */
export function async_on<K extends AsyncKind>(
  kind: K,
  listener: (event: EventOf[K]) => void,
): () => void {
  if (!['networking', 'http', 'save_load', 'error'].includes(kind)) {
    throw new RangeError(`async_on: there is no kind ${show(kind)}`);
  }
  if (typeof listener !== 'function') {
    throw new TypeError(`async_on: the listener must be a function, got ${show(listener)}`);
  }
  // A wrapper of its own, so that the same function may listen twice and be taken off once.
  const entry: Listener = (event) => listener(event);
  listeners.set(kind, [...(listeners.get(kind) ?? []), entry]);
  return () => {
    listeners.set(
      kind,
      (listeners.get(kind) ?? []).filter((other) => other !== entry),
    );
  };
}

/**
 * Who delivers events: `'auto'`, the host, each in its own task; `'manual'`, the game, by {@link async_pump} once a frame.
 * In manual mode at most 65,536 events and 64 MiB of data wait; a connection whose data finds no room is closed, and servers let
 * nobody in while so many events wait: what those who are there already bring comes on top.
 *
 * @throws RangeError no such mode
 */
export function async_set_mode(mode: 'auto' | 'manual'): void {
  if (mode !== 'auto' && mode !== 'manual') {
    throw new RangeError(`async_set_mode takes 'auto' or 'manual', got ${show(mode)}`);
  }
  manual = mode === 'manual';
  if (!manual && queue.length > 0) schedule();
}

/**
 * Delivers all events that wait, in order. Does nothing inside a listener.
 *
 * @returns how many it delivered
 */
export function async_pump(): number {
  return drain();
}
