// A cable between client and server that a test can cut, pull out and plug in again: a TCP proxy on 127.0.0.1.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterwards } from './harness.js';

export class Cable {
  readonly port: number;
  /** While false, nobody gets through: connections are reset. */
  plugged = true;
  /** Where it leads: who connects from now on meets that server. */
  far_port: number;
  /** While true, what the server says after its greeting is lost, and the link with it: the server has heard the client. */
  swallow = false;
  swallowed = 0;
  readonly #pairs = new Set<[Socket, Socket]>();

  private constructor(port: number, far_port: number) {
    this.port = port;
    this.far_port = far_port;
  }

  static async to(server_port: number): Promise<Cable> {
    const listener = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const cable = new Cable((listener.address() as AddressInfo).port, server_port);
    listener.on('connection', (near) => {
      near.on('error', () => {});
      if (!cable.plugged) {
        near.resetAndDestroy();
        return;
      }
      const far = connect(cable.far_port, '127.0.0.1');
      far.on('error', () => near.destroy());
      const pair: [Socket, Socket] = [near, far];
      cable.#pairs.add(pair);
      near.pipe(far);
      if (cable.swallow) cable.#without_answers(near, far);
      else far.pipe(near);
      near.on('close', () => far.destroy());
      far.on('close', () => near.destroy());
      near.on('close', () => cable.#pairs.delete(pair));
    });
    afterwards(() => {
      listener.close();
      cable.cut();
    });
    return cable;
  }

  /** Lets through the HTTP answer and the greeting, at most 20 bytes with its frame, and no more. */
  #without_answers(near: Socket, far: Socket): void {
    let head = '';
    let left = -1;
    far.on('data', (bytes: Buffer) => {
      for (const byte of bytes) {
        if (left === 0) {
          this.swallowed++;
          near.destroy();
          return;
        }
        near.write(Uint8Array.of(byte));
        if (left > 0) left--;
        else if ((head += String.fromCharCode(byte)).endsWith('\r\n\r\n')) left = 20;
      }
    });
  }

  /** Both ends notice at once. */
  cut(): void {
    for (const [near, far] of this.#pairs) {
      near.destroy();
      far.destroy();
    }
  }

  /** The client notices at once, the server not at all. */
  cut_near(): void {
    for (const [near, far] of this.#pairs) {
      far.unpipe();
      far.pause();
      near.unpipe();
      near.removeAllListeners('close');
      near.destroy();
    }
  }

  /** Nobody notices: nothing comes through any more. */
  pull(): void {
    for (const [near, far] of this.#pairs) {
      near.unpipe();
      far.unpipe();
      near.pause();
      far.pause();
    }
  }
}
