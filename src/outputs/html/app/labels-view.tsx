// What each route, job and test usually sends, and at worst.

import { count, millis } from '../../drawing/numbers.js';
import type { LabelRow, PageModel, Spread } from '../model.js';
import { CardLinks, worstOf } from './card-links.js';
import { filterFrom, meets, type Searched } from './filter.js';
import { linkTo, usePage } from './page-context.js';
import { type Column, SortedTable } from './sorted-table.js';
import { SpreadBar } from './spread-bar.js';
import { ViewTitle } from './titles.js';

export function LabelsView() {
  const { model, place } = usePage();
  const filter = filterFrom(place?.filter ?? '');
  const rows = model.labels.filter((row) => meets(filter, searchedIn(row, model)));
  const most = Math.max(...model.labels.map(({ statements }) => statements.p95), 1);
  const longest = Math.max(...model.labels.map(({ durationMs }) => durationMs.p95), 1);
  const columns: Column<LabelRow>[] = [
    {
      name: 'label',
      main: true,
      title: 'Label',
      value: ({ label }) => label,
      cell: ({ label }) => <LabelLink label={label} />,
    },
    {
      name: 'scopes',
      title: 'Times',
      numeric: true,
      value: ({ scopes }) => scopes,
      cell: ({ scopes }) => count(scopes),
    },
    ...spreadColumns('statements', 'Statements', count, most),
    ...spreadColumns('durationMs', 'ms', millis, longest),
    {
      name: 'findings',
      title: 'Findings',
      numeric: true,
      value: ({ cards }) => worstOf(cards),
      cell: ({ cards }) => <CardLinks cards={cards} />,
    },
  ];
  return (
    <section aria-labelledby="labels">
      <ViewTitle id="labels">Labels</ViewTitle>
      <SortedTable
        caption="What each label sends: half of its scopes up to p50, 95 of 100 up to p95"
        columns={columns}
        rows={rows}
        keyOf={({ label }) => label}
        sortedBy="statements-p95"
      />
    </section>
  );
}

function spreadColumns(
  of: 'statements' | 'durationMs',
  title: string,
  worded: (value: number) => string,
  most: number,
): Column<LabelRow>[] {
  const column = (name: keyof Spread): Column<LabelRow> => ({
    name: `${of === 'statements' ? of : 'ms'}-${name}`,
    title: `${title} ${name}`,
    numeric: true,
    value: (row) => row[of][name],
    cell: (row) => worded(row[of][name]),
  });
  const bar: Column<LabelRow> = {
    name: `${of === 'statements' ? of : 'ms'}-spread`,
    title: 'p50 – p95',
    wide: true,
    numeric: true,
    value: (row) => row[of].p95 - row[of].p50,
    cell: (row) => <SpreadBar {...row[of]} most={most} />,
  };
  return [column('p50'), column('p95'), bar];
}

function LabelLink({ label }: { label: string }) {
  const { place } = usePage();
  if (place === null) return <>{label}</>;
  return (
    <a data-line href={linkTo(place, { view: 'requests', open: null, filter: `route:"${label.replaceAll('"', '')}"` })}>
      {label}
    </a>
  );
}

function searchedIn({ label, cards }: LabelRow, { cards: all }: PageModel): Searched {
  const found = cards.flatMap((index) => all[index] ?? []);
  return {
    detector: found.flatMap(({ detectors }) => detectors),
    route: [label],
    table: found.flatMap(({ tables }) => tables),
    file: found.flatMap(({ places }) => places),
    text: [],
  };
}
