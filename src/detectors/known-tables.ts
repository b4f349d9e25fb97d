// What the catalogue says of a statement's table, where it was asked: looked up by connection, since one scope may speak to several
// databases that have tables of one name.

import type { CatalogueTable, Profile, Statement } from '../profile/types.js';
import { bareName } from './equalities.js';

/** Answers what is known of a table; null: nothing. */
export type TableOf = (table: string, statement: Statement) => CatalogueTable | null;

export function tablesIn({ catalogue }: Profile): TableOf {
  const known = new Map<string, CatalogueTable>();
  for (const facts of catalogue ?? []) {
    for (const connection of facts.connections) known.set(`${connection} ${bareName(facts.table)}`, facts);
  }
  return (table, { connection }) => known.get(`${connection} ${bareName(table)}`) ?? null;
}
