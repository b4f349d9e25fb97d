// The findings of a run as the page shows them: each with all that hangs together with it, in words and drawings, from the scope where it was
// worst, and where else it was.

import { createHash } from 'node:crypto';
import type { Profile, Statement } from '../../profile/types.js';
import { codeFrames, type ReadSource } from '../../report/code-frame.js';
import type { Finding, Report } from '../../report/report.js';
import { type FindingGroup, findingGroups, type Occurrence, type Run } from '../../report/run.js';
import { readCollected } from '../../report/source-lines.js';
import { alignConditions } from '../drawing/align-conditions.js';
import { type Band, bandsOf } from '../drawing/bands.js';
import {
  type Block,
  blocksOf,
  growthOf,
  isProven,
  loopFigures,
  placesOf,
  proofOf,
  severityOf,
  summaryOf,
} from '../drawing/blocks.js';
import { type Branch, branchesOf } from '../drawing/branches.js';
import { formatSql } from '../drawing/format-sql.js';
import { briefSql } from '../drawing/short-sql.js';
import { siteOf } from '../drawing/site-name.js';
import type { BandRow, Card, CardStatement, Growth, Replacement, TreeRow } from './model.js';
import { runnableSql } from './runnable-sql.js';

/** Findings are as many as lines that loop; more than this is a run that makes up names, and no page to read. */
export const MOST_CARDS = 1_000;
/** Scopes that a card links to. */
const MOST_SCOPES_OF_CARD = 100;
/** Lines of one drawing. */
const MOST_LINES = 24;
/** Characters of a line of SQL that is laid out. */
const SQL_WIDTH = 56;
/** Longer SQL is slow to lay out, and nothing to read. */
const MOST_CHARACTERS = 4_000;

export interface Cards {
  cards: Card[];
  /** By the key of a finding, the card that tells it. */
  cardOf: ReadonlyMap<string, number>;
  /** Findings over `MOST_CARDS`. */
  left: number;
}

/** One card for each tree of findings, the worst first. */
export function cardsOf(run: Run, indexOf: ReadonlyMap<Report, number>): Cards {
  const groups = findingGroups(run);
  const groupOf = new Map(groups.map((group) => [group.key, group]));
  const read = readCollected(run.sources);
  const cards: Card[] = [];
  const cardOf = new Map<string, number>();
  let left = 0;
  for (const { key, worst } of groups) {
    if (cardOf.has(key)) continue;
    if (cards.length === MOST_CARDS) {
      left += 1;
      continue;
    }
    const block = blockOf(worst);
    const own = block.findings.flatMap((finding) => groupOf.get(finding.key) ?? []).filter((g) => !cardOf.has(g.key));
    for (const group of own) cardOf.set(group.key, cards.length);
    cards.push(cardFrom(block, worst, own, indexOf, read));
  }
  return { cards, cardOf, left };
}

/** What hangs together with a finding; what is only possible hangs together with its like. */
function blockOf({ finding, report }: Occurrence): Block {
  const isLike = ({ confidence }: Finding) => (confidence === 'possible') === (finding.confidence === 'possible');
  return blocksOf(report.findings.filter(isLike)).find(({ findings }) => findings.includes(finding)) as Block;
}

function cardFrom(
  block: Block,
  { report }: Occurrence,
  groups: readonly FindingGroup[],
  indexOf: ReadonlyMap<Report, number>,
  read: ReadSource,
): Card {
  const { profile } = report;
  const { findings } = block;
  const [first] = findings as [Finding];
  const statements = statementsOf(findings, profile);
  const scopes = new Set([report, ...groups.flatMap(({ occurrences }) => occurrences.map((each) => each.report))]);
  const isAtomicity = first.category === 'atomicity';
  const tree = isAtomicity ? [] : treeRows(branchesOf(block.roots, profile));
  const bands = isAtomicity ? bandsOf(first, profile) : [];
  return {
    id: createHash('sha256')
      .update(groups.map(({ key }) => key)[0] ?? first.key)
      .digest('hex')
      .slice(0, 10),
    severity: severityOf(block),
    confidence: first.confidence,
    detectors: [...new Set(findings.map(({ detector }) => detector))],
    headline: summaryOf(block),
    findings: findings.map(({ key, detector, severity, confidence, message, why, advice }) => ({
      key,
      detector,
      severity,
      confidence,
      message,
      why,
      advice,
    })),
    tree: tree.slice(0, MOST_LINES),
    bands: bandRows(bands.slice(0, MOST_LINES)),
    linesLeft: Math.max(0, tree.length - MOST_LINES) + Math.max(0, bands.length - MOST_LINES),
    code: codeFrames(
      findings.flatMap((finding) => placesOf(finding, profile)),
      read,
    ),
    proof: proofOf(findings.filter(isProven)),
    growth: growthFrom(block),
    replacements: replacementsFrom(findings),
    statements: statementsToCopy(statements),
    scopes: [...scopes].flatMap((each) => indexOf.get(each) ?? []).slice(0, MOST_SCOPES_OF_CARD),
    scopeCount: scopes.size,
    labels: labelsOf(scopes),
    tables: [...new Set(statements.flatMap(({ shape }) => [...shape.reads, ...shape.writes]))],
    places: placesNamed(findings, statements),
  };
}

