// Starts the one wasm instance: the inlined module on first use, or what `init` was given.
import { instantiate, instantiateSync } from '@assemblyscript/loader';
import { PLAIN_BASE64, SIMD_BASE64 } from '#inlined';
import { NetError } from '../errors.js';
import type { Exports } from './exports.js';

/** Where {@link init} takes the wasm module from, and which build. */
export interface InitOptions {
  /** The module: its bytes, compiled, as a fetch response, or where to fetch it. Default: the one inlined in the package. */
  wasm?: BufferSource | WebAssembly.Module | Response | Promise<Response> | URL | string;
  /** `false` takes the build without SIMD instructions. Default: SIMD where the host has it. Same results from both. */
  simd?: boolean;
  /**
   * `false`: packets do not try whether the host runs generated code, and take the other engines. For pages whose
   * Content-Security-Policy forbids it and reports each attempt. It counts for packets that are first used after the call.
   */
  eval?: boolean;
}

/** Whether packets may try to generate code. */
export let eval_wanted = true;

let running: Exports | undefined;
let pending: Promise<void> | undefined;
let with_simd: boolean | undefined;

// (module (func (drop (v128.const i32x4 0 0 0 0)))): valid only where SIMD is.
const SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 23, 1, 21, 0, 253, 12, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 26, 11,
]);

function host_has_simd(): boolean {
  return WebAssembly.validate(SIMD_PROBE);
}

function decode_base64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

function inlined_bytes(simd: boolean): Uint8Array<ArrayBuffer> {
  const text = simd ? SIMD_BASE64 : PLAIN_BASE64;
  if (text === '') {
    throw new NetError(
      'wasm_unavailable',
      "bytewire/slim has no wasm inside: await init({ wasm }) first, with the file of 'bytewire/wasm/bytewire.simd.wasm'",
    );
  }
  return decode_base64(text);
}

function require_wasm(): void {
  if (typeof WebAssembly === 'undefined') {
    throw new NetError('wasm_unavailable', 'bytewire needs WebAssembly, and this host has none');
  }
}

function explain(cause: unknown): unknown {
  if (!(cause instanceof WebAssembly.CompileError)) return cause;
  if (/unsafe-eval|Content Security Policy|disallowed by embedder/i.test(cause.message)) {
    return new NetError(
      'wasm_refused',
      "the page's Content-Security-Policy refuses WebAssembly: add 'wasm-unsafe-eval' to script-src",
      { cause },
    );
  }
  return new NetError(
    'wasm_refused',
    `the host refused the wasm module (${cause.message}); without SIMD try await init({ simd: false })`,
    { cause },
  );
}

function started(value: Exports, simd: boolean | undefined): Exports {
  running = value;
  with_simd = simd;
  return value;
}

/** The exports of the running instance; starts it from the inlined module when there is none. */
export function wasm(): Exports {
  if (running) return running;
  require_wasm();
  const simd = host_has_simd();
  try {
    const { instance } = instantiateSync(inlined_bytes(simd), {});
    return started(instance.exports as unknown as Exports, simd);
  } catch (cause) {
    throw explain(cause);
  }
}

/** Whether the running module is the SIMD build; undefined before the start and for a module from outside. */
export function simd_in_use(): boolean | undefined {
  return with_simd;
}

async function start(options: InitOptions): Promise<void> {
  require_wasm();
  let source: InitOptions['wasm'] = options.wasm;
  let simd: boolean | undefined;
  if (source === undefined) {
    simd = options.simd ?? host_has_simd();
    source = inlined_bytes(simd);
  } else if (typeof source === 'string' || source instanceof URL) {
    source = fetch(source);
  }
  try {
    const result = await instantiate(source as WebAssembly.Module, {});
    // A synchronous call may have started the inlined module meanwhile: buffers live there, so it stays.
    if (!running) started(result.instance.exports as unknown as Exports, simd);
  } catch (cause) {
    throw explain(cause);
  }
}

/**
 * Starts the wasm module ahead of its first use.
 *
 * Needed only on strict hosts and for `bytewire/slim`; everywhere else the first call of any function starts it.
 * Without options it may be called any number of times.
 *
 * @throws NetError `already_started` when options ask for another module than the one that already runs
 * @throws NetError `wasm_refused` when the host refuses to compile it; the message names the CSP source to add
 */
export async function init(options: InitOptions = {}): Promise<void> {
  if (typeof options !== 'object' || options === null)
    throw new TypeError('init: options must be an object');
  if (options.eval !== undefined) eval_wanted = options.eval !== false;
  const particular = options.wasm !== undefined || options.simd !== undefined;
  if (running || pending) {
    await pending;
    if (particular && (options.wasm !== undefined || options.simd !== with_simd)) {
      throw new NetError(
        'already_started',
        'bytewire already runs: call init with options once, before any other function',
      );
    }
    return;
  }
  pending = start(options);
  try {
    await pending;
  } finally {
    pending = undefined;
  }
}
