// Every scope of the run: requests, jobs and tests.

import { useMemo } from 'preact/hooks';
import { count, millis } from '../../drawing/numbers.js';
import type { PageModel, StatementsModel } from '../model.js';
import { CardLinks, worstOf } from './card-links.js';
import { type Filter, filterFrom, meets } from './filter.js';
import { linkTo, usePage, useStatements } from './page-context.js';
import type { Place } from './place.js';
import type { Scope, Scopes } from './scopes.js';
import { type Column, SortedTable } from './sorted-table.js';
import { ViewTitle } from './titles.js';

export function RequestsView() {
  const { place } = usePage();
  const { scopes: shown, isReading } = useFilteredScopes(place?.filter ?? '');
  const columns: Column<Scope>[] = [
    { name: 'number', title: 'No.', value: ({ index }) => index, cell: ({ index }) => index + 1 },
    {
      name: 'label',
      main: true,
      title: 'Label',
      value: ({ label }) => label,
      cell: (scope) => <ScopeLink scope={scope} place={place} />,
    },
    {
      name: 'ended',
      title: 'Ended',
      wide: true,
      value: ({ status }) => status ?? 0,
      cell: (scope) => <Ending scope={scope} />,
    },
    {
      name: 'statements',
      title: 'Statements',
      numeric: true,
      value: ({ statements }) => statements,
      cell: ({ statements }) => count(statements),
    },
    {
      name: 'ms',
      title: 'ms',
      numeric: true,
      value: ({ durationMs }) => durationMs,
      cell: ({ durationMs }) => millis(durationMs),
    },
    {
      name: 'database',
      title: 'in PostgreSQL',
      numeric: true,
      wide: true,
      value: ({ databaseMs }) => databaseMs,
      cell: ({ databaseMs }) => millis(databaseMs),
    },
    {
      name: 'started',
      title: 'Started (UTC)',
      wide: true,
      value: ({ startedAt }) => startedAt.getTime(),
      cell: ({ startedAt }) => timeOf(startedAt),
    },
    {
      name: 'findings',
      title: 'Findings',
      numeric: true,
      value: ({ cards }) => worstOf(cards),
      cell: ({ cards }) => <CardLinks cards={cards} />,
    },
  ];
  return (
    <section aria-labelledby="requests">
      <ViewTitle id="requests">Requests</ViewTitle>
      {isReading ? (
        <p role="status">Reading the statements …</p>
      ) : (
        <SortedTable
          caption="Requests, jobs and tests, in the order in which they began"
          columns={columns}
          rows={shown}
          keyOf={({ index }) => index}
          sortedBy="number"
        />
      )}
    </section>
  );
}

export function timeOf(date: Date): string {
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(11, 23);
}

function ScopeLink({ scope: { index, label, parent, kind }, place }: { scope: Scope; place: Place | null }) {
  return (
    <a data-line href={linkTo(place, { open: { subject: 'request', id: String(index + 1) } })}>
      {parent !== null && <span class="soft">↳ </span>}
      {label} {kind !== 'request' && <span class="tag">{kind}</span>}
    </a>
  );
}

export function Ending({ scope: { status, error, aborted } }: { scope: Scope }) {
  const isBad = (status ?? 0) >= 400 || error !== null || aborted;
  const words = [status === null ? '' : String(status), error ?? '', aborted ? 'aborted' : ''].filter(
    (word) => word !== '',
  );
  return <span class={isBad ? 'failed' : undefined}>{`${isBad ? '✖ ' : ''}${words.join(' ') || 'ended'}`}</span>;
}

/** Tables and files are known from the statements, so these are read where the filter asks for one. */
export function useFilteredScopes(text: string): { scopes: readonly Scope[]; isReading: boolean } {
  const { model, scopes } = usePage();
  const filter = useMemo(() => filterFrom(text), [text]);
  const asksStatements = filter.words.some(({ token }) => token === 'table' || token === 'file');
  const data = useStatements(asksStatements);
  const shown = useMemo(
    () =>
      scopes === null
        ? []
        : scopes.all.filter((scope) => isMet(scope, filter, scopes, model, asksStatements ? data : null)),
    [scopes, filter, model, data, asksStatements],
  );
  return { scopes: shown, isReading: asksStatements && data === null };
}

function isMet(scope: Scope, filter: Filter, scopes: Scopes, model: PageModel, data: StatementsModel | null): boolean {
  if (filter.words.length === 0) return true;
  const traces = data === null ? null : scopes.tracesOf(scope, data);
  return meets(filter, {
    detector: scope.cards.flatMap((card) => model.cards[card]?.detectors ?? []),
    route: [scope.label],
    table:
      traces === null
        ? []
        : [...traces.texts].flatMap((text) => model.shapeTexts[data?.texts[text]?.[1] ?? -1]?.tables ?? []),
    file: traces === null ? [] : [...traces.sites].flatMap((site) => model.sites[site] ?? []),
    text: [scope.kind, String(scope.status ?? ''), scope.error ?? ''],
  });
}
