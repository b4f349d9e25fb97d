// Findings that are drawn together, and the words for them as a whole: one tree of loops has one headline, one proof and
// one growth, whatever it is drawn with.

import type { CallSite, Profile } from '../../profile/types.js';
import { SEVERITIES } from '../../report/ranks.js';
import type { Finding } from '../../report/report.js';
import { oneLine } from './harmless.js';
import { count } from './numbers.js';
import { siteOf } from './site-name.js';

/** A finding with those that its rows feed. */
export interface FindingNode {
  finding: Finding;
  children: FindingNode[];
}

/** What is drawn together: the trees that hang below one source, and all their findings, parents first. */
export interface Block {
  roots: FindingNode[];
  findings: Finding[];
}

/** Lines of code shown of one finding: more are read in the file. */
const MOST_PLACES = 4;

/** The report's findings in blocks, in the report's order; what hangs below one source, in the order in which it began. */
export function blocksOf(findings: readonly Finding[]): Block[] {
  const nodes = new Map(findings.map((finding) => [finding.id, { finding, children: [] } as FindingNode]));
  const blocks = new Map<string, Block>();
  for (const node of nodes.values()) {
    const parent = node.finding.parent === null ? undefined : nodes.get(node.finding.parent);
    if (parent) {
      parent.children.push(node);
      continue;
    }
    const { id, source, category } = node.finding;
    const isAlone = source.length === 0 || category === 'atomicity';
    const place = isAlone ? `finding ${id}` : `source ${source.join()}`;
    const block = blocks.get(place) ?? { roots: [], findings: [] };
    block.roots.push(node);
    blocks.set(place, block);
  }
  for (const block of blocks.values()) {
    block.roots.sort((a, b) => firstStatement(a) - firstStatement(b));
    block.findings = block.roots.flatMap(withChildren);
  }
  return [...blocks.values()];
}

function firstStatement({ finding }: FindingNode): number {
  return finding.statements[0] ?? 0;
}

function withChildren(node: FindingNode): Finding[] {
  return [node.finding, ...node.children.flatMap(withChildren)];
}

/** How bad the worst of a block is. */
export function severityOf({ findings }: Block): Finding['severity'] {
  return SEVERITIES.find((severity) => findings.some((finding) => finding.severity === severity)) ?? 'info';
}

/** The lines of code to show: a loop has one, what should have been one unit has several. */
export function placesOf({ category, callSite, statements }: Finding, profile: Profile): CallSite[] {
  if (category !== 'atomicity') return callSite === null ? [] : [callSite];
  const sites = statements.map((index) => profile.statements[index]?.callSite ?? null);
  const distinct = new Map(
    [callSite, ...sites].flatMap((site) => (site === null ? [] : [[siteOf(site), site] as const])),
  );
  return [...distinct.values()].slice(0, MOST_PLACES);
}

/** How much a tree of loops sends. */
export interface LoopFigures {
  statements: number;
  /** As many as would do the same: one for each loop, and what feeds them. */
  minimal: number;
  /** With 1,000 rows of what feeds them; null where that is not known. */
  later: number | null;
}

/** With all that hangs from their source; null where the block is no tree of loops. */
export function loopFigures({ roots, findings }: Block): LoopFigures | null {
  if (!roots.every(({ finding }) => finding.data.totalStatements !== undefined)) return null;
  const source = sourceOf(roots);
  const statements = new Set([...source, ...findings.flatMap((finding) => finding.statements)]).size;
  const figures = roots.map(({ finding }) => finding.data.growsTo1000);
  // Each figure counts the source in.
  const later = figures.every((figure) => typeof figure === 'number')
    ? figures.reduce((sum, figure) => sum + figure, -(roots.length - 1) * source.length)
    : null;
  return { statements, minimal: source.length + findings.length, later };
}

/** "23 statements where 3 do" for loops; others say it themselves. */
export function summaryOf(block: Block): string {
  const figures = loopFigures(block);
  if (figures === null) return each(block.roots.map(({ finding }) => finding.message)).join('; ');
  const { statements, minimal } = figures;
  return `${count(statements)} statements where ${count(minimal)} ${minimal === 1 ? 'does' : 'do'}`;
}

/** The statements that all roots of a block have as their source. */
function sourceOf(roots: readonly FindingNode[]): readonly number[] {
  return roots[0]?.finding.source ?? [];
}

/** What was seen of the values says it all: no word on how that was judged is needed. */
export function isProven({ confidence, source, data }: Finding): boolean {
  return confidence === 'proven' && source.length > 0 && data.proof !== undefined;
}

/** The proofs of all levels in one sentence: "2 of 2 chat_id are chat.id, 20 of 20 users.id are …, both in row order". */
export function proofOf(proven: readonly Finding[]): string {
  const proofs = new Map(proven.map(({ data }) => [String(data.proof), data.order]));
  const orders = [...proofs.values()];
  if (!orders.every((order) => order !== undefined && order === orders[0])) {
    return [...proofs].map(([proof, order]) => (order === undefined ? proof : `${proof} ${order}`)).join(', ');
  }
  const each = proofs.size === 1 ? '' : proofs.size === 2 ? 'both ' : 'all ';
  return proofs.size === 0 ? '' : `${[...proofs.keys()].join(', ')}, ${each}${orders[0]}`;
}

/** A root's own sentence; of several below one source, what they grow to together. */
export function growthOf(block: Block): string {
  const [{ finding }] = block.roots as [FindingNode];
  const later = loopFigures(block)?.later ?? null;
  if (block.roots.length === 1 || later === null) return String(finding.data.grows ?? '');
  return `1,000 rows of ${finding.data.root ?? 'the source'} → ${count(later)} statements`;
}

/** Each text once, in one line; empty ones left out. */
export function each(texts: readonly string[]): string[] {
  return [...new Set(texts.map(oneLine))].filter((text) => text !== '');
}
