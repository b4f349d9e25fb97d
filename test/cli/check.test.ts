// `queryscope check` as a process: its exit codes, what it says and where, in a terminal, a pipe and GitHub Actions.

import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ended, queryscope, startQueryscope } from './command.js';
import { chatsIn, damage, fileIn, fileOf, scratch, silenceIn, transferIn } from './runs.js';

const { directory, remove } = scratch();
const at = (...names: string[]) => join(directory, ...names);
let lazy: string;
let batched: string;
let torn: string;
let silent: string;

beforeAll(async () => {
  lazy = await chatsIn(at('lazy'), '/chats', '/chats/batched');
  batched = await chatsIn(at('batched'), '/chats/batched');
  torn = await transferIn(at('torn'));
  silent = await silenceIn(at('silent'));
});

afterAll(remove);

const check = (args: readonly string[], env: Record<string, string> = {}) =>
  queryscope(['check', ...args], { cwd: directory, env });

describe('the exit code', () => {
  it('is 0 where nothing was found, and says how much was watched', async () => {
    expect(await check([batched])).toEqual({
      code: 0,
      stdout: ' ✓ 0 findings\n   1 request · 3 statements\n',
      stderr: '',
    });
  });

  it('is 1 where something was found, which is drawn with its code', async () => {
    const { code, stdout, stderr } = await check([lazy]);
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toContain(' ▲ n-plus-one · proven   23 statements where 3 do\n');
    expect(stdout).toContain(' ▸ 24 │     message.sender = await usernameOf(pool, message.sender_id);\n');
    expect(stdout).toContain('   seen     in 1 request: GET /chats\n');
    expect(stdout.endsWith(' ✖ 2 findings, all of which fail\n   2 requests · 26 statements\n')).toBe(true);
  });

  it('is 2 where not one statement was seen, unless that is allowed', async () => {
    const { code, stdout, stderr } = await check([silent]);
    expect([code, stdout]).toEqual([2, ' ▲ nothing can be said · 0 findings\n   1 job · 0 statements\n']);
    expect(stderr).toMatch(/^queryscope: not one statement was seen; .*profiler\.\w+\(p\w+\)\n$/);
    expect((await check([silent, '--allow-empty'])).code).toBe(0);
  });

  it('is 2 where there is nothing to read, unless that is allowed', async () => {
    const empty = fileIn(at('empty'), 'readme.txt', 'no run');
    const { code, stderr } = await check([empty]);
    expect([code, stderr]).toEqual([2, 'queryscope: no request, job or test was seen in what was read\n']);
    expect((await check([empty, '--allow-empty'])).code).toBe(0);
  });

  it('is 2, with what to do, where there is no run at all', async () => {
    const { code, stdout, stderr } = await queryscope(['check'], {
      cwd: at('empty'),
      env: { QUERYSCOPE_DIR: at('nowhere') },
    });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(
      /^queryscope: There is no run to read: .*nowhere is not there\. Run the app with QUERYSCOPE_OUTPUT=json/,
    );
  });

  it('is as --fail-on has it', async () => {
    expect((await check([lazy, '--fail-on', 'error'])).code).toBe(0);
    expect((await check([torn, '--fail-on', 'error:proven'])).code).toBe(1);
    expect((await check([torn, '--fail-on', 'never'])).code).toBe(0);
    const { stdout } = await check([lazy, '--fail-on=error']);
    expect(stdout).toContain(' ✓ 2 findings, none of which fails\n');
  });
});

