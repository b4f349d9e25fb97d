// The names that OpenTelemetry gives to what queryscope knows, and queryscope's own: one table, so that the documentation, the questions to a
// trace store and the code cannot part. Database conventions 1.44; https://opentelemetry.io/docs/specs/semconv/db/database-spans/

/** The conventions that the spans keep to, as their instrumentation scope names them. */
export const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.44.0';

export type Attributes = Record<string, string | number | boolean | string[] | number[]>;

/** Of the database conventions. */
export const DB = {
  system: 'db.system.name',
  namespace: 'db.namespace',
  summary: 'db.query.summary',
  text: 'db.query.text',
  batchSize: 'db.operation.batch.size',
  statusCode: 'db.response.status_code',
  returnedRows: 'db.response.returned_rows',
  /** With the place of the value behind it, counted from 0. */
  parameter: 'db.query.parameter.',
  errorType: 'error.type',
  address: 'server.address',
  port: 'server.port',
} as const;

/** Of the code conventions. */
export const CODE = {
  function: 'code.function.name',
  file: 'code.file.path',
  line: 'code.line.number',
  column: 'code.column.number',
} as const;

/** Of the HTTP conventions. */
export const HTTP = {
  route: 'http.route',
  method: 'http.request.method',
  status: 'http.response.status_code',
} as const;

/** queryscope's own, each with what it says. */
export const OWN = {
  /** Scope: `GET /chats/:id`. */
  label: 'queryscope.label',
  /** Scope: request, job or test. */
  kind: 'queryscope.kind',
  /** Scope: the client went away before the response was finished. */
  aborted: 'queryscope.aborted',
  /** Scope: statements sent, those over a cap too. */
  statements: 'queryscope.statements',
  /** Scope: statements over `limits.statements`, of which nothing else is known. */
  dropped: 'queryscope.statements.dropped',
  /** Scope: statements that got no span, since there were more than `maxSpans`. */
  withoutSpan: 'queryscope.statements.without_span',
  /** Scope: time in which PostgreSQL worked on its statements, in ms. */
  databaseMs: 'queryscope.database_ms',
  /** Scope: findings, those that are only possible left out. */
  findings: 'queryscope.findings',
  /** Scope: those of them that are proven. */
  proven: 'queryscope.findings.proven',
  /** Scope: the detectors that found them, each once. */
  detectors: 'queryscope.detectors',
  /** Scope: the worst severity among them. */
  severity: 'queryscope.severity',
  /** Scope: what its loops and duplicates cost, in ms. */
  wastedMs: 'queryscope.wasted_ms',
  /** Scope: repeats that were looked at and judged harmless. */
  dismissals: 'queryscope.dismissals',
  /** Scope: findings that an `allow` took out of the verdict. */
  suppressed: 'queryscope.suppressed',
  /** Scope: statements seen outside any scope while it was open, process-wide. */
  unattributed: 'queryscope.statements.unattributed',
  /** Scope: codes of what queryscope could not note. */
  notices: 'queryscope.notices',
  /** Statement: id of its shape. Equal shapes are one repeated statement. */
  shape: 'queryscope.shape',
  /** Statement: ids of the findings that it is evidence of. */
  inFindings: 'queryscope.finding.ids',
  /** Statement: it was sent after the response. */
  late: 'queryscope.late',
  /** Statement: no answer came before the scope closed. */
  unanswered: 'queryscope.unanswered',
  /** Pool wait, statement: how long it waited for a connection, in ms. */
  waitMs: 'queryscope.wait_ms',
  /** Transaction: committed, rolled back or left open. */
  outcome: 'queryscope.transaction.outcome',
  /** Transaction: its isolation level, where the SQL said it. */
  isolation: 'queryscope.transaction.isolation',
  /** Transaction: it was open before the scope. */
  ambient: 'queryscope.transaction.ambient',
  /** Transaction: how many statements it had. */
  transactionStatements: 'queryscope.transaction.statements',
} as const;

/** Of the event `queryscope.finding`, and of a link from the scope to a statement (`id` alone). */
export const FINDING = {
  id: 'queryscope.finding.id',
  /** The finding around this one. */
  parent: 'queryscope.finding.parent',
  detector: 'queryscope.finding.detector',
  severity: 'queryscope.finding.severity',
  confidence: 'queryscope.finding.confidence',
  key: 'queryscope.finding.key',
  message: 'queryscope.finding.message',
  why: 'queryscope.finding.why',
  advice: 'queryscope.finding.advice',
  /** SQL that does the same in one statement. */
  replacement: 'queryscope.finding.replacement',
  /** Statements that are the finding. */
  count: 'queryscope.finding.count',
  /** Those of them with different values. */
  distinct: 'queryscope.finding.distinct',
  /** Summary of the statement whose rows feed them. */
  source: 'queryscope.finding.source',
  /** `1,000 chats → 11,001 statements`. */
  growth: 'queryscope.finding.growth',
  wastedMs: 'queryscope.finding.wasted_ms',
  page: 'queryscope.finding.page',
} as const;
