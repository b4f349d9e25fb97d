// Analyze in a heap that holds a fraction of what the file says: what is held does not grow with the file, and nothing is lost over it. QUERYSCOPE_ANALYZE_MB
// sets the size of the file.

import { expect, test } from 'vitest';
import { measureAnalyze } from '../../bench/analyze.js';

const MEGABYTES = Number(process.env.QUERYSCOPE_ANALYZE_MB ?? 75);
/** The spans of a file of 75 MB take more. */
const HEAP_MB = 88;

test(`${MEGABYTES} MB of traces in a heap of ${HEAP_MB} MB`, { timeout: 600_000 }, async () => {
  const cost = await measureAnalyze({ megabytes: MEGABYTES, heapMb: HEAP_MB });
  console.log(
    `${cost.megabytes.toFixed(0)} MB: ${cost.megabytesPerSecond.toFixed(1)} MB/s, ${((1_000 * cost.megabytes) / cost.cpuMs).toFixed(1)} MB a second of CPU, ${cost.peakMb.toFixed(0)} MB of memory at most`,
  );
  expect(cost.stderr).toBe('');
  expect(cost.exitCode).toBe(1);
  const { watched, findings } = JSON.parse(cost.stdout);
  const { requests, statements, loops } = cost.written;
  expect([watched.scopes.request, watched.statements]).toEqual([requests, statements]);
  // A loop of fewer turns is only possible, and is found too.
  expect(findings[0].scopes).toBeGreaterThanOrEqual(loops);
});
