// How long a caller may take from its connection to the end of its HTTP head: nobody stands in the door for ever.
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { clock, type Timer } from './clock.js';

interface Waiting {
  socket: Socket;
  since_ms: number;
  timer: Timer | undefined;
}

/**
 * By the addresses and ports of both ends: of a TLS connection the server first shows the bare socket, later the one on top of it.
 * Those of the caller alone are not enough where this machine has several addresses.
 */
function name_of({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

/** Watches the connections of one http server that have not said yet what they want. */
export class Door {
  readonly #waiting = new Map<string, Waiting>();
  readonly #http: Server;
  readonly #limit_ms: () => number;
  readonly #too_late: (() => void) | undefined;

  /**
   * @param too_late called for each connection that is cut. Undefined: none is, because the server is not ours, and what comes
   * over it may be meant for others; {@link waited_ms} tells then
   */
  constructor(http: Server, limit_ms: () => number, too_late?: () => void) {
    this.#http = http;
    this.#limit_ms = limit_ms;
    this.#too_late = too_late;
    http.on('connection', this.#came);
    // A later request of the same connection is measured by whoever serves it.
    if (too_late === undefined) http.on('request', this.#asked);
  }

  readonly #came = (socket: Socket): void => {
    const name = name_of(socket);
    const too_late = this.#too_late;
    const cut = () => {
      too_late?.();
      socket.destroy();
    };
    this.#waiting.set(name, {
      socket,
      since_ms: clock.now(),
      timer: too_late === undefined ? undefined : clock.later(cut, this.#limit_ms()),
    });
    socket.once('close', () => this.#forget(name));
  };

  readonly #asked = ({ socket }: IncomingMessage): void => {
    this.#forget(name_of(socket));
  };

  #forget(name: string): void {
    clock.cancel(this.#waiting.get(name)?.timer);
    this.#waiting.delete(name);
  }

  /** The head is whole, and for us: milliseconds that it took, which count no further. */
  enter({ socket }: IncomingMessage): number {
    const name = name_of(socket);
    const since_ms = this.#waiting.get(name)?.since_ms;
    this.#forget(name);
    return since_ms === undefined ? 0 : clock.now() - since_ms;
  }

  /** Whether a head that took so long came too late. */
  is_late(waited_ms: number): boolean {
    return waited_ms >= this.#limit_ms();
  }

  /** The end: whoever still waits at a door of ours is sent away, also those that Node does not list because of their TLS. */
  close(): void {
    this.#http.off('connection', this.#came);
    this.#http.off('request', this.#asked);
    for (const [name, { socket, timer }] of [...this.#waiting]) {
      if (timer !== undefined) socket.destroy();
      this.#forget(name);
    }
  }
}
