// How findings call a statement in their sentences, by what it does and to which table; and a column.

import type { Shape, Statement } from '../profile/types.js';

/** `insert into payment`, `commit`. */
export function nameOf(shape: Shape | undefined): string {
  if (shape === undefined) return 'a statement';
  const [table] = [...shape.writes, ...shape.reads];
  if (table === undefined) return shape.verb;
  const link = shape.verb === 'insert' ? ' into' : shape.verb === 'select' || shape.verb === 'delete' ? ' from' : '';
  return `${shape.verb}${link} ${table}`;
}

/** Words as they begin a sentence; a column's name stays as it is written. */
export function capital(words: string): string {
  return /^\w*[_.]\w/.test(words) ? words : words.charAt(0).toUpperCase() + words.slice(1);
}

/** `INSERT INTO transfer`, `UPDATE account`, `DELETE FROM tag`. */
export function deedOf({ shape }: Statement): string {
  const table = shape.writes[0] ?? 'a table';
  switch (shape.verb) {
    case 'insert':
      return `INSERT INTO ${table}`;
    case 'delete':
      return `DELETE FROM ${table}`;
    case 'update':
    case 'truncate':
    case 'copy':
      return `${shape.verb.toUpperCase()} ${table}`;
    case 'merge':
      return `MERGE INTO ${table}`;
    default:
      return `a write to ${table}`;
  }
}

/** A column's name with an underscore says whose it is (`chat_id`); one without (`id`) needs its table. */
export function columnName(column: string, table: string | null): string {
  return table === null || column.includes('_') ? column : `${table}.${column}`;
}
