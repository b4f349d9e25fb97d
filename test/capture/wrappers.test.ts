// What users write of their query wrappers, and which frames that means.

import { expect, test } from 'vitest';
import { wrapperTest } from '../../src/capture/wrappers.js';

test.each([
  ['query', 'src/db.ts', 'query', true],
  ['query', 'src/query.ts', 'run', false],
  ['query', 'src/db.ts', null, false],
  ['src/db.ts', 'src/db.ts', 'run', true],
  ['./src/db.ts', 'src/db.ts', null, true],
  ['db.ts', 'src/deep/db.ts', 'run', true],
  ['db.ts', 'src/mydb.ts', 'run', false],
  ['db.ts', 'src/dbxts', 'run', false],
  ['src/db/**', 'src/db/pool/query.ts', 'run', true],
  ['src/db/*', 'src/db/pool/query.ts', 'run', false],
  ['src/**/db.ts', 'src/db.ts', 'run', true],
  ['src/**/db.ts', 'src/a/b/db.ts', 'run', true],
  ['*.repository.ts', 'src/users.repository.ts', 'run', true],
  ['src/d?.ts', 'src/db.ts', 'run', true],
  ['src/(api)/[id]+.ts', 'src/(api)/[id]+.ts', 'run', true],
])('%s: %s %s is a wrapper: %s', (word, file, name, expected) => {
  expect(wrapperTest([word])({ file, line: 1, column: 1, function: name })).toBe(expected);
});
