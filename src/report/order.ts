// In what order findings are read: the worst first, what is only possible last, and a loop inside another right after it. No time decides, so that
// the same statements are told in the same order in each run.

import { FINE_LOT, LOT } from '../profile/slices.js';
import { sorted } from '../profile/sorted.js';
import { CONFIDENCES, SEVERITIES } from './ranks.js';
import type { Finding } from './report.js';

/** What they find is a statement by itself, or the scope as a whole: nothing is inside it. */
const AROUND_NOTHING: ReadonlySet<string> = new Set([
  'statement-budget',
  'slow-statement',
  'large-result',
  'silent-rollback',
  'nested-transaction',
  'ineffective-lock',
]);

interface Node {
  finding: Finding;
  parent: Node | null;
  children: Node[];
  /** Of the whole tree: severity, confidence, how many statements; smaller sorts first. */
  rank: [severity: number, confidence: number, count: number];
}

/**
 * Puts findings in reading order, and gives each its id and its parent. Trees stand by their worst severity, their best confidence, their
 * statements, the most first, and then as they began; what hangs below one parent stands as it began. `unordered` are in the order of their
 * first statements.
 */
export function* inOrder(unordered: readonly Finding[]): Generator<void, Finding[]> {
  const nodes: Node[] = [];
  for (const finding of unordered) if (nodes.push(nodeOf(finding)) % LOT === 0) yield;
  if (nodes.length > 1) {
    const holders = yield* holdersOf(nodes);
    for (const node of nodes) {
      node.parent = yield* parentOf(node, holders);
      node.parent?.children.push(node);
      yield;
    }
  }
  // Parents begin earlier than what is inside them, so that from the end each tree is complete before it is added to a larger one.
  const roots: Node[] = [];
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i] as Node;
    if (node.parent) addRank(node.parent, node);
    if (i % LOT === LOT - 1) yield;
  }
  for (const node of nodes) if (node.parent === null && roots.push(node) % LOT === 0) yield;

  const findings: Finding[] = [];
  for (const root of yield* sorted(roots, (a, b) => compare(a.rank, b.rank))) {
    const waiting = [root];
    for (let node = waiting.pop(); node; node = waiting.pop()) {
      const { finding, parent } = node;
      finding.id = findings.push(finding);
      finding.parent = parent === null ? null : parent.finding.id;
      if (finding.id % LOT === 0) yield;
      for (let i = node.children.length - 1; i >= 0; i--) waiting.push(node.children[i] as Node);
    }
  }
  return findings;
}

function nodeOf(finding: Finding): Node {
  const { severity, confidence, statements } = finding;
  return {
    finding,
    parent: null,
    children: [],
    rank: [
      // What may be nothing is read last, however bad it would be.
      SEVERITIES.indexOf(severity) + (confidence === 'possible' ? SEVERITIES.length : 0),
      CONFIDENCES.indexOf(confidence),
      -statements.length,
    ],
  };
}

/** What has to happen as a whole is no loop either: nothing is inside it, and it is inside nothing. */
function isNoLoop({ detector, category }: Finding): boolean {
  return category === 'atomicity' || AROUND_NOTHING.has(detector);
}

/** By the indexes of statements. Most are of one finding, and those share its list. */
type Holders = readonly (readonly Node[] | undefined)[];

/** For each statement, the findings that it is evidence of and that others may be inside. None is inside itself. */
function* holdersOf(nodes: readonly Node[]): Generator<void, Holders> {
  const holders: (readonly Node[] | undefined)[] = [];
  let looked = 0;
  for (const node of nodes) {
    if (isNoLoop(node.finding)) continue;
    const { statements } = node.finding;
    const alone = [node];
    for (let i = 0; i < statements.length; i++) {
      if (++looked % FINE_LOT === 0) yield;
      const statement = statements[i] as number;
      const others = holders[statement];
      holders[statement] = others === undefined ? alone : [...others, node];
    }
  }
  return holders;
}

/**
 * The finding whose statements are this one's source. It begins earlier, so that none is inside itself; and it is no milder, so that a loop over
 * rows that were read twice is not filed under the duplicate.
 */
function* parentOf({ finding, rank }: Node, holders: Holders): Generator<void, Node | null> {
  const { source, category } = finding;
  const [first] = source;
  if (first === undefined || category === 'atomicity') return null;
  const start = finding.statements[0] as number;
  for (const other of holders[first] ?? []) {
    const { severity, statements } = other.finding;
    if ((statements[0] as number) >= start || SEVERITIES.indexOf(severity) > rank[0]) continue;
    let held = 0;
    while (held < source.length && holders[source[held] as number]?.includes(other)) {
      if (++held % FINE_LOT === 0) yield;
    }
    if (held === source.length) return other;
  }
  return null;
}

/** A tree is as bad as the worst in it and sends what all in it send. */
function addRank(parent: Node, child: Node): void {
  const [severity, confidence, count] = parent.rank;
  parent.rank = [Math.min(severity, child.rank[0]), Math.min(confidence, child.rank[1]), count + child.rank[2]];
}

function compare(a: readonly number[], b: readonly number[]): number {
  const differs = a.findIndex((figure, i) => figure !== b[i]);
  return differs < 0 ? 0 : (a[differs] as number) - (b[differs] as number);
}
