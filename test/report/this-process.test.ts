// Who reports: by the environment, the package and the repository, as git itself says.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { version } from '../../package.json';
import { thisProcess } from '../../src/report/this-process.js';
import { VERSION } from '../../src/report/version.js';

let dir: string;
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'queryscope-process-')));
});
afterEach(() => rmSync(dir, { recursive: true }));

it('knows its own version', () => {
  expect(VERSION).toBe(version);
  expect(thisProcess(dir, {}, dir)).toMatchObject({
    queryscope: version,
    runtime: `node ${process.versions.node}`,
    pid: process.pid,
  });
});

describe('service and version', () => {
  it('are those of the nearest package that has a name', () => {
    writeFileSync(join(dir, 'package.json'), '{"name":"shop","version":"1.2.3"}');
    mkdirSync(join(dir, 'a/b'), { recursive: true });
    writeFileSync(join(dir, 'a/package.json'), '{"type":"module"}');
    writeFileSync(join(dir, 'a/b/package.json'), 'no JSON');
    expect(thisProcess(dir, {}, join(dir, 'a/b'))).toMatchObject({ service: 'shop', version: '1.2.3' });
    expect(thisProcess(dir, { OTEL_SERVICE_NAME: 'checkout' }, dir)).toMatchObject({
      service: 'checkout',
      version: '1.2.3',
    });
  });

  it('are null where there is none', () => {
    expect(thisProcess(dir, { OTEL_SERVICE_NAME: '' }, dir)).toMatchObject({
      service: null,
      version: null,
      commit: null,
    });
  });
});

describe('the commit', () => {
  const git = (...args: string[]) =>
    execFileSync(
      'git',
      ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false', ...args],
      {
        cwd: dir,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    ).trim();
  const commit = () => thisProcess(dir, {}, dir).commit;

  it('is the one that CI names', () => {
    const env = { GITHUB_SHA: 'main', CI_COMMIT_SHA: 'f00dface' };
    expect(thisProcess(dir, env, dir).commit).toBe('f00dface');
  });

  it('is the one that is checked out: on a branch, packed, detached, before the first, and in a linked checkout', () => {
    git('init', '-q');
    expect(commit()).toBeNull();
    git('commit', '-q', '--allow-empty', '-m', 'one');
    const head = git('rev-parse', 'HEAD');
    expect(commit()).toBe(head);
    git('pack-refs', '--all');
    expect(commit()).toBe(head);
    git('checkout', '-q', '--detach');
    expect(commit()).toBe(head);
    git('worktree', 'add', '-q', '-b', 'other', join(dir, 'linked'));
    git('-C', join(dir, 'linked'), 'commit', '-q', '--allow-empty', '-m', 'two');
    const linked = git('-C', join(dir, 'linked'), 'rev-parse', 'HEAD');
    expect(thisProcess(join(dir, 'linked'), {}, dir).commit).toBe(linked);
    git('pack-refs', '--all');
    expect(thisProcess(join(dir, 'linked'), {}, dir).commit).toBe(linked);
    expect(linked).not.toBe(head);
  });
});
