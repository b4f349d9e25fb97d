// The list of scenarios is written apart from the tests, in scenarios.txt, so that none can be lost: a file of tests says which of
// its sections it shows, and fails by name where a scenario has no test, or a test no scenario.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

export type Section =
  | 'Must be found: loops'
  | 'Must not be found'
  | 'Must be found: atomicity'
  | 'Must stay silent: atomicity';

/** The scenarios of one section, in order. */
export function scenariosOf(section: Section): string[] {
  const lines = readFileSync(join(__dirname, 'scenarios.txt'), 'utf8').split('\n');
  const start = lines.indexOf(section);
  expect(start, section).toBeGreaterThanOrEqual(0);
  const end = lines.findIndex((line, i) => i > start && /^\S/.test(line));
  return lines.slice(start + 1, end < 0 ? undefined : end).flatMap((line) => line.trim() || []);
}

/** Declares the test that these are the scenarios of the section: in its order, but for those that are `left` to other tests, with the reason. */
export function testsAllOf(
  section: Section,
  tests: Readonly<Record<string, unknown>>,
  left: Record<string, string> = {},
): void {
  test(`every scenario of "${section}" is here`, () => {
    expect(Object.keys(tests)).toEqual(scenariosOf(section).filter((name) => !(name in left)));
  });
}
