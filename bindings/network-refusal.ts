// Why a connection over WebSocket could not be made: a word that a program can act on, and the rest for people.

/** What a server's HTTP answers mean in place of a WebSocket (STANDARD.md, 6), also from servers of other makes. */
const ANSWERS: Record<number, [word: string, advice: string]> = {
  400: ['protocol', 'no such sub-protocol, or no WebSocket'],
  401: ['refused', 'it wants to know who you are'],
  403: ['refused', 'not from this origin'],
  404: ['not_found', 'no WebSocket at this path'],
  408: ['timeout', 'the handshake took too long'],
  426: ['protocol', 'another version or protocol is wanted'],
  429: ['too_many', 'too many connections from this address'],
  503: ['full', 'the server is full'],
};

/** What an HTTP status in place of a WebSocket says. */
export function refusal_of_status(
  status: number,
  phrase: string,
): { error: string; reason: string } {
  const [error, advice] = ANSWERS[status] ?? ['failed', 'no WebSocket'];
  const said = phrase === '' ? '' : ` ${phrase.slice(0, 100)}`;
  return { error, reason: `the server answers ${status}${said}: ${advice}` };
}

/** What the end of a connection says whose handshake was not done. */
export function refusal_of_close(code: number, reason: string): string {
  if (reason === 'address_limit') return 'too_many';
  // A client's own codes are those of the standard and 2000.
  const why = code >= 3000 && code < 4000 ? code - 2000 : code;
  if (why === 1013 || why === 1011) return 'full';
  // Ours says so when it was too slow; everybody else means that it does not want us.
  if (why === 1008) return reason === 'handshake_timeout' ? 'timeout' : 'refused';
  return BROKEN.includes(why) ? 'protocol' : 'failed';
}

/** Close codes of a peer that does not understand what the other one says. */
const BROKEN = [1002, 1003, 1007, 1009, 1010];

const SENTENCES: Record<string, string> = {
  handshake_timeout: 'the handshake took too long',
  bad_handshake: "the peer does not speak GameMaker's handshake",
  bad_header: 'the peer has sent a broken packet header',
  bad_control: 'the peer has sent a broken control frame',
  text_on_framed: 'the peer has sent text where packets belong',
  message_rate: 'more messages a second than allowed',
  byte_rate: 'more bytes a second than allowed',
  too_large: 'a message is larger than allowed',
  out_of_memory: 'there is no memory for what arrived',
  event_queue_full: 'the server has no room for more events',
  server_full: 'the server is full',
  address_limit: 'too many connections from this address',
  queue_full: 'the send queue is full',
};

/** A reason for people, in one line: our own words as sentences, everything else as it was said. */
export function sentence_of(reason: string): string {
  if (Object.hasOwn(SENTENCES, reason)) return SENTENCES[reason];
  return reason.replace(/\s+/g, ' ').trim();
}

/** What `ws` says when the server's WebSocket is not the one that was asked for. */
const MISMATCH =
  /^(Server sent (an? (invalid )?subprotocol|no subprotocol|a Sec-WebSocket-Extensions)|Invalid (Upgrade|Sec-WebSocket))/;

/** An error of the host before a connection stands: a sentence, and a word where the server breaks the rules. */
export function refusal_of_error(
  message: string,
  error: unknown,
): { reason: string; error: string | undefined } {
  const { code, reason } = (error ?? {}) as { code?: unknown; reason?: unknown };
  const name = typeof code === 'string' ? code : '';
  if (name === 'EPROTO' || name.startsWith('ERR_SSL_')) {
    const why = typeof reason === 'string' ? `: ${reason}` : '';
    return { reason: sentence_of(`cannot agree on TLS with the server${why}`), error: undefined };
  }
  const broken = /^(WS_ERR_|HPE_)/.test(name) || MISMATCH.test(message);
  return { reason: sentence_of(message), error: broken ? 'protocol' : undefined };
}
