// All statements of a report and of the reports inside it, as assertions count them and as a failure lists them: by shape, with the line that
// sends each.

import { plain } from '../outputs/console/paint.js';
import { drawStatementRows } from '../outputs/console/statement-rows.js';
import { oneLine } from '../outputs/drawing/harmless.js';
import { count } from '../outputs/drawing/numbers.js';
import { shortSql } from '../outputs/drawing/short-sql.js';
import { siteOf } from '../outputs/drawing/site-name.js';
import type { CallSite, Shape, Statement } from '../profile/types.js';
import type { Report } from '../report/report.js';
import { reportsOf } from '../report/run.js';

/** Cells of a line in a failure: runners indent it, and no terminal is asked. */
export const WIDTH = 100;

/** Statements of one shape. */
export interface ShapeCount {
  shape: Shape;
  sql: string;
  /** The line that sent the first of them that has one. */
  callSite: CallSite | null;
  count: number;
}

/** How many statements the app sent; what its driver or ORM sent on its own account is left out, what a cap dropped is not. */
export function statementCount(report: Report): number {
  return [...reportsOf({ reports: [report] })].reduce(
    (sum, { profile, infrastructure }) => sum + profile.statements.length - infrastructure.length + profile.dropped,
    0,
  );
}

/** Was nothing seen at all, not even of the driver's own? */
export function sawNothing(report: Report): boolean {
  return [...reportsOf({ reports: [report] })].every(
    ({ profile }) => profile.statements.length + profile.dropped === 0,
  );
}

/** The app's statements by their shapes, in the order in which those were first sent. */
export function shapeCounts(report: Report): ShapeCount[] {
  const shapes = new Map<string, ShapeCount>();
  for (const { shape, sql, callSite } of appStatements(report)) {
    const known = shapes.get(shape.id);
    if (known === undefined) {
      shapes.set(shape.id, { shape, sql, callSite, count: 1 });
      continue;
    }
    known.count += 1;
    known.callSite ??= callSite;
  }
  return [...shapes.values()];
}

function* appStatements(report: Report): Generator<Statement> {
  for (const { profile, infrastructure } of reportsOf({ reports: [report] })) {
    const left = new Set(infrastructure);
    for (const statement of profile.statements) if (!left.has(statement.index)) yield statement;
  }
}

/** `20×  select username from users where id=$1  src/chats.ts:24`, a line a shape; `leads` in place of the counts. */
export function drawShapes(shapes: readonly ShapeCount[], leads?: readonly string[]): string[] {
  const texts = leads ?? shapes.map(({ count: times }) => `${count(times)}×`);
  const widest = Math.max(0, ...texts.map((text) => text.length));
  const rows = shapes.map(({ sql, callSite }, index) => {
    const text = (texts[index] as string).padStart(widest);
    const site = callSite === null ? '' : siteOf(callSite);
    return { lead: { text, painted: text }, below: NOTHING, sql: oneLine(shortSql(sql)), ending: NOTHING, site };
  });
  return drawStatementRows(rows, WIDTH, plain);
}

const NOTHING = { text: '', painted: '' };
