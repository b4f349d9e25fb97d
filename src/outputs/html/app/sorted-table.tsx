// A list of rows with one column to sort by, which the address names. Long ones show their beginning and say what is left.

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { count } from '../../drawing/numbers.js';
import { usePage } from './page-context.js';

export interface Column<Row> {
  name: string;
  title: string;
  /** Sorted by it; text from A, figures from the largest. */
  value(row: Row): string | number;
  cell(row: Row): ComponentChildren;
  /** Of a figure, drawn to the right. */
  numeric?: true;
  /** Left out where the screen is narrow. */
  wide?: true;
  /** What the row is about. */
  main?: true;
}

interface Props<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf(row: Row): string | number;
  /** Name of the column that is sorted by where the address names none. */
  sortedBy: string;
}

/** Lines that are drawn at first, and with each further step. */
const STEP = 200;

export function SortedTable<Row>({ caption, columns, rows, keyOf, sortedBy }: Props<Row>) {
  const { place } = usePage();
  const [most, setMost] = useState(STEP);
  const sort = place?.sort || sortedBy;
  const column = columns.find(({ name }) => name === sort.replace(/^-/, '')) ?? columns[0];
  const ordered =
    column === undefined ? rows : [...rows].sort((a, b) => compare(column, a, b) * (sort.startsWith('-') ? -1 : 1));
  const shown = ordered.slice(0, most);
  return (
    <div class="table">
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map((each) => (
              <Heading key={each.name} column={each} sort={sort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((each) => (
                <td key={each.name} class={classesOf(each)} data-title={each.title}>
                  {each.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {ordered.length > shown.length && (
        <p class="left">
          {count(ordered.length - shown.length)} more{' '}
          {place !== null && (
            <button type="button" onClick={() => setMost(most + STEP * 5)}>
              show more
            </button>
          )}
        </p>
      )}
      {rows.length === 0 && <p class="empty">Nothing meets the filter.</p>}
    </div>
  );
}

function Heading<Row>({ column, sort }: { column: Column<Row>; sort: string }) {
  const { place, go } = usePage();
  const isSorted = sort.replace(/^-/, '') === column.name;
  // A figure's first order is from the largest.
  const isAscending = (column.numeric === true) === sort.startsWith('-');
  const turn = () => go({ sort: isSorted && !sort.startsWith('-') ? `-${column.name}` : column.name });
  return (
    <th
      scope="col"
      class={classesOf(column)}
      aria-sort={isSorted ? (isAscending ? 'ascending' : 'descending') : undefined}
    >
      {place === null ? (
        column.title
      ) : (
        <button type="button" onClick={turn}>
          {column.title}
          <span aria-hidden="true">{isSorted ? (isAscending ? ' ↑' : ' ↓') : ''}</span>
        </button>
      )}
    </th>
  );
}

function classesOf({ numeric, wide, main }: Column<never>): string | undefined {
  return [numeric ? 'numeric' : '', wide ? 'wide' : '', main ? 'main' : ''].join(' ').trim() || undefined;
}

function compare<Row>({ value, numeric }: Column<Row>, a: Row, b: Row): number {
  const [left, right] = [value(a), value(b)];
  if (left === right) return 0;
  return (left < right ? -1 : 1) * (numeric ? -1 : 1);
}
