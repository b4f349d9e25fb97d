// Every shape of the run with what it costs and who sends it.

import { count, counted, millis } from '../../drawing/numbers.js';
import type { PageModel, ShapeRow } from '../model.js';
import { CardLinks, worstOf } from './card-links.js';
import { filterFrom, meets, type Searched } from './filter.js';
import { usePage } from './page-context.js';
import { Scrolled } from './scrolled.js';
import { type Column, SortedTable } from './sorted-table.js';
import { Sql } from './sql.js';
import { ViewTitle } from './titles.js';

/** Tables and figures stand first; the text is a line, and whole when opened. */
export function ShapesView() {
  const { model, place } = usePage();
  const filter = filterFrom(place?.filter ?? '');
  const named = place?.open?.subject === 'shape' ? place.open.id : null;
  const rows = model.shapes.filter(
    (row) => (named === null || model.shapeTexts[row.shape]?.id === named) && meets(filter, searchedIn(row, model)),
  );
  const columns: Column<ShapeRow>[] = [
    {
      name: 'shape',
      main: true,
      title: 'Shape',
      value: ({ shape }) => model.shapeTexts[shape]?.text ?? '',
      cell: (row) => <ShapeText row={row} isOpen={named !== null} />,
    },
    { name: 'count', title: 'Times', numeric: true, value: (row) => row.count, cell: (row) => count(row.count) },
    {
      name: 'total',
      title: 'ms in all',
      numeric: true,
      value: (row) => row.totalMs,
      cell: (row) => millis(row.totalMs),
    },
    {
      name: 'slowest',
      title: 'slowest, ms',
      numeric: true,
      wide: true,
      value: (row) => row.slowestMs,
      cell: (row) => millis(row.slowestMs),
    },
    {
      name: 'rows',
      title: 'Rows',
      numeric: true,
      wide: true,
      value: (row) => row.rows,
      cell: (row) => count(row.rows),
    },
    {
      name: 'scopes',
      title: 'Scopes',
      numeric: true,
      wide: true,
      value: (row) => row.scopes,
      cell: (row) => count(row.scopes),
    },
    { name: 'callers', title: 'Sent from', value: (row) => -row.callers.length, cell: (row) => <Callers row={row} /> },
    {
      name: 'findings',
      title: 'Findings',
      numeric: true,
      value: ({ cards }) => worstOf(cards),
      cell: ({ cards }) => <CardLinks cards={cards} />,
    },
  ];
  return (
    <section aria-labelledby="shapes">
      <ViewTitle id="shapes">Shapes</ViewTitle>
      <SortedTable
        caption="Statements without their values: how often, how long, from where"
        columns={columns}
        rows={rows}
        keyOf={({ shape }) => shape}
        sortedBy="total"
      />
    </section>
  );
}

function ShapeText({ row: { shape, failed, infrastructure }, isOpen }: { row: ShapeRow; isOpen: boolean }) {
  const { model } = usePage();
  const text = model.shapeTexts[shape];
  if (text === undefined) return null;
  return (
    <details class="shape" open={isOpen || undefined}>
      <summary data-line>
        <Sql text={text.brief} />
        {infrastructure && <span class="tag">driver or ORM</span>}
        {failed > 0 && <span class="failed"> ✖ {count(failed)} failed</span>}
      </summary>
      <Scrolled label="The whole text of the shape">
        <Sql text={text.text} />
      </Scrolled>
    </details>
  );
}

function Callers({ row: { callers, callersLeft } }: { row: ShapeRow }) {
  const { model } = usePage();
  if (callers.length === 0) return <span class="soft">no frame of the app</span>;
  return (
    <ul class="callers">
      {callers.map(({ site, count: times }) => (
        <li key={site}>
          <span class="site">{model.sites[site]}</span> <span class="soft">{count(times)}×</span>
        </li>
      ))}
      {callersLeft > 0 && <li class="soft">and {counted(callersLeft, 'line')} more</li>}
    </ul>
  );
}

function searchedIn({ shape, callers, labels, cards }: ShapeRow, model: PageModel): Searched {
  const text = model.shapeTexts[shape];
  return {
    detector: cards.flatMap((index) => model.cards[index]?.detectors ?? []),
    route: labels.map((label) => model.labels[label]?.label ?? ''),
    table: text?.tables ?? [],
    file: callers.map(({ site }) => model.sites[site] ?? ''),
    text: [text?.text ?? ''],
  };
}
