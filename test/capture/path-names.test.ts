// Names of files, by table: as a loader, a platform or a container calls them, and as a report does.

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { isAppFile, packageOf, pathNames, posixPath, repositoryRoot } from '../../src/capture/path-names.js';

test.each([
  ['/home/me/shop/src/chats.ts', '/home/me/shop/src/chats.ts'],
  ['file:///home/me/shop/src/chats.ts', '/home/me/shop/src/chats.ts'],
  ['file:///home/me/my%20shop/chats.mts?t=1712&x#y', '/home/me/my shop/chats.mts'],
  ['file:///home/me/100%/chats.mts', '/home/me/100%/chats.mts'],
  ['file:///C:/shop/src/chats.ts', 'C:/shop/src/chats.ts'],
  ['c:\\shop\\src\\chats.ts', 'C:/shop/src/chats.ts'],
  ['/home/me/what?#.ts', '/home/me/what?#.ts'],
  ['webpack://shop/./src/chats.ts?a1b2', 'src/chats.ts'],
  ['webpack-internal:///./src/chats.ts', 'src/chats.ts'],
  ['node:internal/process/task_queues', 'node:internal/process/task_queues'],
])('%s is the path %s', (file, path) => {
  expect(posixPath(file)).toBe(path);
});

describe('a file is named', () => {
  test.each([
    ['from the root', '/home/me/shop', {}, '/home/me/shop/src/chats.ts', 'src/chats.ts'],
    ['from the root, as a URL', '/home/me/shop/', {}, 'file:///home/me/shop/src/chats.ts', 'src/chats.ts'],
    ['in full outside the root', '/home/me/shop', {}, '/home/me/shopping/chats.ts', '/home/me/shopping/chats.ts'],
    ['on Windows', 'C:\\shop', {}, 'file:///c:/shop/src/chats.ts', 'src/chats.ts'],
    ['from the root of all', '/', {}, '/app/chats.ts', 'app/chats.ts'],
    ['as the source of a bundle', '/home/me/shop', {}, 'webpack://shop/./src/chats.ts', 'src/chats.ts'],
    [
      'by a path in the repository',
      '/home/me/shop',
      { '/app': 'services/chat' },
      '/app/src/chats.ts',
      'services/chat/src/chats.ts',
    ],
    ['by the repository itself', '/home/me/shop', { '/app/': '.' }, '/app/src/chats.ts', 'src/chats.ts'],
    ['by another absolute path', '/home/me/shop', { '/app': '/home/me/shop/api' }, '/app/chats.ts', 'api/chats.ts'],
    ['by the first prefix that fits', '/x', { '/app/a': 'one', '/app': 'two' }, '/app/a/b.ts', 'one/b.ts'],
    ['not by half a directory', '/x', { '/app': 'one' }, '/apple/b.ts', '/apple/b.ts'],
  ])('%s', (_how, root, pathMap, file, name) => {
    expect(pathNames(root, pathMap)(file)).toBe(name);
  });
});

test.each([
  ['src/chats.ts', true],
  ['/elsewhere/chats.ts', true],
  ['src/node_modules.ts', true],
  ['node_modules/pg/lib/client.js', false],
  ['packages/api/node_modules/knex/index.js', false],
  ['/home/me/.yarn/cache/pg-npm-8.zip/node_modules/pg/lib/client.js', false],
  ['node:internal/process/task_queues', false],
  ['internal/timers.js', true],
])('%s of the app: %s', (name, isApp) => {
  expect(isAppFile(name)).toBe(isApp);
});

test.each([
  ['/app/node_modules/knex/lib/client.js', 'knex'],
  ['file:///app/node_modules/@mikro-orm/core/index.js', '@mikro-orm/core'],
  ['/app/node_modules/.pnpm/knex@3.3.0_pg@8.23.1/node_modules/knex/lib/client.js', 'knex'],
  ['/app/node_modules/objection/node_modules/knex/lib/client.js', 'knex'],
  ['C:\\app\\node_modules\\@databases\\pg\\lib\\index.js', '@databases/pg'],
  ['/home/me/.yarn/cache/pg-npm-8.zip/node_modules/pg/lib/client.js', 'pg'],
  ['/app/src/knex/client.js', null],
  ['/app/src/node_modules.js', null],
  ['node:internal/process/task_queues', null],
])('%s is of the package %s', (file, expected) => {
  expect(packageOf(file)).toBe(expected);
});

describe('the root', () => {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'queryscope-root-')));
  afterAll(() => rmSync(top, { recursive: true }));
  const workspace = join(top, 'workspace');
  const deepest = join(workspace, 'packages', 'api', 'src');
  mkdirSync(deepest, { recursive: true });

  test('is where we are, where nothing says more', () => {
    expect(repositoryRoot(deepest)).toBe(deepest);
  });

  test('is the topmost package', () => {
    writeFileSync(join(workspace, 'packages', 'api', 'package.json'), '{}');
    writeFileSync(join(workspace, 'package.json'), '{}');
    expect(repositoryRoot(deepest)).toBe(workspace);
  });

  test('is the nearest repository, a submodule or worktree (whose .git is a file) too', () => {
    mkdirSync(join(top, '.git'));
    expect(repositoryRoot(deepest)).toBe(top);
    writeFileSync(join(workspace, '.git'), 'gitdir: elsewhere');
    expect(repositoryRoot(deepest)).toBe(workspace);
  });
});
