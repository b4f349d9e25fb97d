// The command itself: its help, its version, and how little it loads before it knows what is wanted.

import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { version } from '../../package.json';
import { COMMANDS } from '../../src/cli/commands.js';
import { queryscope } from './command.js';
import { fileIn, scratch } from './runs.js';

const { directory, remove } = scratch();
afterAll(remove);

const run = (...args: string[]) => queryscope(args, { cwd: directory });

test('the help names each command, and each command has help with examples that it takes', async () => {
  const { code, stdout, stderr } = await run('--help');
  expect([code, stderr]).toEqual([0, '']);
  for (const [name, { flags, examples }] of Object.entries(COMMANDS)) {
    expect(stdout).toContain(`\n  ${name.padEnd(8)}   `);
    const help = await run(name, '--help');
    expect([help.code, help.stderr]).toEqual([0, '']);
    expect((await run('help', name)).stdout).toBe(help.stdout);
    for (const flag of Object.keys(flags)) expect(help.stdout).toContain(`--${flag}`);
    expect(examples.length).toBeGreaterThan(0);
    for (const [line] of examples) {
      expect(help.stdout).toContain(line);
      const { stderr } = await run(...wordsOf(line).slice(1));
      expect(stderr).not.toMatch(/has no|needs a value|takes no value|There is no command/);
    }
    for (const line of help.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(128);
  }
});

/** The words of a line as a shell reads them. */
function wordsOf(line: string): string[] {
  return Array.from(line.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, word]) => (quoted ?? word) as string);
}

test('help is the same by each of its names; without a word it is told on stderr, as nothing was asked', async () => {
  const { stdout } = await run('--help');
  expect((await run('-h')).stdout).toBe(stdout);
  expect((await run('help')).stdout).toBe(stdout);
  expect(await run()).toEqual({ code: 2, stdout: '', stderr: stdout });
});

test('the version is that of the package', async () => {
  expect(await run('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  expect((await run('-v')).stdout).toBe(`${version}\n`);
});

test('the help loads nothing that a command needs', async () => {
  const list = `process.on('exit', () => console.log(Object.keys(require.cache).join('\\n')))`;
  fileIn(directory, 'list.cjs', list);
  const { stdout } = await queryscope(['--help'], { cwd: directory, node: ['--require', join(directory, 'list.cjs')] });
  const loaded = stdout
    .split('\n')
    .filter((line) => line.includes('/dist/'))
    .map((line) => line.slice(line.indexOf('/dist/') + 6));
  expect(loaded.sort()).toEqual(['cli/main.js', 'parts/ground.js', 'parts/rolldown-runtime.js', 'parts/texts.js']);
});
