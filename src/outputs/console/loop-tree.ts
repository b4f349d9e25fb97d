// Findings whose rows feed each other, drawn as one tree: the source statement at the root, each loop below what feeds it,
// with the line of code that sends it.

import type { Profile } from '../../profile/types.js';
import type { FindingNode } from '../drawing/blocks.js';
import { type Branch, branchesOf } from '../drawing/branches.js';
import { count } from '../drawing/numbers.js';
import type { Paint } from './paint.js';
import { drawStatementRows, type StatementRow } from './statement-rows.js';

/** The lines of the tree, indented, at most `width` cells wide unless it is very deep. */
export function drawLoopTree(roots: readonly FindingNode[], profile: Profile, width: number, paint: Paint): string[] {
  const rows = branchesOf(roots, profile).flatMap((branch) => rowsOf(branch, '', '', '', paint));
  return drawStatementRows(rows, width, paint);
}

function rowsOf(branch: Branch, before: string, fork: string, after: string, paint: Paint): StatementRow[] {
  const { sql, failure, site, children } = branch;
  const inner = before + after;
  const last = children.length - 1;
  const rest = children.flatMap((child, index) =>
    index === last ? rowsOf(child, inner, '└─ ', '   ', paint) : rowsOf(child, inner, '├─ ', '│  ', paint),
  );
  const times = `${count(branch.count)}×`;
  const below = last < 0 ? inner : `${inner}│`;
  const row: StatementRow = {
    lead: { text: before + fork + times, painted: paint('faint', before + fork) + paint('strong', times) },
    below: { text: below, painted: paint('faint', below) },
    sql,
    ending: { text: failure, painted: paint('error', failure) },
    site,
  };
  return [row, ...rest];
}
