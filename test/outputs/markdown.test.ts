// Markdown as GitHub renders it: a table and folded drawings; what is left out is said, and no text does anything.

import { expect, test } from 'vitest';
import { markdownOf } from '../../src/outputs/markdown.js';
import { chatsRun, runOf } from '../support/example-run.js';
import { HOSTILE } from '../support/hostile.js';
import { baselineOf, judged } from '../support/judged.js';
import { finding, profile, report, site } from './console/reports.js';

test('the lazy example, as one would paste it', async () => {
  const run = await chatsRun('/chats', '/chats/batched');
  const markdown = markdownOf(run, judged(run), { linkTo: (file, line) => `https://example.com/${file}#L${line}` });
  await expect(markdown.replace(/[\d.,]+ of [\d.,]+ ms/g, '… of … ms')).toMatchFileSnapshot('markdown/golden/lazy.md');
});

test('a clean run is two lines', async () => {
  const run = await chatsRun('/chats/batched');
  expect(markdownOf(run, judged(run))).toBe('### ✓ queryscope: 0 findings\n\n1 request · 3 statements\n\n');
});

const manyFindings = (many: number) =>
  runOf([
    report(
      profile('GET /', [{ sql: 'select 1' }]),
      Array.from({ length: many }, (_, index) =>
        finding({ id: index + 1, statements: [0], message: `finding ${index + 1}` }),
      ),
    ),
  ]);

test('what does not fit is left out from the end on, and said', () => {
  const run = manyFindings(40);
  const whole = markdownOf(run, judged(run));
  const cut = markdownOf(run, judged(run), { maxBytes: 8_000 });
  expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(8_000);
  const kept = cut.slice(0, cut.lastIndexOf('\n_'));
  expect(whole.startsWith(kept)).toBe(true);
  const shown = kept.match(/<details>/g)?.length ?? 0;
  expect(shown).toBeGreaterThan(0);
  expect(cut.slice(kept.length)).toMatch(
    new RegExp(`^\n_${41 - shown} parts of this summary left out: there is no more room for it here\\._\n$`),
  );
});

test('with no room at all it is nothing', () => {
  const run = manyFindings(1);
  expect(markdownOf(run, judged(run), { maxBytes: 20 })).toBe('');
});

test('fifty findings in the table, and how many more', () => {
  const run = manyFindings(60);
  const markdown = markdownOf(run, judged(run));
  expect(markdown.match(/^\| ▲ /gm)?.length).toBe(50);
  expect(markdown).toContain('\n_and 10 findings more_\n');
});

test('what is known, gone or missing is told', () => {
  const run = {
    ...manyFindings(2),
    losses: [{ code: 'not-ended' as const, message: 'one process did not end', count: 1 }],
  };
  const baseline = baselineOf('key 1', 'gone');
  const markdown = markdownOf(run, judged(run, { baseline, complete: true }));
  expect(markdown).toMatch(/^### ✖ queryscope: 1 new finding, which fails · 1 known · 1 gone\n/);
  expect(markdown).toContain('- ⚠ one process did not end\n');
  expect(markdown).toContain('**n-plus-one** · proven · known: finding 1');
  expect(markdown).toContain('**n-plus-one** · proven · new: finding 2');
  expect(markdown).toContain('- gone: `gone`, known since 2026-01-01\n');
});

test('whatever texts contain, the table stays a table, and nothing is HTML, a link, an image or somebody who is called', () => {
  const loop = finding({
    id: 1,
    statements: [0],
    detector: HOSTILE,
    message: HOSTILE,
    why: HOSTILE,
    replacement: HOSTILE,
    callSite: site(HOSTILE, 1),
  });
  const run = runOf([report(profile(HOSTILE, [{ sql: HOSTILE }]), [loop])], {
    losses: [{ code: 'write-failed', message: HOSTILE, count: 1 }],
  });
  const lines = markdownOf(run, judged(run)).split('\n');
  const outside = withoutCode(lines);
  const rows = outside.filter((line) => line.startsWith('|'));
  expect(rows.map((row) => row.match(/(?<!\\)\|/g)?.length)).toEqual([5, 5, 5]);
  for (const line of outside) {
    expect(line).not.toMatch(/@\w/);
    // In a block of HTML, which this begins, a link is text as it stands.
    if (line.startsWith('<details>'))
      expect(line.match(/<[^>]*>/g)?.join('')).toBe('<details><summary><b></b><code></code></summary>');
    else expect(line.replace(/^<\/details>$/, '')).not.toMatch(/(?<!\\)<|(?<!\\)!?\[[^\]]*\]\(/);
  }
});

/** The lines without blocks of code and without code in lines, by CommonMark's rules: as many backticks end it as began it. */
function withoutCode(lines: readonly string[]): string[] {
  const outside: string[] = [];
  let fence: string | null = null;
  for (const line of lines) {
    const [opening] = /^`{3,}/.exec(line) ?? [];
    if (fence !== null) {
      if (opening !== undefined && opening.length >= fence.length && line === opening) fence = null;
    } else if (opening !== undefined) fence = opening;
    else if (line.startsWith('<')) outside.push(line);
    else outside.push(line.replace(/(?<![\\`])(`+)(?!`)(.*?)(?<!`)\1(?!`)/g, ''));
  }
  expect(fence).toBe(null);
  return outside;
}
