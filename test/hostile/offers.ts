// Offers that are none, or none that a host can do anything with.
const SDP = [
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n',
  'a=sctp-port:5000\r\na=max-message-size:262144\r\na=setup:actpass\r\n',
  'a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n',
  `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}\r\n`,
];
const good = SDP.join('');
export const OFFERS: [title: string, sdp: string][] = [
  ['nothing but its beginning', 'v=0'],
  ['noise', `v=0\r\n${'\u0000\uffff\n=%s%n'.repeat(500)}`],
  ['no media', SDP[0]],
  ['no credentials', good.replace(/a=ice-.*\r\n/g, '')],
  ['no fingerprint', good.replace(/a=finger.*\r\n/, '')],
  ['a fingerprint that is none', good.replace(/AB:AB/, 'ZZ:--')],
  ['a role that is none', good.replace('actpass', 'x'.repeat(3000))],
  ['ports beyond all', good.replace('5000', '99999999999999999999')],
  ['messages of any size', good.replace('262144', '18446744073709551616')],
  ['a thousand media', SDP[0] + 'm=x 9 x x\r\n'.repeat(700)],
  ['sound and pictures', `${good}m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:1\r\n`],
  ['a line of 8000', `v=0\r\na=${'x'.repeat(8000)}`],
  ['candidates that are none', `${good}a=candidate:1 1 UDP x y z\r\na=candidate:\r\n`],
];
