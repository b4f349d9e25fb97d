// What feeds what: a row for each statement, and beside it the values drawn as they went, each from the statement that brought it to the one
// that bound it.

import { count, counted } from '../../drawing/numbers.js';
import type { Card, TreeRow } from '../model.js';
import { Sql } from './sql.js';

/** More dots than this are a line; the number stands beside them. */
const MOST_DOTS = 20;
/** Width of the drawing, in its own units. */
const WIDTH = 100;
const MARGIN = 7;
/** Height of the part in which values go from one row to the next. */
const FALL = 32;

export function FlowTree({ tree, linesLeft }: Pick<Card, 'tree' | 'linesLeft'>) {
  return (
    <>
      <ol class="flow" aria-label="Statements, and what feeds them">
        {tree.map((row, place) => (
          <li key={place} class={row.parent === null ? 'root' : undefined}>
            <Fan tree={tree} place={place} />
            <div class="statement">
              {row.flow !== null && <p class="proof">{row.flow}</p>}
              <p class="line">
                <b>{count(row.count)}×</b> <Sql text={row.sql} />
                {row.failure !== '' && <span class="failed"> {row.failure}</span>}
              </p>
              {row.site !== '' && <p class="site">{row.site}</p>}
            </div>
          </li>
        ))}
      </ol>
      {linesLeft > 0 && <p class="left">… and {counted(linesLeft, 'statement')} more</p>}
    </>
  );
}

/** One row of the drawing. What goes to a row further down passes by. */
function Fan({ tree, place }: { tree: readonly TreeRow[]; place: number }) {
  const { parent } = tree[place] as TreeRow;
  const dots = dotsOf(tree, place);
  const sources = parent === null ? [] : dotsOf(tree, parent);
  const passing = tree.flatMap((_, above) =>
    above < place && feedsBelow(tree, above, place) ? dotsOf(tree, above) : [],
  );
  const isSource = feedsBelow(tree, place, place);
  const dotAt = parent === null ? '1.1em' : '3.1em';
  return (
    <svg class="fan" aria-hidden="true">
      <svg
        aria-hidden="true"
        class="threads"
        viewBox={`0 0 ${WIDTH} ${FALL}`}
        preserveAspectRatio="none"
        height={parent === null ? '0' : '2.6em'}
        width="100%"
      >
        {sources.length > 0 && dots.map((x, dot) => <path key={dot} d={thread(sourceOf(dot, dots, sources), x)} />)}
      </svg>
      {passing.map((x, dot) => (
        <line key={dot} x1={`${x}%`} x2={`${x}%`} y1="0" y2="100%" />
      ))}
      {parent !== null && dots.map((x, dot) => <line key={dot} x1={`${x}%`} x2={`${x}%`} y1="2.55em" y2={dotAt} />)}
      {isSource && dots.map((x, dot) => <line key={dot} x1={`${x}%`} x2={`${x}%`} y1={dotAt} y2="100%" />)}
      {dots.map((x, dot) => (
        <circle key={dot} cx={`${x}%`} cy={dotAt} r={dots.length > 8 ? '0.17em' : '0.28em'} />
      ))}
    </svg>
  );
}

/** Does a row after `from` take its values from `row`? */
function feedsBelow(tree: readonly TreeRow[], row: number, from: number): boolean {
  return tree.some(({ parent }, place) => place > from && parent === row);
}

/** Where the statements of a row stand, from left to right. */
function dotsOf(tree: readonly TreeRow[], place: number): number[] {
  const dots = Math.min(tree[place]?.count ?? 0, MOST_DOTS);
  if (dots <= 1) return [WIDTH / 2];
  // The more, the wider: the eye sees that they multiply.
  const spread = Math.min(1, 0.3 + dots / 14) * (WIDTH - 2 * MARGIN);
  return Array.from({ length: dots }, (_, dot) => round(WIDTH / 2 - spread / 2 + (spread * dot) / (dots - 1)));
}

function sourceOf(dot: number, dots: readonly number[], sources: readonly number[]): number {
  return sources[Math.floor((dot * sources.length) / dots.length)] ?? WIDTH / 2;
}

function thread(from: number, to: number): string {
  return `M${from} 0C${from} ${FALL * 0.6} ${to} ${FALL * 0.4} ${to} ${FALL}`;
}

const round = (value: number): number => Math.round(value * 10) / 10;
