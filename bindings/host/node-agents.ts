// Connections that are kept for the next request to the same host.
import * as http from 'node:http';
import * as https from 'node:https';
import type { Duplex } from 'node:stream';

/** Idle connections are kept so long, in ms (less when the server says so), and so many to each host. */
const IDLE_MS = 4000;
const IDLE_SOCKETS = 64;

const OPTIONS = { keepAlive: true, maxFreeSockets: IDLE_SOCKETS, timeout: IDLE_MS };

function drop(this: Duplex): void {
  this.destroy();
}

/** A server that speaks while nobody asks: its bytes must not become the answer to the next request. */
function guarded<A extends http.Agent>(agent: A): A {
  const { keepSocketAlive, reuseSocket } = agent;
  agent.keepSocketAlive = (socket) => {
    socket.on('data', drop);
    return keepSocketAlive.call(agent, socket);
  };
  agent.reuseSocket = (socket, request) => {
    socket.off('data', drop);
    reuseSocket.call(agent, socket, request);
  };
  return agent;
}

let agents: { http: http.Agent; https: https.Agent } | undefined;

/** Idle sockets are unref'd by the agent: they keep no process alive. The queue of each host bounds the busy ones. */
export function agent_for(secure: boolean): http.Agent {
  agents ??= {
    http: guarded(new http.Agent(OPTIONS)),
    https: guarded(new https.Agent(OPTIONS)),
  };
  return secure ? agents.https : agents.http;
}
