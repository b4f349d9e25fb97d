// The bench: what queryscope costs, as ratios within one run. `npm run bench` runs all parts, `npm run bench -- null real` those that are named, and
// `--nodes 20,22,24` runs them on these majors of Node. Ends with 1 where a budget is not held.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDatabase } from '../examples/database.js';
import type { Verdict } from './budgets.js';
import { seed } from './database.js';
import { runOn } from './nodes.js';
import { analysisPart } from './parts/analysis.js';
import { analyzePart } from './parts/analyze.js';
import { expressPart } from './parts/express.js';
import { flowsPart } from './parts/flows.js';
import { heapPart } from './parts/heap.js';
import { lexerPart } from './parts/lexer.js';
import { memoryPart } from './parts/memory.js';
import { nullPart } from './parts/null.js';
import type { Part } from './parts/part.js';
import { pluginPart } from './parts/plugin.js';
import { buildersPart, realPart, replayedPart } from './parts/postgres.js';
import { reportsPart } from './parts/reports.js';
import { withBudgets } from './readme-table.js';
import { textOf, verdictLine, withPart } from './results.js';

const PARTS: readonly Part[] = [
  nullPart,
  replayedPart,
  realPart,
  buildersPart,
  expressPart,
  memoryPart,
  heapPart,
  analysisPart,
  reportsPart,
  lexerPart,
  analyzePart,
  pluginPart,
  flowsPart,
];
const NAMES = PARTS.map(({ name }) => name);
const RESULTS = join(__dirname, 'RESULTS.md');
const README = join(__dirname, '../README.md');

function chosen(names: readonly string[]): readonly Part[] {
  for (const name of names) {
    if (!NAMES.includes(name))
      throw new Error(`There is no part "${name}" of the bench. There are: ${NAMES.join(', ')}.`);
  }
  return names.length === 0 ? PARTS : PARTS.filter(({ name }) => names.includes(name));
}

function versionOf(name: string): string {
  return `${name} ${JSON.parse(readFileSync(join(__dirname, '../node_modules', name, 'package.json'), 'utf8')).version}`;
}

function machine(): string {
  const [cpu] = cpus();
  const versions = ['pg', '@opentelemetry/instrumentation-pg'].map(versionOf);
  return [
    `Node ${process.version}`,
    `${process.platform} ${process.arch}`,
    `${cpus().length} × ${cpu?.model}`,
    ...versions,
  ].join(', ');
}

/** Into RESULTS.md, and from there into the README. */
function keep(part: Part, text: string): void {
  const before = existsSync(RESULTS) ? readFileSync(RESULTS, 'utf8') : '';
  const major = Number(process.versions.node.split('.')[0]);
  const results = withPart(before, major, part.name, text, NAMES);
  writeFileSync(RESULTS, results);
  writeFileSync(README, withBudgets(readFileSync(README, 'utf8'), results));
}

async function measure(parts: readonly Part[]): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  console.log(machine());
  const database = await openDatabase();
  try {
    await seed(database.url);
    for (const part of parts) {
      console.log(`\n${part.title}`);
      const findings = await part.measure(database.url);
      for (const line of findings.lines) console.log(`  ${line}`);
      for (const verdict of findings.verdicts) console.log(`  ${verdictLine(verdict)}`);
      keep(part, textOf(part.title, machine(), findings));
      verdicts.push(...findings.verdicts);
    }
  } finally {
    await database.stop();
  }
  return verdicts;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { nodes: { type: 'string' } } });
  const parts = chosen(positionals);
  if (values.nodes !== undefined) {
    process.exitCode = runOn(values.nodes.split(',').map(Number), positionals) ? 0 : 1;
    return;
  }
  const verdicts = await measure(parts);
  const broken = verdicts.filter(({ held }) => !held);
  console.log(`\n${verdicts.length} budgets, ${broken.length} not held`);
  for (const verdict of broken) console.log(verdictLine(verdict));
  process.exitCode = broken.length > 0 ? 1 : 0;
}

void main();
