// What it takes to write reports, by their statements: of real requests to a real PostgreSQL.

import { Pool } from 'pg';
import { createProfiler } from '../../src/index.js';
import { consoleText } from '../../src/outputs/console.js';
import { pageOf } from '../../src/outputs/html/page.js';
import { scopeText } from '../../src/outputs/json/encode-report.js';
import { junitOf } from '../../src/outputs/junit.js';
import { markdownOf } from '../../src/outputs/markdown.js';
import { sarifOf } from '../../src/outputs/sarif.js';
import { runAtOnce } from '../../src/profile/slices.js';
import type { Report } from '../../src/report/report.js';
import { judged, RULES } from '../../test/support/judged.js';
import { measureInTurn } from '../in-turn.js';
import { tableLines } from '../table.js';
import { STATEMENTS, workloads } from '../workloads.cjs';
import type { Part } from './part.js';

const REQUESTS = 200;
const ROUNDS = 9;

export const reportsPart: Part = {
  name: 'reports',
  title: 'Writing reports',
  async measure(url) {
    const reports = await reportsOf(url);
    const run = { processes: [], reports, sources: {}, losses: [] };
    const verdict = judged(run);
    const took = measureInTurn(
      {
        console: () => reports.map((report) => consoleText(report, { width: 100, color: false })),
        'JSON lines': () => reports.map((report) => runAtOnce(scopeText(report))),
        'HTML page': () => pageOf(run),
        SARIF: () => JSON.stringify(sarifOf(run, verdict, { version: '0.0.0', rules: RULES })),
        JUnit: () => junitOf(run, verdict, { rules: RULES }),
        Markdown: () => markdownOf(run, verdict),
      },
      ROUNDS,
    );
    const statements = reports.length * STATEMENTS;
    const rows = Object.entries(took).map(([name, us]) => [
      name,
      `${(us / statements).toFixed(2)} µs`,
      `${(us / reports.length).toFixed(0)} µs`,
    ]);
    return {
      lines: [
        `${reports.length} requests, half of them the story and half of them 23 shapes`,
        ...tableLines([['', 'a statement', 'a request'], ...rows]),
      ],
      verdicts: [],
    };
  },
};

async function reportsOf(url: string): Promise<Report[]> {
  const pool = new Pool({ connectionString: url });
  const profiler = createProfiler({ outputs: [], enabled: true });
  profiler.wrap(pool);
  const reports: Report[] = [];
  for (let i = 0; i < REQUESTS; i++) {
    const name = i % 2 === 0 ? 'story' : 'shapes';
    reports.push((await profiler.capture(`GET /${name}`, () => workloads[name](pool))).report);
  }
  await profiler.close();
  await pool.end();
  return reports;
}
