// Findings whose rows feed each other, drawn as one tree: the source statement at the root, each loop below what feeds it,
// with the line of code that sends it.

import type { CallSite, Profile, Statement } from '../../profile/types.js';
import type { Finding } from '../../report/report.js';
import { cellsOf, cutStart, padTo } from './cells.js';
import { oneLine } from './harmless.js';
import { INDENT } from './layout.js';
import { count } from './numbers.js';
import type { Paint } from './paint.js';
import { fitSql, paintSql, shortSql } from './short-sql.js';

/** A finding with those that its rows feed. */
export interface FindingNode {
  finding: Finding;
  children: FindingNode[];
}

/** A statement in the tree with what hangs below it. */
interface Branch {
  count: number;
  sql: string;
  /** What the server answered to one of them that failed; empty where none did. */
  failure: string;
  site: string;
  children: Branch[];
}

interface Row {
  branch: Branch;
  /** The lines of the tree and the count. */
  lead: string;
  /** What runs on below the lead, where the site stands on a line of its own. */
  below: string;
}

/** Where SQL has to be cut to less than this, the sites move to lines of their own. */
const READABLE_SQL = 60;
/** However deep the tree, SQL gets this much. */
const MIN_SQL = 32;

/** The lines of the tree, indented, at most `width` cells wide unless it is very deep. */
export function drawLoopTree(roots: readonly FindingNode[], profile: Profile, width: number, paint: Paint): string[] {
  const rows = branchesOf(roots, profile).flatMap((branch) => rowsOf(branch, '', '', ''));
  const widest = (cells: (row: Row) => number) => Math.max(...rows.map(cells));
  const leadCells = widest(({ lead }) => cellsOf(lead)) + 2;
  const siteCells = widest(({ branch }) => cellsOf(branch.site));
  const room = Math.max(width - INDENT.length - leadCells, MIN_SQL);
  const beside = siteCells === 0 ? room : room - siteCells - 2;
  const wanted = widest(({ branch }) => cellsOf(branch.sql) + cellsOf(branch.failure));
  const isBeside = wanted <= beside || beside >= READABLE_SQL;
  const fitted = ({ sql, failure }: Branch) => fitSql(sql, (isBeside ? beside : room) - cellsOf(failure));
  const sqlCells = widest(({ branch }) => cellsOf(fitted(branch)) + cellsOf(branch.failure));

  return rows.flatMap(({ branch, lead, below }) => {
    const sql = fitted(branch);
    const statement =
      INDENT + paintLead(padTo(lead, leadCells), paint) + paintSql(sql, paint) + paint('error', branch.failure);
    if (branch.site === '') return [statement];
    const site = paint('place', cutStart(branch.site, isBeside ? siteCells : room));
    if (!isBeside) return [statement, INDENT + paint('faint', padTo(below, leadCells)) + site];
    return [statement + ' '.repeat(sqlCells - cellsOf(sql) - cellsOf(branch.failure) + 2) + site];
  });
}

/** Roots that have a source hang below it: they share it, else they would be drawn apart. */
function branchesOf(roots: readonly FindingNode[], profile: Profile): Branch[] {
  const loops = roots.flatMap((root) => loopBranches(root, profile));
  const sources = statementsAt(roots[0]?.finding.source ?? [], profile);
  const [first] = sources;
  return first === undefined ? loops : [branchOf(sources, first.callSite, loops)];
}

/** One branch a shape: a loop is one shape, the writes of a torn unit may be several. What is below hangs from the last. */
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
    return branchOf(statements, site, index === shapes.size - 1 ? below : []);
  });
}

function branchOf(statements: readonly Statement[], site: CallSite | null, children: Branch[]): Branch {
  const failed = statements.find(({ error }) => error !== null);
  return {
    count: statements.length,
    sql: shortSql(statements[0]?.sql ?? ''),
    failure: failed ? `  ✖ ${oneLine(failed.error?.code ?? 'failed')}` : '',
    site: siteOf(site),
    children,
  };
}

function statementsAt(indexes: readonly number[], { statements }: Profile): Statement[] {
  return indexes.flatMap((index) => statements[index] ?? []);
}

/** `src/chats.ts:12`, which editors and terminals make a link; empty where there is none. */
export function siteOf(site: CallSite | null): string {
  return site === null ? '' : `${oneLine(site.file)}:${site.line}`;
}

function rowsOf(branch: Branch, before: string, fork: string, after: string): Row[] {
  const inner = before + after;
  const last = branch.children.length - 1;
  const below = branch.children.flatMap((child, index) =>
    index === last ? rowsOf(child, inner, '└─ ', '   ') : rowsOf(child, inner, '├─ ', '│  '),
  );
  return [{ branch, lead: `${before}${fork}${count(branch.count)}×`, below: last < 0 ? inner : `${inner}│` }, ...below];
}

function paintLead(lead: string, paint: Paint): string {
  const digits = lead.search(/\d/);
  return paint('faint', lead.slice(0, digits)) + paint('strong', lead.slice(digits));
}
