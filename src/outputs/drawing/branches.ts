// Findings whose rows feed each other as one tree: the source statement at the root, each loop below what feeds it.

import type { CallSite, Profile, Statement } from '../../profile/types.js';
import type { Finding } from '../../report/report.js';
import type { FindingNode } from './blocks.js';
import { oneLine } from './harmless.js';
import { shortSql } from './short-sql.js';
import { siteOf } from './site-name.js';

/** A statement in the tree with what hangs below it. */
export interface Branch {
  /** The finding that it is; null for the source of the outermost. */
  finding: Finding | null;
  count: number;
  sql: string;
  /** What the server answered to one of them that failed; empty where none did. */
  failure: string;
  site: string;
  children: Branch[];
}

/** Roots that have a source hang below it: they share it, else they would be drawn apart. */
export function branchesOf(roots: readonly FindingNode[], profile: Profile): Branch[] {
  const loops = roots.flatMap((root) => loopBranches(root, profile));
  const sources = statementsAt(roots[0]?.finding.source ?? [], profile);
  const [first] = sources;
  return first === undefined ? loops : [branchOf(null, sources, first.callSite, loops)];
}

/** One branch a shape: a loop is one shape, what a budget counts may be several. What is below hangs from the last. */
function loopBranches({ finding, children }: FindingNode, profile: Profile): Branch[] {
  const shapes = new Map<string, Statement[]>();
  for (const statement of statementsAt(finding.statements, profile)) {
    const same = shapes.get(statement.shape.id);
    if (same) same.push(statement);
    else shapes.set(statement.shape.id, [statement]);
  }
  const below = children.flatMap((child) => loopBranches(child, profile));
  return [...shapes.values()].map((statements, index) => {
    const site = shapes.size === 1 ? finding.callSite : (statements[0]?.callSite ?? null);
    return branchOf(finding, statements, site, index === shapes.size - 1 ? below : []);
  });
}

function branchOf(
  finding: Finding | null,
  statements: readonly Statement[],
  site: CallSite | null,
  children: Branch[],
): Branch {
  const failed = statements.find(({ error }) => error !== null);
  return {
    finding,
    count: statements.length,
    sql: shortSql(statements[0]?.sql ?? ''),
    failure: failed ? `✖ ${oneLine(failed.error?.code ?? 'failed')}` : '',
    site: siteOf(site),
    children,
  };
}

function statementsAt(indexes: readonly number[], { statements }: Profile): Statement[] {
  return indexes.flatMap((index) => statements[index] ?? []);
}
