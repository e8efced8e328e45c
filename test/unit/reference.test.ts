// The API reference: every public function of buffers, digests and streams says what it takes, gives and throws.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const top = fileURLToPath(new URL('../..', import.meta.url));
const entry = join(top, 'bindings/index.ts');
const program = ts.createProgram([entry], {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  customConditions: ['node'],
  strict: true,
  noEmit: true,
});
const checker = program.getTypeChecker();

interface Documented {
  name: string;
  /** Description, and the text of the tags. */
  text: string;
  tags: string[];
  params: string[];
}

function documented(): Documented[] {
  const file = program.getSourceFile(entry);
  const module = file && checker.getSymbolAtLocation(file);
  if (!module) throw new Error('no entry');
  return checker.getExportsOfModule(module).flatMap((symbol) => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const declaration = target.valueDeclaration;
    if (!declaration || !ts.isFunctionDeclaration(declaration)) return [];
    if (!/^(buffer|hash|deflate|inflate)_/.test(symbol.name)) return [];
    const tags = target.getJsDocTags(checker);
    const parts = [target.getDocumentationComment(checker), ...tags.map(({ text }) => text ?? [])];
    return [
      {
        name: symbol.name,
        text: parts.map((part) => ts.displayPartsToString(part)).join(' '),
        tags: tags.map(({ name }) => name),
        params: declaration.parameters.map((parameter) => parameter.name.getText()),
      },
    ];
  });
}

describe('the API reference', () => {
  const functions = documented();

  it('has every buffer function of the public contract', () => {
    const names = functions.map(({ name }) => name);
    for (const name of `create delete read write seek tell peek poke fill get_size resize copy save load base64_encode
      base64_decode md5 sha1 crc32 compress decompress exists get_type get_alignment get_used_size set_used_size sizeof
      copy_stride base64_decode_ext save_ext load_ext load_partial save_async load_async async_group_begin
      async_group_option async_group_end get_address view from to_bytes last_error`.split(/\s+/)) {
      expect(names).toContain(`buffer_${name}`);
    }
    for (const type of 'u8 s8 u16 s16 u32 s32 u64 f16 f32 f64 bool string text'.split(' ')) {
      expect(names).toContain(`buffer_write_${type}`);
      expect(names).toContain(`buffer_read_${type}`);
    }
  });

  it('says in words what each function does', () => {
    for (const { name, text } of functions) {
      expect(text.length, `${name} has no description`).toBeGreaterThan(15);
    }
  });

  it('says of each function that takes a handle or makes one what it throws or which code it gives', () => {
    // These throw nothing whatever they get.
    const never = new Set(['buffer_exists', 'buffer_last_error', 'buffer_last_consumed']);
    for (const { name, tags, text } of functions) {
      if (never.has(name)) continue;
      const says =
        tags.includes('throws') || tags.includes('returns') || /throws|\{@link/.test(text);
      expect(says, `${name} says nothing of errors`).toBe(true);
    }
  });

  it('names each number that is taken, and gives the unit of sizes and offsets', () => {
    for (const { name, params, text } of functions) {
      const numbers = params.filter((param) =>
        /size|offset|stride|count|type|base$|alignment/.test(param),
      );
      for (const param of numbers) expect(text, name).toMatch(new RegExp(`\\b${param}\\b`));
      if (numbers.some((param) => /size|offset|stride/.test(param)))
        expect(text, name).toMatch(/byte/);
    }
  });
});
