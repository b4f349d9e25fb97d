// One block of the console: a tree of findings with its headline, its statements, the code that sends them, the proof,
// how it grows and what to send instead.

import type { CallSite, Profile } from '../../profile/types.js';
import { codeFrames, type ReadSource } from '../../report/code-frame.js';
import type { Finding } from '../../report/report.js';
import { wrap } from './cells.js';
import { drawFrames } from './draw-frame.js';
import { oneLine } from './harmless.js';
import { factCells, factLines, headline, type Painted } from './layout.js';
import { drawLoopTree, type FindingNode } from './loop-tree.js';
import { count } from './numbers.js';
import type { Paint, Style } from './paint.js';
import { replacementLines } from './replacement.js';
import { siteOf } from './statement-rows.js';
import { drawUnitBands } from './unit-bands.js';

/** What is drawn together: the trees that hang below one source, and all their findings, parents first. */
export interface Block {
  roots: FindingNode[];
  findings: Finding[];
}

/** How severe it is, without colour. */
export const SIGNS: Readonly<Record<Finding['severity'], string>> = { error: '✖', warning: '▲', info: '●' };
/** Lines of code shown of one finding: more are read in the file. */
const MOST_PLACES = 4;

const RANK: readonly Finding['severity'][] = ['error', 'warning', 'info'];

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

/** The sign of the block's worst finding, painted. */
export function signOf({ findings }: Block, paint: Paint): string {
  const worst = RANK.find((severity) => findings.some((finding) => finding.severity === severity)) ?? 'info';
  return paint(worst, SIGNS[worst]);
}

/** The detectors of the block, each once: `n-plus-one`. */
export function namesOf({ findings }: Block): string {
  return [...new Set(findings.map(({ detector }) => oneLine(detector)))].join(', ');
}

/** The whole block, without a blank line around it. */
export function drawBlock(block: Block, profile: Profile, read: ReadSource, width: number, paint: Paint): string[] {
  const places = block.findings.flatMap((finding) => placesOf(finding, profile));
  const [{ finding }] = block.roots as [FindingNode];
  const drawing =
    finding.category === 'atomicity'
      ? drawUnitBands(finding, profile, width, paint)
      : drawLoopTree(block.roots, profile, width, paint);
  const parts = [
    [...title(block, width, paint), ...drawing],
    drawFrames(codeFrames(places, read), width, paint),
    facts(block, profile, width, paint),
  ];
  return parts.filter((part) => part.length > 0).flatMap((part, index) => (index === 0 ? part : ['', ...part]));
}

/** The lines of code to show: a loop has one, what should have been one unit has several. */
function placesOf({ category, callSite, statements }: Finding, profile: Profile): CallSite[] {
  if (category !== 'atomicity') return callSite === null ? [] : [callSite];
  const sites = statements.map((index) => profile.statements[index]?.callSite ?? null);
  const distinct = new Map(
    [callSite, ...sites].flatMap((site) => (site === null ? [] : [[siteOf(site), site] as const])),
  );
  return [...distinct.values()].slice(0, MOST_PLACES);
}

function title(block: Block, width: number, paint: Paint): string[] {
  const verdicts = new Map<string, string>();
  for (const { detector, confidence } of block.findings) {
    verdicts.set(
      `${detector} · ${confidence}`,
      `${paint('strong', oneLine(detector))} ${paint('faint', `· ${confidence}`)}`,
    );
  }
  const lead: Painted = {
    text: ` ▲ ${oneLine([...verdicts.keys()].join(', '))}`,
    painted: ` ${signOf(block, paint)} ${[...verdicts.values()].join(', ')}`,
  };
  return headline(lead, summaryOf(block), width);
}

/** "23 statements where 3 do" for loops, with all that hangs from their source; others say it themselves. */
function summaryOf({ roots, findings }: Block): string {
  const isLoop = roots.every(({ finding }) => finding.data.totalStatements !== undefined);
  if (!isLoop) return each(roots.map(({ finding }) => finding.message)).join('; ');
  const source = sourceOf(roots);
  const total = new Set([...source, ...findings.flatMap(({ statements }) => statements)]).size;
  const minimal = source.length + findings.length;
  return `${count(total)} statements where ${count(minimal)} ${minimal === 1 ? 'does' : 'do'}`;
}

/** The statements that all roots of a block have as their source. */
function sourceOf(roots: readonly FindingNode[]): readonly number[] {
  return roots[0]?.finding.source ?? [];
}

function facts({ roots, findings }: Block, profile: Profile, width: number, paint: Paint): string[] {
  const room = factCells(width);
  const fact = (label: string, texts: readonly string[], style?: Style) => {
    const body = each(texts).flatMap((text) => wrap(text, room));
    return factLines(label, style ? body.map((line) => paint(style, line)) : body, paint);
  };
  const replacements = findings.flatMap(({ replacement }) => replacement ?? []);
  const isBlind = profile.visible.callSites && findings.some(({ callSite }) => callSite === null);
  return [
    ...fact('proof', [proofOf(findings.filter(isProven))]),
    ...fact(
      'why',
      findings.filter((finding) => !isProven(finding)).map(({ why }) => why),
    ),
    ...fact('grows', [growthOf(roots)], 'strong'),
    ...factLines('instead', replacementLines(replacements, room, paint), paint),
    ...fact(
      'advice',
      findings.filter(({ replacement }) => replacement === null).map(({ advice }) => advice),
    ),
    ...fact('where', isBlind ? ['no frame of the app was on the stack'] : []),
  ];
}

/** What was seen of the values says it all: no word on how that was judged is needed. */
function isProven({ confidence, source, data }: Finding): boolean {
  return confidence === 'proven' && source.length > 0 && data.proof !== undefined;
}

/** The proofs of all levels in one sentence: "2 of 2 chat_id are chat.id, 20 of 20 users.id are …, both in row order". */
function proofOf(proven: readonly Finding[]): string {
  const proofs = new Map(proven.map(({ data }) => [String(data.proof), data.order]));
  const orders = [...proofs.values()];
  if (!orders.every((order) => order !== undefined && order === orders[0])) {
    return [...proofs].map(([proof, order]) => (order === undefined ? proof : `${proof} ${order}`)).join(', ');
  }
  const each = proofs.size === 1 ? '' : proofs.size === 2 ? 'both ' : 'all ';
  return proofs.size === 0 ? '' : `${[...proofs.keys()].join(', ')}, ${each}${orders[0]}`;
}

/** A root's own sentence; of several below one source, what they grow to together. */
function growthOf(roots: readonly FindingNode[]): string {
  const [{ finding }] = roots as [FindingNode];
  const figures = roots.map(({ finding }) => finding.data.growsTo1000);
  if (roots.length === 1 || !figures.every((figure) => typeof figure === 'number'))
    return String(finding.data.grows ?? '');
  // Each figure counts the source in.
  const together = figures.reduce((sum, figure) => sum + figure, -(roots.length - 1) * sourceOf(roots).length);
  return `1,000 rows of ${finding.data.root ?? 'the source'} → ${count(together)} statements`;
}

/** Each text once, in one line; empty ones left out. */
function each(texts: readonly string[]): string[] {
  return [...new Set(texts.map(oneLine))].filter((text) => text !== '');
}
