// Analyze in a heap that holds a fraction of what the file says: what is held does not grow with the file, and nothing is lost over it. QUERYSCOPE_ANALYZE_MB
// sets the size of the file.

import { expect, test } from 'vitest';
import { measureAnalyze } from '../../bench/analyze.js';

const MEGABYTES = Number(process.env.QUERYSCOPE_ANALYZE_MB ?? 75);

/** What the spans, or the statements, of a file of 75 MB take is more than these MB. */
test.each([
  ['otlp', 88],
  ['csvlog', 112],
] as const)(`${MEGABYTES} MB of %s in a heap of %i MB`, { timeout: 600_000 }, async (source, heapMb) => {
  const cost = await measureAnalyze({ source, megabytes: MEGABYTES, heapMb });
  console.log(
    `${source}, ${cost.megabytes.toFixed(0)} MB: ${cost.megabytesPerSecond.toFixed(1)} MB/s, ${((1_000 * cost.megabytes) / cost.cpuMs).toFixed(1)} MB a second of CPU, ${cost.peakMb.toFixed(0)} MB of memory at most`,
  );
  expect(cost.stderr).toBe('');
  expect(cost.exitCode).toBe(1);
  const { watched, findings } = JSON.parse(cost.stdout);
  const { requests, statements, loops } = cost.written;
  expect([watched.scopes.request, watched.statements]).toEqual([requests, statements]);
  // A loop of fewer turns is only possible, and is found too.
  const found = findings.reduce((sum: number, { scopes }: { scopes: number }) => sum + scopes, 0);
  expect(found).toBeGreaterThanOrEqual(loops);
});
