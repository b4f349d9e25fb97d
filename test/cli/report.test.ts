// `queryscope report` and `queryscope open`: the page where it was asked for, and the browser that is handed it.

import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { queryscope } from './command.js';
import { chatsIn, damage, fileIn, scratch, silenceIn, transferIn } from './runs.js';

const { directory, remove } = scratch();
const at = (...names: string[]) => join(directory, ...names);
let lazy: string;
let torn: string;

beforeAll(async () => {
  lazy = await chatsIn(at('.queryscope-lazy'), '/chats');
  torn = await transferIn(at('torn'));
});

afterAll(remove);

const run = (args: readonly string[], env: Record<string, string> = {}) => queryscope(args, { cwd: directory, env });

describe('report', () => {
  it('writes a page of all that is named, and tells where', async () => {
    expect(await run(['report', lazy, torn, '-o', 'deep/out.html', '--title', 'Both'])).toEqual({
      code: 0,
      stdout: 'deep/out.html\n',
      stderr: '',
    });
    const page = readFileSync(at('deep', 'out.html'), 'utf8');
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toMatch(/<title>[^<]*Both<\/title>/);
    for (const detector of ['n-plus-one', 'torn-write']) expect(page).toContain(detector);
  });

  it('writes queryscope.html of the latest run, where nothing is said', async () => {
    expect((await run(['report'], { QUERYSCOPE_DIR: at('.queryscope-lazy') })).stdout).toBe('queryscope.html\n');
    expect(readFileSync(at('queryscope.html'), 'utf8')).toContain('n-plus-one');
  });

  it('fails nothing for what it found, in any format', async () => {
    const { code, stdout } = await run(['report', lazy, '--format', 'console']);
    expect(code).toBe(0);
    expect(stdout).toContain('▲ n-plus-one · proven');
    expect((await run(['report', lazy, '-o', '-'])).stdout).toMatch(/^<!doctype html>/);
    expect((await run(['report', lazy, '-o', 'a.sarif'])).code).toBe(0);
    expect(JSON.parse(readFileSync(at('a.sarif'), 'utf8')).version).toBe('2.1.0');
  });

  it('writes no page of nothing', async () => {
    const silent = await silenceIn(at('silent'));
    const { code, stderr } = await run(['report', silent, '-o', 'nothing.html']);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^queryscope: There is not one statement in .*silent/)]);
    expect(existsSync(at('nothing.html'))).toBe(false);
    expect((await run(['report', silent, '-o', 'nothing.html', '--allow-empty'])).code).toBe(0);
  });

  it('writes what it can read, and is 2 where that is not all', async () => {
    const garbled = await chatsIn(at('garbled'), '/chats');
    damage(garbled, 'not a line of ours\n');
    const { code, stderr } = await run(['report', garbled, '-o', 'garbled.html']);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^queryscope: .*garbled.*\n$/)]);
    expect(readFileSync(at('garbled.html'), 'utf8')).toContain('n-plus-one');
  });
});

describe('open', () => {
  /** A program in place of the browser, which writes down what it is handed. */
  const browser = () => {
    fileIn(
      directory,
      'browser',
      `#!/bin/sh\nprintf %s "$1" > '${at('opened.part')}' && mv '${at('opened.part')}' '${at('opened')}'\n`,
    );
    chmodSync(at('browser'), 0o755);
    return at('browser');
  };
  const opened = () => vi.waitFor(() => fileURLToPath(readFileSync(at('opened'), 'utf8')), { timeout: 20_000 });

  it('makes the page beside its run, and hands it to the browser', async () => {
    const { code, stdout, stderr } = await run(['open'], {
      QUERYSCOPE_DIR: at('.queryscope-lazy'),
      BROWSER: browser(),
    });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe('.queryscope-lazy/run/report.html\n');
    expect(await opened()).toBe(join(lazy, 'report.html'));
    expect(readFileSync(join(lazy, 'report.html'), 'utf8')).toMatch(/^<!doctype html>/);
  });

  it('says where the page is where there is no browser', async () => {
    const { code, stdout, stderr } = await run(['open', torn], { BROWSER: at('none') });
    expect([code, stdout]).toEqual([2, `${join(torn, 'report.html')}\n`]);
    expect(stderr).toMatch(/^queryscope: .*none could not be started: open the file by hand, or set BROWSER\.\n$/);
  });

  it('refuses a page that is not there', async () => {
    expect(await run(['open', 'none.html'])).toEqual({
      code: 2,
      stdout: '',
      stderr: "queryscope: There is no file 'none.html'.\n",
    });
  });
});
