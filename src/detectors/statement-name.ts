// How findings call a statement in their sentences: by what it does, and to which table.

import type { Shape } from '../profile/types.js';

/** `insert into payment`, `commit`. */
export function nameOf(shape: Shape | undefined): string {
  if (shape === undefined) return 'a statement';
  const [table] = [...shape.writes, ...shape.reads];
  if (table === undefined) return shape.verb;
  const link = shape.verb === 'insert' ? ' into' : shape.verb === 'select' || shape.verb === 'delete' ? ' from' : '';
  return `${shape.verb}${link} ${table}`;
}

/** Words as they begin a sentence. */
export function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
