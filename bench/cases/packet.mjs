// Packets from objects and columns: an input (a), a snapshot of 1000 objects (b), chat (c), a delta (d), bits (e).
import { CHAT, columns_of, INPUTS, KEYS, PADS, SNAPSHOT, same } from '../packet/data.mjs';

const group = 'packet';
// Many contenders share this process: each needs time until the engine has compiled it.
const options = { warm_up_ms: 60 };

const from_values = (series, operation, values, wanted = (i) => values[i]) => ({
  group,
  series: `packet ${series}`,
  name: `packet ${series}`,
  operation,
  ours: 'bytewire',
  options,
  input: () => ({ values, count: values.length }),
  check: (got, i) => same(got, wanted(i), 'it'),
});

const from_columns = (series, operation, angle, check) => ({
  group,
  series: `packet ${series}`,
  name: `packet ${series}`,
  operation,
  ours: 'bytewire',
  options,
  input: () => ({ columns: columns_of(angle), angle }),
  check,
});

// Half floats have eleven bits: angles come back rounded.
function check_columns(got, _, { columns }) {
  for (const key of KEYS) {
    for (let i = 0; i < columns[key].length; i++) {
      const error = Math.abs(got[key][i] - columns[key][i]);
      if (!(error <= (key === 'angle' ? 0.25 : 0)))
        throw new Error(`${key}[${i}] is ${got[key][i]}`);
    }
  }
}

function check_changed(got) {
  if (got !== 100) throw new Error(`${got} records have changed, not 100`);
}

export const cases = [
  from_values('(a) input, encode', 'input_encode', INPUTS),
  from_values('(a) input, decode', 'input_decode', INPUTS),
  from_values('(b) 1000 objects, encode', 'snapshot_encode', [SNAPSHOT]),
  from_values('(b) 1000 objects, decode', 'snapshot_decode', [SNAPSHOT]),
  from_columns(
    '(b) 1000 records from columns, record layout',
    'columns_records',
    'u16',
    check_columns,
  ),
  from_columns(
    '(b) 1000 records from columns, planar, one f16 column',
    'columns_planar',
    'f16',
    check_columns,
  ),
  from_columns('(b) planar columns, decode', 'columns_decode', 'f16', check_columns),
  ...Object.entries(CHAT).flatMap(([letters, values]) => [
    from_values(`(c) chat, ${letters}, encode`, 'chat_encode', values),
    from_values(`(c) chat, ${letters}, decode`, 'chat_decode', values),
  ]),
  {
    ...from_columns('(d) delta, a tenth of 1000 records changed', 'delta', 'f16', check_changed),
    input: () => ({ columns: columns_of('f16'), entities: SNAPSHOT.ents, count: 10 }),
  },
  from_values('(e) bits, encode', 'pad_encode', PADS),
  from_values('(e) bits, decode', 'pad_decode', PADS),
];
