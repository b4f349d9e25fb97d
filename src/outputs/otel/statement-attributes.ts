// One text sent, as the database conventions describe it. Pure, and a table of its own in the tests.

import type { CallSite, Connection, Statement } from '../../profile/types.js';
import { parse } from '../../sql/parse.js';
import { summaryOf } from '../../sql/summary.js';
import { type Attributes, CODE, DB, OWN } from './attributes.js';

/** What of the values and the rows may leave the process. */
export interface Disclosure {
  /** Bound values, literals and the server's messages, where the profile holds them (`values: 'sample'`). */
  values: boolean;
  /** How many rows came back. */
  rows: boolean;
}

/** PostgreSQL's own; only another one is told. */
const DEFAULT_PORT = 5432;
/** An exporter sends it as it is: a longer text is nothing that anybody reads. */
const MAX_TEXT = 16_384;
/** SQLSTATE, which the driver's own codes (ECONNRESET) are not. */
const SQLSTATE = /^[0-9A-Z]{5}$/;

/** Attributes of one text: of its one statement, or of all those that it was sent with. */
export function statementAttributes(
  statements: readonly Statement[],
  connection: Connection | null,
  disclosure: Disclosure,
): Attributes {
  const [first] = statements as [Statement];
  const texts = statements.map((statement) => textOf(statement, disclosure));
  // As the convention has it of a batch: one text where all are the same.
  const text = new Set(texts).size === 1 ? (texts[0] as string) : texts.join('; ');
  const summary = summaryOf(text);
  const attributes: Attributes = {
    [DB.system]: 'postgresql',
    ...(summary !== null && { [DB.summary]: summary }),
    [DB.text]: cut(text),
    ...(statements.length > 1 && { [DB.batchSize]: statements.length }),
    ...serverOf(connection),
    ...errorOf(statements),
    ...siteOf(first.callSite),
    ...(statements.length === 1 && { [OWN.shape]: first.shape.id }),
    ...(first.waitMs > 0 && { [OWN.waitMs]: first.waitMs }),
    ...(first.late && { [OWN.late]: true }),
    ...(isUnanswered(statements.at(-1) as Statement) && { [OWN.unanswered]: true }),
  };
  if (disclosure.rows) Object.assign(attributes, rowsOf(statements));
  // The convention leaves a batch without: nothing says which of its parts a value belongs to.
  if (disclosure.values && statements.length === 1) Object.assign(attributes, valuesOf(first));
  return attributes;
}

/** What the error of a text says, where it may be told: a server's message can hold values. */
export function errorMessageOf(statements: readonly Statement[], { values }: Disclosure): string | undefined {
  return values ? failureOf(statements)?.message : undefined;
}

export function hasFailed(statements: readonly Statement[]): boolean {
  return failureOf(statements) !== null;
}

export function siteOf(site: CallSite | null): Attributes {
  if (site === null) return {};
  return {
    ...(site.function !== null && { [CODE.function]: site.function }),
    [CODE.file]: site.file,
    [CODE.line]: site.line,
    [CODE.column]: site.column,
  };
}

/** The scope closed before its answer came: nothing is known of its end. */
export function isUnanswered({ command, error, rows, durationMs }: Statement): boolean {
  return command === null && error === null && rows === null && durationMs === 0;
}

/** Server and database; also what metrics are told apart by. The schema is not known without asking for it, so the namespace is the database. */
export function serverOf(connection: Connection | null): Attributes {
  if (connection === null) return {};
  const { host, port, database } = connection;
  return {
    ...(database !== '' && { [DB.namespace]: database }),
    ...(host !== '' && { [DB.address]: host }),
    ...(host !== '' && port !== 0 && port !== DEFAULT_PORT && { [DB.port]: port }),
  };
}

/** What went wrong: the SQLSTATE, else the driver's own code. */
export function errorOf(statements: readonly Statement[]): Attributes {
  const failure = failureOf(statements);
  if (failure === null) return {};
  const { code } = failure;
  return {
    ...(code !== null && SQLSTATE.test(code) && { [DB.statusCode]: code }),
    [DB.errorType]: code ?? '_OTHER',
  };
}

function failureOf(statements: readonly Statement[]): Statement['error'] {
  return statements.find(({ error }) => error !== null)?.error ?? null;
}

/** As it was sent, its literals as `?`, unless values were asked for both where they are noted and here. */
function textOf({ sql, values }: Statement, disclosure: Disclosure): string {
  if (values === undefined || disclosure.values) return sql;
  return parse(sql)
    .statements.map(({ sanitised }) => sanitised)
    .join('; ');
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

function rowsOf(statements: readonly Statement[]): Attributes {
  const rows = statements.map((statement) => statement.rows).filter((count) => count !== null);
  return rows.length === 0 ? {} : { [DB.returnedRows]: rows.reduce((sum, count) => sum + count, 0) };
}

function valuesOf({ values = [] }: Statement): Attributes {
  return Object.fromEntries(values.map((value, place) => [`${DB.parameter}${place}`, value]));
}
