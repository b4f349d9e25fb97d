// In what order findings are read: the worst first, and a loop inside another right after it. No time decides, so that
// the same statements are told in the same order in each run.

import type { KeyedDraft } from './keys.js';
import type { Finding } from './report.js';

const SEVERITIES: readonly Finding['severity'][] = ['error', 'warning', 'info'];
/** What they find is a statement by itself, or the scope as a whole: nothing is inside it. */
const AROUND_NOTHING: ReadonlySet<string> = new Set(['statement-budget', 'slow-statement', 'large-result']);
const CONFIDENCES: readonly Finding['confidence'][] = ['proven', 'likely', 'possible'];

interface Node {
  draft: KeyedDraft;
  statements: ReadonlySet<number>;
  parent: Node | null;
  children: Node[];
  /** Of the whole tree: severity, confidence, how many statements; smaller sorts first. */
  rank: [severity: number, confidence: number, count: number];
}

/**
 * Puts findings in reading order, and gives each its id and its parent. Trees stand by their worst severity, their best confidence, their
 * statements, the most first, and then as they began; what hangs below one parent stands as it began. `drafts` are in the order of their first
 * statements.
 */
export function inOrder(drafts: readonly KeyedDraft[]): Finding[] {
  const nodes = drafts.map(nodeOf);
  const holders = holdersOf(nodes);
  for (const node of nodes) {
    node.parent = parentOf(node, holders);
    node.parent?.children.push(node);
  }
  // Parents begin earlier than what is inside them, so that from the end each tree is complete before it is added to a larger one.
  for (const node of nodes.toReversed()) if (node.parent) addRank(node.parent, node);

  const findings: Finding[] = [];
  const ids = new Map<Node, number>();
  const roots = nodes.filter((node) => node.parent === null);
  const waiting = roots.sort((a, b) => compare(a.rank, b.rank)).reverse();
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    const parent = node.parent === null ? null : (ids.get(node.parent) as number);
    const id = findings.length + 1;
    ids.set(node, id);
    findings.push({ id, parent, ...node.draft });
    for (const child of node.children.toReversed()) waiting.push(child);
  }
  return findings;
}

function nodeOf(draft: KeyedDraft): Node {
  const { severity, confidence, statements } = draft;
  return {
    draft,
    statements: new Set(statements),
    parent: null,
    children: [],
    rank: [SEVERITIES.indexOf(severity), CONFIDENCES.indexOf(confidence), -statements.length],
  };
}

/** For each statement, the findings that it is evidence of. */
function holdersOf(nodes: readonly Node[]): Map<number, Node[]> {
  const holders = new Map<number, Node[]>();
  for (const node of nodes) {
    for (const statement of node.statements) {
      const list = holders.get(statement);
      if (list) list.push(node);
      else holders.set(statement, [node]);
    }
  }
  return holders;
}

/**
 * The finding whose statements are this one's source. It begins earlier, so that none is inside itself; and it is no milder, so that a loop over
 * rows that were read twice is not filed under the duplicate.
 */
function parentOf({ draft, rank }: Node, holders: ReadonlyMap<number, readonly Node[]>): Node | null {
  const [first] = draft.source;
  if (first === undefined) return null;
  const start = draft.statements[0] as number;
  const isAround = (other: Node) =>
    !AROUND_NOTHING.has(other.draft.detector) &&
    (other.draft.statements[0] as number) < start &&
    SEVERITIES.indexOf(other.draft.severity) <= rank[0] &&
    draft.source.every((statement) => other.statements.has(statement));
  return holders.get(first)?.find(isAround) ?? null;
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