describe('what is read', () => {
  it('is the latest run, where none is named', async () => {
    const runs = at('runs', '.queryscope');
    await chatsIn(join(runs, 'older'), '/chats');
    const older = join(runs, 'older', 'run');
    fileIn(join(runs, 'a'), 'run.jsonl', readFileSync(fileOf(older), 'utf8'));
    fileIn(join(runs, 'b'), 'run.jsonl', readFileSync(fileOf(batched), 'utf8'));
    utimesSync(join(runs, 'a', 'run.jsonl'), 1, 1);
    fileIn(at('runs'), 'package.json', '{}');
    expect((await queryscope(['check'], { cwd: at('runs') })).code).toBe(0);
    utimesSync(join(runs, 'b', 'run.jsonl'), 0.5, 0.5);
    expect((await queryscope(['check'], { cwd: at('runs') })).code).toBe(1);
    expect((await queryscope(['check'], { cwd: directory, env: { QUERYSCOPE_DIR: runs } })).code).toBe(1);
  });

  it('is one run where several directories are named', async () => {
    const { code, stdout } = await check([lazy, torn, '--format', 'json']);
    const { outcome, watched, findings } = JSON.parse(stdout);
    expect([code, outcome, findings.length]).toEqual([1, 'findings', 3]);
    expect(watched).toMatchObject({ processes: 2, scopes: { request: 3, job: 0, test: 0 }, statements: 28 });
  });

  it('is told where its end is missing, and judged all the same', async () => {
    const run = await chatsIn(at('killed'), '/chats/batched');
    damage(run, '{"cut');
    const { code, stdout } = await check([run]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ ▲ .*killed/m);
    expect(await check([run, '--format', 'gitlab'])).toMatchObject({
      code: 0,
      stdout: '[]\n',
      stderr: expect.stringMatching(/^queryscope: .*killed.*\n$/),
    });
  });

  it('is 2 where a part of it cannot be read, whatever the rest says', async () => {
    const garbled = await chatsIn(at('garbled'), '/chats');
    damage(garbled, 'not a line of ours\n');
    const { code, stdout, stderr } = await check([garbled]);
    expect(code).toBe(2);
    expect(stdout).toContain('n-plus-one');
    expect(stderr).toMatch(/^queryscope: .*garbled.*\n$/);

    const newer = fileIn(
      at('newer'),
      'run.jsonl',
      readFileSync(fileOf(batched), 'utf8').replace('"format":1', '"format":99'),
    );
    const told = await check([newer]);
    expect(told.code).toBe(2);
    expect(told.stderr).toMatch(/newer/);
  });
});

describe('what it is asked for', () => {
  const refused: Record<string, [args: string[], says: RegExp]> = {
    'an unknown command': [['chekc'], /^queryscope: There is no command 'chekc'\. Did you mean check\?/],
    'an unknown flag': [
      ['check', '--formt', 'json'],
      /^queryscope: queryscope check has no --formt\. Did you mean --format\?/,
    ],
    'an unknown short flag': [
      ['check', '-x'],
      /^queryscope: queryscope check has no -x\. See queryscope check --help\.$/m,
    ],
    'an unknown format': [
      ['check', '--format', 'sarfi'],
      /^queryscope: There is no format 'sarfi'\. Did you mean sarif\? There are: console, /,
    ],
    'a bound that is none': [['check', '--fail-on', 'eror'], /Did you mean 'error'\?/],
    'a flag without its value': [['check', '--format'], /^queryscope: --format needs a value: --format FORMAT$/m],
    'a value that none takes': [['check', '--allow-empty=yes'], /^queryscope: --allow-empty takes no value$/m],
    'a flag twice': [['check', '-f', 'json', '--format', 'json'], /^queryscope: --format is given twice$/m],
    'a directory that is not there': [['check', 'nowhere'], /^queryscope: There is no file or directory 'nowhere'/],
  };
  for (const [name, [args, says]] of Object.entries(refused)) {
    it(`refuses ${name} in one line, with 2`, async () => {
      const { code, stdout, stderr } = await queryscope(args, { cwd: directory });
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(says);
      expect(stderr.trimEnd()).not.toContain('\n');
    });
  }

  it('refuses a file that cannot be written', async () => {
    const { code, stderr } = await check([lazy, '-o', join(fileOf(lazy), 'out.json')]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^queryscope: .*out\.json cannot be written \(E\w+\)\n$/),
    ]);
  });
});

