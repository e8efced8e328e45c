// Goals of packet encoding.
import { byte_share, form_ratio, least_ratio, limits } from './measures.mjs';

const topic = 'packets';
const at_most = { less: true };
const goal = (row, cells, measure, more = {}) => ({
  topic,
  row,
  ...limits(cells),
  measure,
  ...more,
});

const INPUT = 'packet (a) input, encode';
const DECODE = 'packet (a) input, decode';
const OBJECTS = 'packet (b) 1000 objects, encode';
const RECORDS = 'packet (b) 1000 records from columns, record layout';
const PLANAR = 'packet (b) 1000 records from columns, planar, one f16 column';
const DELTA = 'packet (d) delta, a tenth of 1000 records changed';
const BITS = 'packet (e) bits, encode';
const CHAT_PEERS = ['bebop', 'avsc', 'schemapack'];

const chats = ['ascii', 'other'].flatMap((letters) =>
  ['encode', 'decode'].map((way) =>
    goal(
      `(c) chat, ${letters}, ${way} vs best of ${CHAT_PEERS.join(', ')}`,
      '0.9|1.2',
      least_ratio(`packet (c) chat, ${letters}, ${way}`, CHAT_PEERS),
    ),
  ),
);

export const PACKET_GOALS = [
  goal('(a) input, encode vs bebop', '1.4|1.8', least_ratio(INPUT, ['bebop'])),
  goal('(a) input, encode vs packcat', '1|1.4', least_ratio(INPUT, ['packcat'])),
  goal('(a) input, encode vs protobufjs', '4|6', least_ratio(INPUT, ['protobufjs'])),
  goal('(a) input, encode vs msgpackr', '4|6', least_ratio(INPUT, ['msgpackr records'])),
  goal(
    '(a) input, decode by view vs packcat',
    '1.1|2',
    form_ratio(DECODE, 'bytewire, view', ['packcat']),
  ),
  goal('(a) input, decode to an object vs packcat', '0.8|1.1', least_ratio(DECODE, ['packcat'])),
  goal('(b) 1000 objects, encode vs packcat', '1.4|1.6', least_ratio(OBJECTS, ['packcat'])),
  goal('(b) 1000 objects, encode vs flatbuffers', '2|3', least_ratio(OBJECTS, ['flatbuffers'])),
  goal('(b) 1000 objects, encode vs bebop', '3|4', least_ratio(OBJECTS, ['bebop'])),
  goal(
    '(b) columns as records vs protobufjs packed',
    '8|9',
    least_ratio(RECORDS, ['protobufjs packed']),
  ),
  goal('(b) planar encode vs hand DataView', '4|9', least_ratio(PLANAR, ['hand DataView'])),
  ...chats,
  goal('(d) delta vs @colyseus/schema', '8|12', least_ratio(DELTA, ['@colyseus/schema'])),
  {
    topic,
    row: '(d) delta, bytes of those of @colyseus/schema',
    must: 0.75,
    ...at_most,
    measure: byte_share(DELTA, ['@colyseus/schema']),
  },
  goal('(e) bit-packed vs packcat', '1.2|1.5', least_ratio(BITS, ['packcat'])),
  {
    topic,
    row: '(e) bit-packed, bytes of those of the best package',
    must: 1,
    ...at_most,
    measure: byte_share(BITS),
  },
  {
    topic,
    row: 'bytes allocated per packet on write',
    must: 0,
    ...at_most,
    elsewhere: 'test/unit/packet-allocation.test.ts',
  },
];
