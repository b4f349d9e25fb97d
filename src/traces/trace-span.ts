// A span as queryscope reads it, wherever it was made: what a tracing SDK hands to a processor and what a collector writes to a file come down to
// this. Attribute names are those of the stable conventions, of the older ones, and of instrumentations that have their own.

import { boundText } from '../python/bound-text.js';

/** One span. Times in ms since 1970. */
export interface TraceSpan {
  traceId: string;
  spanId: string;
  /** Null: it has none. */
  parentId: string | null;
  name: string;
  startMs: number;
  endMs: number;
  failed: boolean;
  attributes: Readonly<Record<string, unknown>>;
  /** The statement that it is, where somebody has asked that before. */
  statement?: SpanStatement | null;
}

/** What a span says of a statement. */
export interface SpanStatement {
  text: string;
  /** `postgresql`, `mysql` … */
  system: string;
  /** The bound values, where the instrumentation was told to record them. */
  values: readonly unknown[] | null;
  rows: number | null;
  error: string | null;
  file: string | null;
  line: number;
  column: number;
  function: string | null;
}

/** Databases that speak SQL, by `db.system.name` and by the older `db.system`. */
const SQL_SYSTEMS: ReadonlySet<string> = new Set([
  'postgresql',
  'postgres',
  'mysql',
  'mariadb',
  'sqlite',
  'mssql',
  'microsoft.sql_server',
  'oracle',
  'oracle.db',
  'cockroachdb',
  'redshift',
  'aws.redshift',
  'db2',
  'ibm.db2',
  'other_sql',
]);

/** How instrumentations mark that there was more. */
const CUT = /(?:\.\.\.|\u2026|\[truncated\])$/i;

function isCut(text: string): boolean {
  return CUT.test(text.slice(-20).trimEnd());
}

/** The statement that a span is; null where it is none: another kind of work, another kind of database, or no text that is whole. */
export function statementOf({ attributes, failed, statement }: TraceSpan): SpanStatement | null {
  if (statement !== undefined) return statement;
  const system = sqlSystemIn(attributes);
  const text = queryTextIn(attributes);
  if (system === null || text === null || text.trim() === '' || isCut(text)) return null;
  // Python's instrumentations write the tuple or dictionary of values as Python does.
  const shown = textIn(attributes, 'db.statement.parameters');
  const bound = shown === null ? null : boundText(text, shown);
  return {
    text: bound?.text ?? text,
    values: bound === null ? valuesIn(attributes) : bound.values,
    system,
    rows: numberIn(attributes, 'db.response.returned_rows'),
    error: failed ? (textIn(attributes, 'db.response.status_code', 'error.type') ?? 'error') : null,
    file: textIn(attributes, 'code.file.path', 'code.filepath'),
    line: numberIn(attributes, 'code.line.number', 'code.lineno') ?? 0,
    column: numberIn(attributes, 'code.column.number', 'code.column') ?? 1,
    function: textIn(attributes, 'code.function.name', 'code.function'),
  };
}

/** Is it a statement of which nothing is said but that it was sent? To connect, or to ask a pool, is none. */
export function lacksText({ attributes, name }: TraceSpan): boolean {
  if (sqlSystemIn(attributes) === null || (queryTextIn(attributes) ?? '').trim() !== '') return false;
  const operation = textIn(attributes, 'db.operation.name', 'db.operation', 'db.query.summary') ?? name;
  return /^\W*(?:select|insert|update|delete|merge|with|call)\b/i.test(operation);
}

/** Is it a statement whose text says itself that it is not whole? */
export function isCutOff({ attributes }: TraceSpan): boolean {
  return sqlSystemIn(attributes) !== null && isCut(queryTextIn(attributes) ?? '');
}

/** Null: it names no database, or one that speaks no SQL. */
function sqlSystemIn(attributes: TraceSpan['attributes']): string | null {
  const system = textIn(attributes, 'db.system.name', 'db.system');
  return system !== null && SQL_SYSTEMS.has(system) ? system : null;
}

function queryTextIn(attributes: TraceSpan['attributes']): string | null {
  return textIn(attributes, 'db.query.text', 'db.statement');
}

/** What the span around everything is called: the route of a request, else its own name. */
export function labelOf({ attributes, name }: TraceSpan): string {
  const method = textIn(attributes, 'http.request.method', 'http.method');
  const route = textIn(attributes, 'http.route');
  return method !== null && route !== null ? `${method} ${route}` : name;
}

/** Did a request come in with it? */
export function isRequest({ attributes }: TraceSpan): boolean {
  return textIn(attributes, 'http.request.method', 'http.method') !== null;
}

export function statusOf({ attributes }: TraceSpan): number | null {
  return numberIn(attributes, 'http.response.status_code', 'http.status_code');
}

export function errorNameOf({ attributes, failed }: TraceSpan): string | null {
  return failed ? (textIn(attributes, 'error.type', 'exception.type') ?? 'error') : null;
}

/** By the convention one attribute for each, counted from 0; instrumentation-pg's enhanced reporting has one list. */
function valuesIn(attributes: TraceSpan['attributes']): readonly unknown[] | null {
  const listed = attributes['db.postgresql.values'];
  if (Array.isArray(listed)) return listed;
  const values: unknown[] = [];
  for (let place = 0; `db.query.parameter.${place}` in attributes; place += 1)
    values.push(attributes[`db.query.parameter.${place}`]);
  return values.length === 0 ? null : values;
}

function textIn(attributes: TraceSpan['attributes'], ...names: readonly string[]): string | null {
  for (const name of names) {
    const value = attributes[name];
    if (typeof value === 'string') return value;
    if (typeof value === 'number') return String(value);
  }
  return null;
}

function numberIn(attributes: TraceSpan['attributes'], ...names: readonly string[]): number | null {
  const text = textIn(attributes, ...names);
  const value = text === null || text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}
