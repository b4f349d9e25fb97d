// SQL in a terminal: keywords stepped back, so that tables and columns stand out.

import { sqlRuns } from '../drawing/short-sql.js';
import type { Paint } from './paint.js';

/** One line of SQL as it stands. */
export function paintSql(line: string, paint: Paint): string {
  return sqlRuns(line)
    .map(({ text, keyword }) => (keyword ? paint('faint', text) : text))
    .join('');
}
