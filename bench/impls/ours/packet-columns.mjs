// 1000 records from columns by bytewire, as records and planar (b), and a delta of which a tenth has changed (d).
import { KEYS, same } from '../../packet/data.mjs';

/** Operations of `bw`, an instance of the package. */
export function packet_column_operations(bw) {
  const { packet, u8, u16, f16, f32 } = bw;
  const SCHEMAS = {
    u16: { id: u16, x: f32, y: f32, angle: u16, hp: u8, flags: u8 },
    f16: { id: u16, x: f32, y: f32, angle: f16, hp: u8, flags: u8 },
  };

  function filled(schema, values) {
    const columns = schema.columns(values.id.length);
    columns.length = values.id.length;
    for (const key of KEYS) columns[key].set(values[key]);
    return columns;
  }

  const start = (b) => bw.buffer_seek(b, bw.buffer_seek_start, 0);
  const room = () => bw.buffer_create(1 << 15, bw.buffer_fixed, 1);

  function encoder({ columns: values, angle }, layout) {
    const schema = packet(SCHEMAS[angle]);
    const b = room();
    const columns = filled(schema, values);
    const back = schema.columns(values.id.length);
    const options = { layout };
    const call = () => {
      start(b);
      return bw.buffer_view(b, 0, schema.writeColumns(b, columns, options));
    };
    const output = () => {
      call();
      start(b);
      schema.readColumns(b, back, options);
      return back;
    };
    return { call, output, bytes: call().length, done: () => bw.buffer_delete(b) };
  }

  return {
    columns_records: (input) => encoder(input, 'records'),
    columns_planar: (input) => [
      encoder(input, 'planar'),
      { name: 'bytewire records', kind: 'twin', ...encoder(input, 'records') },
    ],
    columns_decode({ columns: values, angle }) {
      const schema = packet(SCHEMAS[angle]);
      const b = room();
      schema.writeColumns(b, filled(schema, values), { layout: 'planar' });
      const back = schema.columns(values.id.length);
      const call = () => {
        start(b);
        return schema.readColumns(b, back);
      };
      // Typed arrays laid over the received bytes.
      const place = () => {
        start(b);
        return schema.overlayColumns(b);
      };
      const look = () => place().x[5];
      // A half float in place is its bits where the host has no Float16Array.
      const placed = () => {
        const { id, x, y, hp, flags } = place();
        return { id, x, y, hp, flags, angle: values.angle };
      };
      const output = () => {
        call();
        return back;
      };
      return [
        { call, output, done: () => bw.buffer_delete(b) },
        { name: 'bytewire, in place', kind: 'twin', call: look, output: placed },
      ];
    },
    // What has moved is sent; the baseline is then what was sent.
    delta({ columns: values }) {
      const schema = packet(SCHEMAS.f16);
      const [columns, base, theirs] = [0, 1, 2].map(() => filled(schema, values));
      const b = room();
      const call = (i) => {
        const { x, y } = columns;
        for (let at = i; at < x.length; at += 10) {
          x[at] += 1;
          y[at] -= 1;
        }
        start(b);
        schema.writeDelta(b, columns, base);
        base.x.set(columns.x);
        base.y.set(columns.y);
        return bw.buffer_view(b, 0, bw.buffer_tell(b));
      };
      const output = (i) => {
        call(i);
        start(b);
        const changed = schema.readDelta(b, theirs);
        same(theirs.x, columns.x, 'delta');
        same(theirs.y, columns.y, 'delta');
        return changed;
      };
      const bytes = call(0).length;
      start(b);
      schema.readDelta(b, theirs);
      return { call, output, bytes, done: () => bw.buffer_delete(b) };
    },
  };
}
