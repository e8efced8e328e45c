// toSource(): a packet's functions as the text of an ES module, for build steps and hosts that forbid eval.

import type { Codec } from './codec.js';
import { factory_text } from './engine.js';

// Constants of generated code are lists of words, and maps from words to their index.
function constant_text(value: unknown): string {
  if (value instanceof Map) return `new Map(${JSON.stringify([...value])})`;
  return JSON.stringify(value);
}

/** What a module may not call a constant, of words that look like names. */
const RESERVED =
  /^(?:arguments|await|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|eval|export|extends|false|finally|for|function|if|implements|import|in|instanceof|interface|let|new|null|package|private|protected|public|return|static|super|switch|this|throw|true|try|typeof|var|void|while|with|yield)$/;

/** The text of a module that exports `name`: the last argument of `packet_link`. */
export function source_text(codec: Codec, name: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(name) || RESERVED.test(name)) {
    throw new TypeError(`toSource: ${JSON.stringify(name)} is no name for an export`);
  }
  const { lead, hash, text } = codec.options;
  const made = factory_text(codec.struct, lead, codec.path);
  return `// Made by bytewire's toSource() for the layout ${text.replace(/[\n\r\u2028\u2029]/g, ' ')}
// Use: packet_link(schema, ${name})
export const ${name} = {
  hash: ${hash},
  tagged: ${lead.bytes === 4},
  constants: [${made.constants.map(constant_text).join(', ')}],
  factory(given) {
${made.text}
  },
};
`;
}
