// The statements of a scope: by shape and line, where a loop is one line, or in the order in which they were sent.

import { useState } from 'preact/hooks';
import { count, millis } from '../../drawing/numbers.js';
import { filterFrom, meets } from './filter.js';
import { usePage } from './page-context.js';
import type { ScopeStatement } from './scopes.js';
import { Sql } from './sql.js';
import { PartTitle } from './titles.js';

/** Lines that are drawn at first, and with each further step. */
const STEP = 200;

interface Group {
  shape: number;
  site: string | null;
  statements: ScopeStatement[];
  totalMs: number;
  slowestMs: number;
  rows: number;
  failed: number;
  marked: number;
}

interface Props {
  statements: readonly ScopeStatement[];
  /** Statements that findings name. */
  marked: ReadonlySet<number>;
}

export function StatementList({ statements, marked }: Props) {
  const { place, go, model } = usePage();
  const list = place?.list ?? 'by shape';
  const filter = filterFrom(place?.filter ?? '');
  const shown = statements.filter(({ shape, sql, site, error }) =>
    // Routes and detectors chose the request; here they tell nothing more.
    meets(
      { words: filter.words.filter(({ token }) => token !== 'route' && token !== 'detector') },
      {
        detector: [],
        route: [],
        table: model.shapeTexts[shape]?.tables ?? [],
        file: [site ?? ''],
        text: [sql, error ?? ''],
      },
    ),
  );
  return (
    <>
      <div class="bar">
        <PartTitle>Statements</PartTitle>
        {shown.length < statements.length && (
          <p class="soft" role="status">
            {count(shown.length)} of {count(statements.length)} by the filter
          </p>
        )}
        <fieldset class="switch" aria-label="How they are listed">
          {(['by shape', 'in order'] as const).map((each) => (
            <button key={each} type="button" aria-pressed={list === each} onClick={() => go({ list: each })}>
              {each}
            </button>
          ))}
        </fieldset>
      </div>
      {list === 'by shape' ? <Groups groups={groupsOf(shown, marked)} /> : <Lines statements={shown} marked={marked} />}
    </>
  );
}

/** In the order in which they began. */
function groupsOf(statements: readonly ScopeStatement[], marked: ReadonlySet<number>): Group[] {
  const groups = new Map<string, Group>();
  for (const statement of statements) {
    const { shape, site, durationMs, rows, error, index } = statement;
    const name = `${shape} ${site}`;
    const group = groups.get(name) ?? {
      shape,
      site,
      statements: [],
      totalMs: 0,
      slowestMs: 0,
      rows: 0,
      failed: 0,
      marked: 0,
    };
    groups.set(name, group);
    group.statements.push(statement);
    group.totalMs += durationMs;
    group.slowestMs = Math.max(group.slowestMs, durationMs);
    group.rows += rows ?? 0;
    group.failed += Number(error !== null);
    group.marked += Number(marked.has(index));
  }
  return [...groups.values()];
}

function Groups({ groups }: { groups: readonly Group[] }) {
  const [most, setMost] = useState(STEP);
  const longest = Math.max(...groups.map(({ totalMs }) => totalMs), 0.01);
  return (
    <>
      <ol class="groups">
        {groups.slice(0, most).map((group) => (
          <GroupLine key={`${group.shape} ${group.site}`} group={group} longest={longest} />
        ))}
      </ol>
      <More all={groups.length} most={most} show={setMost} />
    </>
  );
}

function GroupLine({ group, longest }: { group: Group; longest: number }) {
  const { model } = usePage();
  const [isOpen, setOpen] = useState(false);
  const { shape, site, statements, totalMs, slowestMs, rows, failed, marked } = group;
  return (
    <li class={marked > 0 ? 'found' : undefined}>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary data-line>
          <b class="times">{count(statements.length)}×</b>
          <span class="what">
            <Sql text={model.shapeTexts[shape]?.brief ?? ''} />
            {failed > 0 && <span class="failed"> ✖ {count(failed)} failed</span>}
            {marked > 0 && <span class="tag found">in a finding</span>}
            {statements[0]?.infrastructure && <span class="tag">driver or ORM</span>}
            <span class="site">{site ?? 'no frame of the app'}</span>
          </span>
          <span class="cost">
            {millis(totalMs)} ms
            <span class="soft">
              {' '}
              slowest {millis(slowestMs)} · {count(rows)} {rows === 1 ? 'row' : 'rows'}
            </span>
            <svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
              <rect width={(totalMs / longest) * 100} height="8" />
            </svg>
          </span>
        </summary>
        {isOpen && <Lines statements={statements} marked={NONE} />}
      </details>
    </li>
  );
}

const NONE: ReadonlySet<number> = new Set();

function Lines({ statements, marked }: Props) {
  const [most, setMost] = useState(STEP);
  return (
    <>
      <ol class="lines">
        {statements.slice(0, most).map((statement) => (
          <StatementLine key={statement.index} statement={statement} isMarked={marked.has(statement.index)} />
        ))}
      </ol>
      <More all={statements.length} most={most} show={setMost} />
    </>
  );
}

function StatementLine({ statement, isMarked }: { statement: ScopeStatement; isMarked: boolean }) {
  const {
    index,
    sql,
    site,
    startMs,
    durationMs,
    waitMs,
    rows,
    affected,
    error,
    late,
    allowed,
    doubtful,
    transaction,
    values,
  } = statement;
  const facts = [
    startMs === null ? '' : `at ${millis(startMs)}`,
    `${millis(durationMs)} ms`,
    waitMs >= 0.05 ? `waited ${millis(waitMs)}` : '',
    rows === null ? '' : `${count(rows)} ${rows === 1 ? 'row' : 'rows'}`,
    affected === null ? '' : `${count(affected)} changed`,
    transaction === null ? '' : `transaction ${transaction + 1}`,
    late ? 'after the response' : '',
    allowed ? 'allowed' : '',
  ];
  return (
    <li class={isMarked ? 'found' : undefined}>
      <span class="times">{index + 1}</span>
      <span class="what">
        <Sql text={sql} />
        {error !== null && <span class="failed"> ✖ {error}</span>}
        {values !== null && values.length > 0 && <span class="values">[{values.join(', ')}]</span>}
        <span class="site">
          {site ?? 'no frame of the app'}
          {doubtful && ' (likely)'}
        </span>
      </span>
      <span class="cost">{facts.filter((fact) => fact !== '').join(' · ')}</span>
    </li>
  );
}

function More({ all, most, show }: { all: number; most: number; show(most: number): void }) {
  if (all <= most) return null;
  return (
    <p class="left">
      {count(all - most)} more{' '}
      <button type="button" onClick={() => show(most + STEP * 5)}>
        show more
      </button>
    </p>
  );
}
