// Runs the story by the Django and the SQLAlchemy of a Python, on a PostgreSQL that logs it, and holds what is found in each log to what was sent:
// `tsx judge-anew.ts /usr/bin/python3`. Ends with 1 where something else is found.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { csvlog, jsonlog, stderr } from '../../../src/logs/postgres/server-formats.js';
import { django, sqlalchemy } from '../../../src/logs/python/orm-formats.js';
import type { SourceFormat } from '../../../src/sources/source-format.js';
import { judgeLog, told } from '../judged-log.js';
import { LOG_LINE_PREFIX, record } from './record.js';

const TREE = '23 statements: n-plus-one likely 2, n-plus-one likely 20';
const EAGER = '3 statements: nothing';
const TRANSFER = '2 statements: missing-transaction likely 2';
const ATOMIC = '2 statements: nothing';

const BOTH = [TREE, EAGER, TRANSFER, ATOMIC, TREE, EAGER, TRANSFER, ATOMIC];

const EXPECTED: [log: string, format: SourceFormat, scopes: readonly string[]][] = [
  ['story.csv', csvlog, BOTH],
  ['story.json', jsonlog, BOTH],
  ['story.log', stderr, BOTH],
  ['sqlalchemy.log', sqlalchemy, [TREE, EAGER, TRANSFER, ATOMIC]],
  ['sqlalchemy-rows.log', sqlalchemy, [TREE.replaceAll('likely', 'proven')]],
  // Before the first transaction in it, the log does not show that it has them.
  ['django.log', django, [TREE, EAGER, ATOMIC, ATOMIC]],
];

async function main(python: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'queryscope-logs-'));
  try {
    const { versions, logs } = await record(python, folder);
    console.log(versions.join(', '));
    for (const [log, format, expected] of EXPECTED) {
      const judged = await judgeLog(format, logs.get(log) as string, { logLinePrefix: LOG_LINE_PREFIX });
      const found = told(judged);
      const isAsExpected = found.join('\n') === expected.join('\n') && judged.skips.length === 0;
      console.log(`${isAsExpected ? 'as sent' : 'NOT AS SENT'}: ${log}`);
      if (isAsExpected) continue;
      console.log([...found, ...judged.skips].map((line) => `  ${line}`).join('\n'));
      process.exitCode = 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void main(process.argv[2] as string);
