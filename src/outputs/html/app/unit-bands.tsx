// Writes that had to happen as a whole, beside a band for what PostgreSQL kept or undid together.

import { count, counted } from '../../drawing/numbers.js';
import type { Card } from '../model.js';
import { Sql } from './sql.js';

export function UnitBands({ bands, linesLeft }: Pick<Card, 'bands' | 'linesLeft'>) {
  return (
    <>
      <ol class="bands" aria-label="Units, in the order in which they were sent">
        {bands.map(({ label, outcome, lines }, place) => (
          <li key={place} class={outcome.replace(' ', '-')}>
            <p class="unit">
              {label}
              {outcome !== 'autocommit' && <b> {outcome}</b>}
            </p>
            <ol>
              {lines.map((line, at) => (
                <li key={at}>
                  <p class="line">
                    {line.count > 1 && <b>{count(line.count)}× </b>}
                    <Sql text={line.sql} />{' '}
                    {line.ending !== '' && <span class={line.failed ? 'failed' : 'ended'}>{line.ending}</span>}
                  </p>
                  {line.site !== '' && <p class="site">{line.site}</p>}
                </li>
              ))}
            </ol>
          </li>
        ))}
      </ol>
      {linesLeft > 0 && <p class="left">… and {counted(linesLeft, 'unit')} more</p>}
    </>
  );
}
