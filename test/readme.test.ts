// What the README claims: its console output is the example's real output, its snippets compile, its tables are complete.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { withBudgets } from '../bench/readme-table.js';
import { verdictsIn } from '../bench/results.js';
import { detectors } from '../src/detectors/index.js';
import { createProfiler, defaults } from '../src/index.js';
import { libraries } from './orms/libraries.js';
import { versionsIn } from './orms/results-table.js';

const root = join(__dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
// Inside the checkout, so that the snippets find the package by its own name.
mkdirSync(join(root, 'node_modules/.cache'), { recursive: true });
const scratch = mkdtempSync(join(root, 'node_modules/.cache/readme-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('the README', () => {
  it('has the libraries in the versions that are installed to be measured', () => {
    for (const { name, title } of libraries) {
      const place = join(root, 'test/orms', name);
      const { library } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'));
      const { packages } = JSON.parse(readFileSync(join(place, 'package-lock.json'), 'utf8'));
      expect(versionsIn(readme).get(title)).toBe(packages[`node_modules/${library}`].version);
    }
    expect(versionsIn(readme).size).toBe(libraries.length);
  });

  it('has the budgets as the bench last found them', () => {
    const results = readFileSync(join(root, 'bench/RESULTS.md'), 'utf8');
    expect(verdictsIn(results).length).toBeGreaterThan(0);
    expect(readme).toBe(withBudgets(readme, results));
  });

  it('shows what the examples print', () => {
    const shown = [...readme.matchAll(/<!-- golden: (\S+) -->\n```\n([\s\S]*?)\n```/g)];
    expect(shown).toHaveLength(4);
    for (const [, file, text] of shown) expect(text).toBe(readFileSync(join(root, file as string), 'utf8').trimEnd());
  });

  it('shows pictures that are there and load at once', () => {
    const pictures = [...readme.matchAll(/(?:srcset="|src="|\]\()([^")]+\.png)/g)].map(([, file]) => file as string);
    expect(pictures.length).toBeGreaterThan(4);
    for (const file of pictures) expect(statSync(join(root, file)).size, file).toBeLessThan(150_000);
  });

  it('has snippets that compile', () => {
    const snippets = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code as string);
    expect(snippets.length).toBeGreaterThan(1);
    snippets.forEach((code, i) => {
      writeFileSync(join(scratch, `snippet-${i}.mts`), code);
    });
    const config = { extends: join(root, 'tsconfig.json'), include: [join(scratch, '*.mts')] };
    writeFileSync(join(scratch, 'tsconfig.json'), JSON.stringify(config));
    const run = () =>
      execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', scratch], {
        encoding: 'utf8',
      });
    expect(run()).toBe('');
  });

  it('names every detector with its page and severity', () => {
    for (const { meta } of detectors) {
      expect(readme).toMatch(
        new RegExp(`\\[\`${meta.id}\`\\]\\(src/detectors/${meta.id}\\.md\\).*\\| ${meta.severity} \\|`),
      );
    }
  });

  it('names every option and limit, and no other', async () => {
    const table = readme.slice(readme.indexOf('### Options'), readme.indexOf('## What it finds'));
    const named = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name as string);
    for (const name of named)
      expect(() => createProfiler({ [name]: undefined, outputs: [], enabled: false })).not.toThrow();
    expect(() => createProfiler({ other: 1 } as object)).toThrow(`There are: ${named.join(', ')}.`);
    for (const limit of Object.keys(defaults.limits)) expect(table).toContain(`\`${limit}\``);
  });
});