/** What the findings name, in the order in which it was sent. */
function statementsOf(findings: readonly Finding[], { statements }: Profile): Statement[] {
  const named = new Set(findings.flatMap((finding) => [...finding.source, ...finding.statements]));
  return statements.filter(({ index }) => named.has(index));
}

function treeRows(branches: readonly Branch[]): TreeRow[] {
  const rows: TreeRow[] = [];
  const add = (branch: Branch, parent: number | null, depth: number) => {
    const { count, sql, failure, site, finding } = branch;
    const place = rows.push({
      parent,
      depth,
      count,
      sql,
      failure,
      site,
      flow: parent === null ? null : flowOf(finding),
    });
    for (const child of branch.children) add(child, place - 1, depth + 1);
  };
  for (const branch of branches) add(branch, null, 0);
  return rows;
}

/** What the values say, in a few words. */
function flowOf(finding: Finding | null): string | null {
  if (finding === null || finding.data.proof === undefined) return null;
  return [finding.data.proof, finding.data.order].filter((part) => part !== undefined).join(', ');
}

function bandRows(bands: readonly Band[]): BandRow[] {
  const several = new Set(bands.flatMap(({ transaction }) => transaction?.index ?? [])).size > 1;
  return bands.map(({ transaction, runs }) => ({
    label: transaction === null ? 'autocommit' : several ? `transaction ${transaction.index + 1}` : 'transaction',
    outcome: transaction === null ? 'autocommit' : transaction.outcome,
    lines: runs.map(({ statements, sql, site, ending }) => ({
      count: statements.length,
      sql,
      site,
      ending: ending.text,
      failed: ending.failed,
    })),
  }));
}

function growthFrom(block: Block): Growth | null {
  const text = growthOf(block);
  if (text === '') return null;
  const figures = loopFigures(block);
  return { text, now: figures?.statements ?? 0, later: figures?.later ?? null, minimal: figures?.minimal ?? 0 };
}

function replacementsFrom(findings: readonly Finding[]): Replacement[] {
  const replacements = [...new Set(findings.flatMap(({ replacement }) => replacement ?? []))];
  const brief = alignConditions(replacements.map(briefSql));
  return replacements.map((sql, index) => ({ brief: brief[index] as string, sql: laidOut(sql) }));
}

function laidOut(sql: string): string {
  return sql.length > MOST_CHARACTERS ? `${sql.slice(0, MOST_CHARACTERS)} …` : formatSql(sql, SQL_WIDTH).join('\n');
}

/** One of each shape. */
function statementsToCopy(statements: readonly Statement[]): CardStatement[] {
  const byShape = new Map<string, Statement>();
  for (const statement of statements) if (!byShape.has(statement.shape.id)) byShape.set(statement.shape.id, statement);
  return [...byShape.values()].map((statement) => ({
    sql: laidOut(statement.sql),
    runnable: runnableSql(statement),
  }));
}

function labelsOf(reports: Iterable<Report>): { label: string; scopes: number }[] {
  const counts = new Map<string, number>();
  for (const { profile } of reports) counts.set(profile.label, (counts.get(profile.label) ?? 0) + 1);
  return [...counts]
    .map(([label, scopes]) => ({ label, scopes }))
    .sort((a, b) => b.scopes - a.scopes || (a.label < b.label ? -1 : 1));
}

function placesNamed(findings: readonly Finding[], statements: readonly Statement[]): string[] {
  const sites = [...findings, ...statements].flatMap(({ callSite }) => callSite ?? []);
  return [...new Set(sites.map(siteOf))].slice(0, MOST_LINES);
}
