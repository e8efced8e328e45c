// What the tools of the benchmark suite refuse, in a sentence and with the exit code that says so, and how they treat files that are none.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bench, made_case, node, run_node, scratch_folder, top } from './bench-help.js';

const folder = scratch_folder();
const file_of = (name: string, value: unknown) => {
  const file = join(folder, name);
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
  return file;
};

/** It ends with `status` and one sentence about `what`, never with a stack. */
function refused(result: ReturnType<typeof node>, what: string, status = 2) {
  expect(result.stderr).toContain(what);
  expect(result.stderr).not.toMatch(/^ {4}at /m);
  expect({ status: result.status, stdout: result.stdout }).toEqual({ status, stdout: '' });
}

describe('options that cannot be are refused before anything is measured', () => {
  // Of each command one that is run, for its exit code; what else cannot be is asked of what reads its options.
  it.each([
    [['run.mjs', '--impl', ''], '--impl'],
    [['run.mjs', '--size', '17'], '17 bytes'],
    [['run.mjs', '--filter', 'no such thing'], '--list'],
    [['stable.mjs', '--quick'], '--quick'],
    [['readme.mjs', '--chek'], '--chek'],
    [['goals.mjs', '--chek'], '--chek'],
    [['report.mjs', '--chek'], '--chek'],
    [['compare.mjs', '--chek'], '--chek'],
    [['page.mjs', '--time', 'abc'], '"abc"'],
    [['page.mjs', '--filter', 'no such thing'], 'no such case'],
  ])('%j', (args, what) => {
    const [script = '', ...rest] = args;
    refused(node(script, ...rest), what);
  });

  it.each([
    [['--json', ''], '--json'],
    [['--rivals', ''], '--rivals'],
    [['--size', '12x'], '"12x"'],
    [['--size', '0'], '"0"'],
    [['--size', '1e3'], '"1e3"'],
    [['--processes', '1.5'], '"1.5"'],
    [['--limit=-1'], '"-1"'],
    [['--time', 'Infinity'], '"Infinity"'],
    [['--tme', '1'], '--tme'],
    [['x'], "'x'"],
  ])('of a run: %j', async (args, what) => {
    const { options_from } = await bench('options.mjs');
    expect(() => options_from(args)).toThrow(what);
  });

  it.each([
    [['--time=-5'], '"-5"'],
    [['--time', '0'], '"0"'],
    [['--port', '70000'], '"70000"'],
    [['--json', 'x.json'], '--headless'],
    [['--headless', 'lynx'], '"lynx"'],
    [['--limit', ' '], '" "'],
  ])('of a page: %j', async (args, what) => {
    const { page_options } = await bench('page/options.mjs');
    expect(() => page_options(args)).toThrow(what);
  });

  it('a limit beyond what timers take is none, instead of none at all', async () => {
    const { options_from } = await bench('options.mjs');
    const { page_options } = await bench('page/options.mjs');
    for (const read of [options_from, page_options]) {
      expect(read(['--limit', '1e9']).limit_s * 1000).toBeLessThan(2 ** 31);
      expect(read(['--limit', '7']).limit_s).toBe(7);
    }
  });

  it.each(['stable.mjs', 'goals.mjs', 'report.mjs', 'readme.mjs', 'compare.mjs', 'page.mjs'])(
    '%s says how it is used, by way of a link as well',
    (script) => {
      const link = join(folder, script);
      symlinkSync(join(top, 'bench', script), link);
      const { status, stdout } = run_node(link, '--help');
      expect(status).toBe(0);
      expect(stdout).toContain('usage: ');
    },
  );

  it('stable.mjs names the cases, and gives --json=FILE to none of its runs', async () => {
    const { status, stdout } = node('stable.mjs', '--list', '--filter', 'CRC-32 64 b');
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'hash: hash CRC-32 64 B\n' });
    const { without_option } = await bench('options.mjs');
    const argv = ['--json=a', '--time', '3', '--json', 'b', '--light'];
    expect(without_option(argv, 'json')).toEqual(['--time', '3', '--light']);
  });

  it('sizes may have a unit', () => {
    const { stdout } = node('run.mjs', '--list', '--size', '4KiB', '--filter', 'crc-32');
    expect(stdout).toBe('hash: hash CRC-32 4 KiB\n');
  });
});

