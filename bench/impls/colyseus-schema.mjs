// @colyseus/schema: a state whose setters track changes.
import { Encoder, schema, t } from '@colyseus/schema';

const Entity = schema(
  {
    id: t.uint16(),
    x: t.float32(),
    y: t.float32(),
    angle: t.float32(),
    hp: t.uint8(),
    flags: t.uint8(),
  },
  'Entity',
);
const State = schema({ ents: t.array(Entity) }, 'State');

// Gives `{ ents, encode }`: change the entities, then encode what has changed.
function colyseus(entities) {
  const state = new State();
  for (const value of entities) {
    const entity = new Entity();
    Object.assign(entity, value);
    state.ents.push(entity);
  }
  Encoder.BUFFER_SIZE = 1 << 18;
  const encoder = new Encoder(state);
  encoder.encode();
  encoder.discardChanges();
  return {
    ents: [...state.ents],
    encode() {
      const bytes = encoder.encode();
      encoder.discardChanges();
      return bytes;
    },
  };
}

export const name = '@colyseus/schema';
export const kind = 'package';
export const operations = {
  // A tenth of the entities moves each time, and what has moved is encoded.
  delta({ entities }) {
    const { ents, encode } = colyseus(entities);
    const call = (i) => {
      for (let at = i; at < ents.length; at += 10) {
        ents[at].x += 1;
        ents[at].y -= 1;
      }
      return encode();
    };
    const output = (i) => (call(i).length > 0 ? 100 : 0);
    return { call, output, bytes: call(0).length };
  },
};