describe('the formats', () => {
  const first: Record<string, RegExp> = {
    console: /^\nGET|^GET \/chats {3}23 statements/,
    json: /^\{\n {2}"format": 1,\n {2}"outcome": "findings",/,
    markdown: /^### ✖ queryscope: 2 findings, all of which fail\n/,
    sarif: /^\{\n {2}"\$schema": "https:\/\/json\.schemastore\.org\/sarif-2\.1\.0\.json",/,
    junit: /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites>\n/,
    gitlab: /^\[\n {2}\{\n {4}"description": /,
    github: /^::warning file=examples\/chats\/chats\.ts,line=22,title=n-plus-one · proven::/,
  };
  for (const [format, begins] of Object.entries(first)) {
    it(`has ${format}`, async () => {
      const { code, stdout, stderr } = await check([lazy, '--format', format]);
      expect([code, stderr]).toEqual([1, '']);
      expect(stdout).toMatch(begins);
    });
  }

  it('takes the format from the extension of the file', async () => {
    for (const [file, begins] of [
      ['a.sarif', '{\n  "$schema"'],
      ['deep/b.xml', '<?xml'],
      ['c.md', '### '],
      ['d.json', '{\n  "format"'],
    ] as const) {
      const { code, stdout } = await check([lazy, '-o', file]);
      expect([code, stdout]).toEqual([1, '']);
      expect(readFileSync(at(file), 'utf8').startsWith(begins)).toBe(true);
    }
    const { stdout } = await check([lazy, '-o', '-', '-f', 'gitlab']);
    expect(JSON.parse(stdout).length).toBe(2);
  });

  it('has its rules described by their pages', async () => {
    const { stdout } = await check([lazy, '--format', 'sarif']);
    const [{ tool }] = JSON.parse(stdout).runs;
    expect(tool.driver.rules[0].help.markdown).toMatch(/^# n-plus-one\n/);
  });

  it('colours where it is asked to', async () => {
    expect((await check([lazy], { FORCE_COLOR: '1' })).stdout).toContain('\u001b[33m▲\u001b[39m');
    expect((await check([lazy], { NO_COLOR: '1' })).stdout).not.toContain('\u001b');
    expect((await check([lazy])).stdout).not.toContain('\u001b');
  });
});

describe('in GitHub Actions', () => {
  const actions = (summary: string) => ({ GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary });

  it('annotates, writes the summary, and lets the runner find no command in what it prints', async () => {
    const summary = at('summary.md');
    writeFileSync(summary, 'before\n');
    const repository = { GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'a/b', GITHUB_SHA: 'c0ffee' };
    const { code, stdout, stderr } = await check([lazy], { ...actions(summary), ...repository });
    expect([code, stderr]).toEqual([1, '']);
    const [, token, text, told] = /^::stop-commands::(\S+)\n([\s\S]*?)\n::\1::\n([\s\S]*)$/.exec(stdout) ?? [];
    expect(token).toMatch(/^[0-9a-f-]{36}$/);
    expect(text).toContain('▲ n-plus-one');
    expect(
      told
        ?.trimEnd()
        .split('\n')
        .map((line) => line.slice(0, 46)),
    ).toEqual(['::warning file=examples/chats/chats.ts,line=22', '::warning file=examples/chats/chats.ts,line=24']);
    const written = readFileSync(summary, 'utf8');
    expect(written.startsWith('before\n### ✖ queryscope: 2 findings')).toBe(true);
    expect(written).toContain(
      '[`examples/chats/chats.ts:24`](https://github.com/a/b/blob/c0ffee/examples/chats/chats.ts#L24)',
    );
  });

  it('keeps a document on stdout a document', async () => {
    const { stdout, stderr } = await check([lazy, '--format', 'json'], actions(at('other.md')));
    expect(JSON.parse(stdout).findings.length).toBe(2);
    expect(stderr.match(/^::warning /gm)?.length).toBe(2);
    const { stdout: log } = await check([lazy, '-o', 'e.json'], actions(at('other.md')));
    expect(log.match(/^::/gm)?.length).toBe(2);
  });

  it('keeps to what a summary may be large, with what others wrote', async () => {
    const summary = at('full.md');
    const most = 1_024 * 1_024;
    writeFileSync(summary, 'x'.repeat(most - 600));
    expect((await check([lazy], actions(summary))).code).toBe(1);
    const written = readFileSync(summary);
    expect(written.length).toBeLessThanOrEqual(most);
    expect(written.toString().slice(most - 600)).toContain('of this summary left out');
  });

  it('goes without a summary that cannot be written', async () => {
    const { code, stderr } = await check([lazy], actions(at('no', 'such', 'folder.md')));
    expect([code, stderr]).toEqual([1, 'queryscope: the job summary cannot be written (ENOENT)\n']);
  });
});

it('bears a reader that goes away, and keeps its exit code', async () => {
  const child = startQueryscope(['check', lazy, torn, '--format', 'sarif'], { cwd: directory });
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdout?.destroy();
  expect([await ended(child), stderr]).toEqual([1, '']);
});
