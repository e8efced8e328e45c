// Operations of a codec `{ encode(value), decode(bytes) }`: verified by a round trip of its own, as everybody's bytes differ.

// Text of its own for each: one function for all would learn every codec and be fast for none.
const own_call = (text, ...parts) =>
  new Function('call', 'list', `/* ${Math.random()} */ return (i) => ${text};`)(...parts);

/** The operation that encodes: what it gives is ready to be sent. */
export const encoding =
  ({ encode, decode }, shown = {}) =>
  ({ values }) => ({
    ...shown,
    call: own_call('call(list[i])', encode, values),
    output: (i) => decode(Uint8Array.from(encode(values[i]))),
    bytes: encode(values[values.length - 1]).length,
  });

/** The operation that decodes; `result(bytes)` gives a number of what was decoded, for as much of it as the case asks for. */
export const decoding =
  ({ encode, decode }, result = (bytes) => (decode(bytes) === undefined ? 1 : 0), shown = {}) =>
  ({ values }) => {
    const sent = values.map((value) => Uint8Array.from(encode(value)));
    return {
      ...shown,
      call: own_call('call(list[i])', result, sent),
      output: (i) => decode(sent[i]),
    };
  };

/** Sum of the fields of an input packet. */
export const sum_of = (o) => o.type + o.seq + o.buttons + o.ax + o.ay + o.time;
