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
  // A client's own codes are those and 2000.
  const why = code >= 3000 ? code - 2000 : code;
  if (why === 1013 || why === 1011) return 'full';
  if (why === 1008) return 'timeout';
  if (why === 1002) return 'protocol';
  return 'failed';
}
