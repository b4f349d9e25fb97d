// SQL as it stands, its keywords stepped back so that tables and columns stand out.

import { sqlRuns } from '../../drawing/short-sql.js';

/** Longer texts are not worth the time that reading them for keywords takes. */
const MOST_CHARACTERS = 4_000;

export function Sql({ text }: { text: string }) {
  if (text.length > MOST_CHARACTERS) return <code class="sql">{text}</code>;
  return (
    <code class="sql">
      {sqlRuns(text).map(({ text: part, keyword }, place) => (keyword ? <span key={place}>{part}</span> : part))}
    </code>
  );
}
