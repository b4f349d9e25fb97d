// What stayed of a play, and in which transactions: as the rows themselves say it, and as the profile does.

import type { Report } from '../../src/index.js';
import type { Profile, Statement } from '../../src/profile/types.js';

/** A row that stayed: who wrote it, with an ordinal in place of the transaction's number, and at which isolation level. */
export interface Stayed {
  tag: string;
  unit: number;
  isolation: string;
}

const TAG = /\b(?:commit|rollback|nested|isolated|retried|bulk|save)-\d+\b/g;

/** By the rows of `entry`, whose defaults asked the server. */
export function stayedAtServer(rows: readonly { tag: string; xact: string; isolation: string }[]): Stayed[] {
  return inOrder(rows.map(({ tag, xact, isolation }) => ({ tag, unit: xact, isolation })));
}

/** By the statements of a report, whose values were sampled. */
export function stayedByProfile({ profile }: Report): Stayed[] {
  return inOrder(
    entriesOf(profile).flatMap((statement) => {
      const transaction = statement.transaction === null ? null : profile.transactions[statement.transaction]!;
      const isUndone = transaction?.outcome === 'rolled back' || transaction?.undone.includes(statement.index);
      if (isUndone) return [];
      const unit = transaction === null ? `alone ${statement.index}` : `transaction ${transaction.index}`;
      const isolation = transaction?.isolation ?? 'read committed';
      const said = [statement.sql, ...(statement.values ?? [])].join(' ');
      return [...new Set(said.match(TAG))].map((tag) => ({ tag, unit, isolation }));
    }),
  );
}

/** How many rows the statements of a report wrote. */
export function writtenByProfile({ profile }: Report): number {
  return entriesOf(profile).reduce((sum, { affected }) => sum + (affected ?? 0), 0);
}

/** What wrote to `entry` and did not fail. */
function entriesOf({ statements }: Profile): Statement[] {
  return statements.filter(({ shape, error }) => /\bentry$/.test(shape.writes.join()) && error === null);
}

/** By tag; units are counted as they are met, so that equal lists are equal partitions. */
function inOrder(rows: readonly { tag: string; unit: string; isolation: string }[]): Stayed[] {
  const ordinals = new Map<string, number>();
  return rows
    .toSorted((a, b) => a.tag.localeCompare(b.tag, 'en', { numeric: true }))
    .map(({ tag, unit, isolation }) => {
      if (!ordinals.has(unit)) ordinals.set(unit, ordinals.size + 1);
      return { tag, unit: ordinals.get(unit)!, isolation };
    });
}
