// Where a scope's time went: a line for the app, and one for each connection with its statements, waits and transactions.

import { counted, millis } from '../../drawing/numbers.js';
import type { ScopeDetail, ScopeTransaction } from '../model.js';
import { OUTCOME_SIGNS } from './outcome-signs.js';
import type { Scope, ScopeStatement } from './scopes.js';
import { drawnSpans, gapsBetween, lengthOf, type Span, scaleOf } from './spans.js';

const WIDTH = 1_000;
const LANE = 22;
/** More connections than these are told by the list. */
const MOST_LANES = 12;
/** Transactions of a connection whose end is written at their band; where there are more, only the bands are drawn. */
const MOST_NAMED = 16;
/** More of them are no picture any more; all are in the table. */
const MOST_BANDS = 200;

interface Props {
  scope: Scope;
  detail: ScopeDetail;
  statements: readonly ScopeStatement[];
  /** Statements that findings name. */
  marked: ReadonlySet<number>;
}

export function Waterfall({ scope, detail, statements, marked }: Props) {
  const timed = statements.filter(({ startMs }) => startMs !== null);
  if (timed.length === 0) return <p class="soft">When these statements were sent is not known.</p>;
  const endMs = endOf(scope, timed, detail);
  const busy = timed.map(spanOf);
  const gaps = gapsBetween(busy, scope.durationMs);
  const connections = [...new Set(timed.map(({ connection }) => connection))].sort((a, b) => (a ?? -1) - (b ?? -1));
  const shown = connections.slice(0, MOST_LANES);
  const scale = scaleOf(endMs, WIDTH);
  return (
    <figure class="waterfall">
      <figcaption>
        {counted(timed.length, 'statement')} over {millis(endMs)} ms. {millis(lengthOf(gaps))} ms of them no statement
        was under way.
      </figcaption>
      <div class="lanes">
        <Lane name="app">
          <Bars css="gap" spans={gaps} scale={scale} />
        </Lane>
        {detail.activities.length > 0 && (
          <Lane name="outgoing">
            <Bars
              css="activity"
              spans={detail.activities.map((each) => ({ from: each.startMs, to: each.endMs ?? endMs }))}
              scale={scale}
            />
          </Lane>
        )}
        {shown.map((connection) => (
          <ConnectionLane
            key={connection}
            name={connection === null ? 'not known' : (detail.connections[connection] ?? `${connection + 1}`)}
            statements={timed.filter((statement) => statement.connection === connection)}
            transactions={detail.transactions.filter((transaction) => transaction.connection === connection)}
            marked={marked}
            endMs={endMs}
          />
        ))}
        <Axis scope={scope} endMs={endMs} />
      </div>
      {connections.length > shown.length && (
        <p class="left">{counted(connections.length - shown.length, 'connection')} more, not drawn</p>
      )}
      {detail.activities.length > 0 && (
        <p class="soft">Outgoing: {[...new Set(detail.activities.map(({ what }) => what))].slice(0, 8).join(', ')}</p>
      )}
      <Legend />
    </figure>
  );
}

function endOf({ durationMs }: Scope, statements: readonly ScopeStatement[], { transactions }: ScopeDetail): number {
  let end = durationMs;
  for (const statement of statements) end = Math.max(end, spanOf(statement).to);
  for (const { endMs } of transactions) end = Math.max(end, endMs ?? 0);
  return end;
}

function spanOf({ startMs, durationMs }: ScopeStatement): Span {
  return { from: startMs ?? 0, to: (startMs ?? 0) + durationMs };
}

function Lane({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div class="lane">
      <span class="name" title={name}>
        {name}
      </span>
      <div class="track">{children}</div>
    </div>
  );
}

function ConnectionLane({
  name,
  statements,
  transactions,
  marked,
  endMs,
}: {
  name: string;
  statements: readonly ScopeStatement[];
  transactions: readonly ScopeTransaction[];
  marked: ReadonlySet<number>;
  endMs: number;
}) {
  const scale = scaleOf(endMs, WIDTH);
  const of = (is: (statement: ScopeStatement) => boolean) => statements.filter(is).map(spanOf);
  const waits = statements
    .filter(({ waitMs }) => waitMs > 0)
    .map(({ startMs, waitMs }) => ({ from: (startMs ?? 0) - waitMs, to: startMs ?? 0 }));
  return (
    <Lane name={name}>
      {transactions.slice(0, MOST_BANDS).map((transaction, place) => (
        <TransactionBand
          key={place}
          transaction={transaction}
          endMs={endMs}
          isNamed={transactions.length <= MOST_NAMED}
        />
      ))}
      <Bars css="wait" spans={waits} scale={scale} />
      <Bars css="plain" spans={of(({ index, error }) => error === null && !marked.has(index))} scale={scale} />
      <Bars css="found" spans={of(({ index, error }) => error === null && marked.has(index))} scale={scale} />
      <Bars css="late" spans={of(({ late }) => late)} scale={scale} />
      <Bars css="failed" spans={of(({ error }) => error !== null)} scale={scale} />
    </Lane>
  );
}

function Bars({ css, spans, scale }: { css: string; spans: readonly Span[]; scale: (ms: number) => number }) {
  if (spans.length === 0) return null;
  return (
    <svg class={`bars ${css}`} viewBox={`0 0 ${WIDTH} ${LANE}`} preserveAspectRatio="none" aria-hidden="true">
      {drawnSpans(spans, scale).map(({ from, to }) => (
        <rect key={from} x={from} width={to - from} y="0" height={LANE} />
      ))}
    </svg>
  );
}

function TransactionBand({
  transaction: { outcome, startMs, endMs },
  endMs: end,
  isNamed,
}: {
  transaction: ScopeTransaction;
  endMs: number;
  isNamed: boolean;
}) {
  const scale = scaleOf(end, 100);
  const from = scale(startMs);
  const width = Math.max(scale(endMs ?? end) - from, 0.4);
  return (
    <span
      class={`band ${outcome.replace(' ', '-')}`}
      style={{ left: `${from}%`, width: `${width}%` }}
      title={`transaction, ${outcome}`}
    >
      {isNamed && <i aria-hidden="true">{OUTCOME_SIGNS[outcome]}</i>}
    </span>
  );
}

/** Quarters, and where the response ended if statements came after it. */
function Axis({ scope: { durationMs, kind }, endMs }: { scope: Scope; endMs: number }) {
  const hasLate = endMs > durationMs * 1.001;
  return (
    <div class="lane axis" aria-hidden="true">
      <span class="name">ms</span>
      <div class="track">
        {[0, 0.25, 0.5, 0.75, 1].map((share) => (
          <span key={share} class="tick" style={{ left: `${share * 100}%` }}>
            {millis(endMs * share)}
          </span>
        ))}
        {hasLate && (
          <span
            class="ended"
            style={{ left: `${(durationMs / endMs) * 100}%` }}
            title={kind === 'request' ? 'the response was sent' : 'it ended'}
          />
        )}
      </div>
    </div>
  );
}

function Legend() {
  const entries = [
    ['found', 'statement of a finding'],
    ['plain', 'other statement'],
    ['failed', 'failed'],
    ['late', 'sent after the response'],
    ['wait', 'wait for a connection'],
    ['gap', 'the app, no statement under way'],
  ] as const;
  return (
    <ul class="legend">
      {entries.map(([css, text]) => (
        <li key={css}>
          <span class={`swatch ${css}`} aria-hidden="true" /> {text}
        </li>
      ))}
      <li>
        <span class="swatch transaction" aria-hidden="true" /> transaction: ✓ committed, ↶ rolled back, ✖ left open
      </li>
    </ul>
  );
}
