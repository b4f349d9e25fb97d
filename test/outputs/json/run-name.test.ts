// Which processes are one run.

import { expect, it } from 'vitest';
import { fileName, MADE_UP, RUN_VARIABLE, runName } from '../../../src/outputs/json/run-name.js';

it.each<[string, Record<string, string>, string]>([
  ['somebody named it', { QUERYSCOPE_RUN: 'nightly', GITHUB_RUN_ID: '7' }, 'nightly'],
  ['GitHub runs it', { GITHUB_RUN_ID: '123', GITHUB_RUN_ATTEMPT: '2' }, 'github-123-2'],
  ['GitLab runs it', { CI_PIPELINE_ID: '99' }, 'gitlab-99'],
  ['Bitbucket runs it', { BITBUCKET_PIPELINE_UUID: '{a1-b2}' }, 'bitbucket-a1-b2'],
  ['Jenkins runs it', { BUILD_TAG: 'jenkins-shop/main-17' }, 'jenkins-jenkins-shop-main-17'],
])('is called so where %s', (_, env, name) => {
  expect(runName({ ...env })).toBe(name);
});

it('is a new one else, which the processes that this one starts inherit', () => {
  const env: Record<string, string | undefined> = { QUERYSCOPE_RUN: '', GITHUB_RUN_ATTEMPT: '2' };
  const name = runName(env);
  expect(name).toMatch(MADE_UP);
  expect(env[RUN_VARIABLE]).toBe(name);
  expect(runName({ ...env })).toBe(name);
  expect(runName({})).not.toBe(name);
});

it.each([
  ['../../etc', 'etc'],
  ['a b/c\\d:e', 'a-b-c-d-e'],
  ['.hidden.', 'hidden'],
  ['@scope/shop', 'scope-shop'],
  ['ünï', 'n'],
  ['///', ''],
  ['x'.repeat(300), 'x'.repeat(100)],
])('%s is a name of a file as %s', (text, name) => {
  expect(fileName(text)).toBe(name);
});