describe('files that are no results', () => {
  const sound = made_case('CRC-32', 16, { rival: ['package', 2] });
  const with_row = (row: object) => ({ cases: [{ ...sound, rows: [sound.rows[0], row] }] });
  it.each([
    ['no JSON', '{', 'JSON'],
    ['a list', '[]', 'not a result'],
    ['null as a case', { cases: [null] }, 'case 1'],
    [
      'a case without rows',
      { cases: [{ ...sound, rows: undefined }] },
      'hash CRC-32 16: it has no rows',
    ],
    ['null as a row', with_row(null as never), 'a row has no name'],
    ['an unknown kind', with_row({ name: 'x', kind: 'foe' }), 'kind'],
    [
      'text as a ratio',
      with_row({ name: 'x', kind: 'js', median_ns: 1, p99_ns: 1, ratio: '2' }),
      'x: its ratio',
    ],
    ['text as a figure', with_row({ name: 'x', kind: 'js', cores: '2' }), 'x: its cores'],
    ['a row twice', with_row(sound.rows[0] as object), 'twice'],
    ['no row of ours', { cases: [{ ...sound, ours: 'nobody' }] }, 'no row of nobody'],
    ['a case twice', { cases: [sound, sound] }, 'twice'],
    ['a number as a host', { host: 7, cases: [] }, 'host'],
  ])('%s: the file and the place are named', async (name, value, what) => {
    const { read_result } = await bench('result.mjs');
    const file = file_of(`${name}.json`, value);
    expect(() => read_result(file)).toThrow(what);
    expect(() => read_result(file)).toThrow(file);
  });

  it.each(['compare.mjs', 'goals.mjs', 'report.mjs'])('%s says so', (script) => {
    const file = file_of(`half for ${script}`, '{"cases":[{');
    refused(node(script, ...(script === 'compare.mjs' ? [file] : []), file), file);
  });

  it('files that do not compress have a sentence without a mean of none', async () => {
    const { conclusion } = await bench('report/sentences.mjs');
    const one = { ...made_case('compress 6', 64, { pako: ['package', 2] }), file: 'l0 zeros' };
    const said = (more: object) => conclusion([{ ...one, ...more }]);
    expect(said({ class: 'edge' })).toMatch(/^Its worst: 2\.00 times pako on l0 zeros\./);
    expect(said({ class: 'm' })).toMatch(/^In the mean over 1 file bytewire has/);
  });

  it('goals of a result in which a peer is missing say so', () => {
    const one = { ...made_case('garbage', 64, {}), group: 'net', x: 1, unit: 'clients' };
    const { status, stdout } = node('goals.mjs', file_of('lacks.json', { cases: [one] }));
    expect(status).toBe(0);
    expect(stdout).toContain('ws: not in this result');
    expect(stdout).not.toContain('NaN');
  });

  it('an empty result has no page, and its goals say that nothing was measured', () => {
    const file = file_of('none.json', { cases: [] });
    refused(node('report.mjs', file), 'no cases to draw');
    expect(node('goals.mjs', file).stdout).toContain('this result has no cases');
  });

  it('goals of several hosts are not mixed, those of one are', () => {
    const peers = (ratio: number): Record<string, [string, number]> => ({
      '@node-rs/crc32': ['native', ratio],
    });
    const about = { cpu: 'abacus', arch: 'wood', host: 'Node' };
    const made = (version: string, ratio: number) =>
      file_of(`goals-${version}-${ratio}.json`, {
        ...about,
        version,
        cases: [made_case('CRC-32', 64, peers(ratio))],
      });
    const two = node('goals.mjs', made('1', 3.25), made('2', 9.25)).stdout;
    expect(two).toMatch(/# Node 1, abacus[\s\S]*3\.25[\s\S]*# Node 2, abacus[\s\S]*9\.25/);
    const one = node('goals.mjs', made('1', 3.25), made('1', 9.25)).stdout;
    expect(one).toContain('9.25');
    expect(one).not.toContain('3.25');
  });

  it('runs of the same code that lack ratios of each other are told', () => {
    const cases = [16, 64].map((bytes) => made_case('CRC-32', bytes, { rival: ['package', 2] }));
    const both = file_of('both.json', { cases });
    const one = file_of('one.json', { cases: cases.slice(0, 1) });
    const { status, stdout } = node('compare.mjs', '--stable', both, one);
    expect(status).toBe(3);
    expect(stdout).toContain('1 of 2 ratios are not in all files');
  });
});

describe('rivals and files are looked at first', () => {
  const place = (name: string, text?: string) => {
    const path = join(folder, name);
    mkdirSync(path);
    if (text !== undefined) writeFileSync(join(path, 'rival.mjs'), text);
    return path;
  };
  const exports_of = (name: string, operations: string, kind = 'package') =>
    `export const name = '${name}'; export const kind = '${kind}'; export const operations = ${operations};`;
  it.each([
    ['a folder that is not there', () => join(folder, 'nowhere'), 'no such folder'],
    ['a file', () => file_of('file.mjs', ''), 'it is no folder'],
    ['an empty folder', () => place('empty'), 'nothing in it ends with .mjs'],
    ['no operations', () => place('null', exports_of('x', 'null')), 'rival.mjs: exports a name'],
    [
      'an operation that no case has',
      () => place('typo', exports_of('x', '{ crc23() {} }')),
      'no case asks for "crc23"; there are base64_decode,',
    ],
    [
      'a name that is taken',
      () => place('twin', exports_of('pako', '{ crc32() {} }')),
      'two files are called "pako"',
    ],
    [
      'our own kind',
      () => place('own', exports_of('x', '{ crc32() {} }', 'ours')),
      'only bytewire itself',
    ],
  ])('%s', async (_, make, what) => {
    const { find_impls } = await bench('probe.mjs');
    await expect(find_impls({ rivals: make() })).rejects.toThrow(what);
  });

  it('and the command says so', () => {
    const rivals = place('said', exports_of('pako', '{ crc32() {} }'));
    const asked = ['--quick', '--filter', 'crc-32 64 b', '--rivals', rivals];
    refused(node('run.mjs', ...asked), 'two files are called "pako"');
  });

  it('a misspelt operation beside a right one is told, and its file takes part', async () => {
    const { find_impls } = await bench('probe.mjs');
    const rivals = place('half', exports_of('half', '{ crc32: () => undefined, crc23() {} }'));
    const { found, hints } = await find_impls({ rivals });
    expect(hints.join()).toContain('half: no case asks for "crc23"; there are');
    expect(found.map(({ name }: { name: string }) => name)).toContain('half');
  });

  it('--json where there is no folder, and --impl that names nobody', async () => {
    const { open_result } = await bench('result.mjs');
    expect(() => open_result(join(folder, 'no', 'x.json'))).toThrow('no such folder');
    const asked = ['--quick', '--filter', 'crc-32 64 b'];
    const { status, stderr } = node('run.mjs', ...asked, '--impl', 'zzz');
    expect(status).toBe(2);
    expect(stderr).toContain('nobody in these cases is called "zzz"');
    const { contains } = await bench('choose.mjs');
    expect(contains('plain JS', 'PLAIN js')).toBe(true);
  });

  it('figures of a quick pass never take the place of real ones, and real ones take that of quick ones', async () => {
    const { add_case, open_result, this_host } = await bench('result.mjs');
    const host = { ...this_host(), commit: 'new' };
    const one = made_case('CRC-32', 16, {});
    const text = JSON.stringify({ ...host, commit: 'old', cases: [one] });
    const real = file_of('real.json', text);
    expect(() => open_result(real, host, { quick: true })).toThrow('real figures');
    expect(readFileSync(real, 'utf8')).toBe(text);
    // A case keeps the commit that it was measured at.
    const opened = open_result(real, host);
    expect(opened).toMatchObject({ commit: 'new', cases: [{ commit: 'old' }] });
    const quick = file_of('quick.json', { ...host, cases: [{ ...one, quick: true }] });
    const later = open_result(quick, host);
    const real_one = made_case('MD5', 16, {});
    add_case(quick, later, real_one);
    expect(JSON.parse(readFileSync(quick, 'utf8')).cases).toEqual([real_one]);
  });

  it('a file that another run writes is left alone; one that was left behind is taken', async () => {
    const { open_result } = await bench('result.mjs');
    const file = join(folder, 'locked.json');
    const asked = ['--quick', '--filter', 'crc-32 64 b', '--json', file];
    writeFileSync(`${file}.lock`, String(process.pid));
    expect(() => open_result(file)).toThrow(`process ${process.pid}) writes it`);
    writeFileSync(`${file}.lock`, String(2 ** 30));
    expect(node('run.mjs', ...asked).status).toBe(0);
    expect(() => readFileSync(`${file}.lock`)).toThrow('ENOENT');
  });
});

describe('labels of the axis of sizes', () => {
  it('are powers of two for bytes, as many as there is room for', async () => {
    const { byte_ticks, with_room } = await bench('report/ticks.js');
    const axis = { low: 16 / 1.25, high: (1 << 22) * 1.25, room: 60 };
    const desk = byte_ticks({ ...axis, width: 900 });
    expect(desk).toEqual([4, 6, 8, 10, 12, 14, 16, 18, 20, 22].map((power) => 2 ** power));
    const phone = byte_ticks({ ...axis, width: 280 });
    expect(phone).toEqual([16, 256, 4096, 65536, 1 << 20]);
    // What was measured, but nothing that would lie over its neighbour.
    const places = { low: 1, high: 10_000, width: 400, room: 50 };
    expect(with_room([1, 2, 10, 20, 1000, 1001, 10_000], places)).toEqual([1, 10, 1000, 10_000]);
  });
});
