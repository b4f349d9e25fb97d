// The findings that made an assertion fail, drawn as the console draws them: the tree, the lines of code, the proof and what to send instead, for each
// report that has some.

import { drawBlock } from '../outputs/console/finding-block.js';
import { plain } from '../outputs/console/paint.js';
import { requestLine } from '../outputs/console/request-line.js';
import { blocksOf } from '../outputs/drawing/blocks.js';
import { sourceReader } from '../report/code-frame.js';
import type { Finding, Report } from '../report/report.js';
import { reportsOf } from '../report/run.js';
import { WIDTH } from './captured-statements.js';
import { testProfiler } from './test-profiler.js';

/** Lines of text, each report's followed by a blank one. `isShown` chooses among the findings of the report and of those inside it. */
export function drawFindings(outer: Report, isShown: (report: Report, finding: Finding) => boolean): string[] {
  const read = sourceReader(testProfiler().root);
  return [...reportsOf({ reports: [outer] })].flatMap((report) => {
    const shown = report.findings.filter((finding) => isShown(report, finding));
    if (shown.length === 0) return [];
    const blocks = blocksOf(shown);
    return [
      ...requestLine(report.profile, WIDTH, plain, report.infrastructure.length),
      '',
      ...blocks.flatMap((block) => [...drawBlock(block, report.profile, read, WIDTH, plain), '']),
    ];
  });
}
