// One scope: where its time went, what it sent by shape or in order, its transactions, and what was found, judged harmless or allowed.

import { useMemo } from 'preact/hooks';
import { count, counted, millis } from '../../drawing/numbers.js';
import { indexesOf } from '../index-runs.js';
import type { ScopeDetail } from '../model.js';
import { OUTCOME_SIGNS } from './outcome-signs.js';
import { linkTo, usePage, useStatements } from './page-context.js';
import { Ending, timeOf, useFilteredScopes } from './requests-view.js';
import { detailOf, type Scope } from './scopes.js';
import { Sign } from './sign.js';
import { StatementList } from './statement-list.js';
import { PartTitle, ViewTitle } from './titles.js';
import { Waterfall } from './waterfall.js';

export function RequestView() {
  const { model, place, scopes } = usePage();
  const data = useStatements();
  const scope = scopes?.all[Number(place?.open?.id) - 1];
  const statements = useMemo(
    () => (scope === undefined || scopes === null || data === null ? null : scopes.statementsOf(scope, model, data)),
    [scope, scopes, data, model],
  );
  if (scope === undefined) return <p class="empty">This page has no such request.</p>;
  if (data === null || statements === null) return <p role="status">Reading the statements …</p>;
  const detail = detailOf(scope, data);
  return (
    <section aria-labelledby="request">
      <ScopeHead scope={scope} />
      <Found detail={detail} />
      {statements.length === 0 ? (
        <p class="empty">
          {scope.statements === 0
            ? 'It sent no statement.'
            : 'Its statements are not in this page: see what is missing.'}
        </p>
      ) : (
        <>
          <Waterfall scope={scope} detail={detail} statements={statements} marked={markedIn(detail)} />
          <StatementList statements={statements} marked={markedIn(detail)} />
        </>
      )}
      <Transactions detail={detail} />
      <Asides detail={detail} />
      <Children scope={scope} />
    </section>
  );
}

/** The statements that findings name. */
function markedIn({ found }: ScopeDetail): ReadonlySet<number> {
  return new Set(found.flatMap(({ statements }) => indexesOf(statements)));
}

function ScopeHead({ scope }: { scope: Scope }) {
  const { place, scopes } = usePage();
  const { index, label, kind, statements, infrastructure, durationMs, databaseMs, startedAt, parent, unattributed } =
    scope;
  const around = parent === null ? undefined : scopes?.all[parent];
  return (
    <>
      <div class="bar">
        <p class="trail">
          <a href={linkTo(place, { open: null })}>Requests</a> /{' '}
          {around !== undefined && (
            <>
              <a href={linkTo(place, { open: { subject: 'request', id: String(around.index + 1) } })}>{around.label}</a>{' '}
              /{' '}
            </>
          )}
          {index + 1}
        </p>
        <Neighbours index={index} />
      </div>
      <ViewTitle id="request">{label}</ViewTitle>
      <p class="scale">
        <Ending scope={scope} /> · {kind} · <b>{counted(statements, 'statement')}</b>
        {infrastructure > 0 && ` + ${count(infrastructure)} of a driver or an ORM`} · <b>{millis(databaseMs)}</b> of{' '}
        <b>{millis(durationMs)}</b> ms in PostgreSQL · {timeOf(startedAt)} UTC
        {unattributed > 0 && ` · ${counted(unattributed, 'statement')} outside any scope meanwhile`}
      </p>
    </>
  );
}

/** To the requests before and after, of those that the filter leaves. */
function Neighbours({ index }: { index: number }) {
  const { place } = usePage();
  const { scopes } = useFilteredScopes(place?.filter ?? '');
  const at = scopes.findIndex((scope) => scope.index === index);
  const link = (scope: Scope | undefined, key: string, text: string) =>
    scope === undefined ? (
      <span class="soft">{text}</span>
    ) : (
      <a href={linkTo(place, { open: { subject: 'request', id: String(scope.index + 1) } })} data-key={key}>
        {text}
      </a>
    );
  return (
    <p class="steps">
      {link(scopes[at - 1], 'p', '← before')} {link(scopes[at + 1], 'n', 'next →')}
    </p>
  );
}

function Found({ detail: { found } }: { detail: ScopeDetail }) {
  const { model, place } = usePage();
  if (found.length === 0) return null;
  return (
    <ul class="found" aria-label="Findings">
      {found.map(({ card: index, message }, at) => {
        const card = model.cards[index];
        if (card === undefined) return null;
        return (
          <li key={at}>
            <Sign severity={card.severity} confidence={card.confidence} />{' '}
            <a href={linkTo(place, { view: 'findings', open: { subject: 'finding', id: card.id }, filter: '' })}>
              {message}
            </a>{' '}
            <span class="soft">
              {card.detectors.join(', ')} · {card.confidence}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function Transactions({ detail: { transactions, connections } }: { detail: ScopeDetail }) {
  if (transactions.length === 0) return null;
  return (
    <div class="table">
      <table>
        <caption>Transactions</caption>
        <thead>
          <tr>
            <th scope="col">No.</th>
            <th scope="col">Ended</th>
            <th scope="col">Connection</th>
            <th scope="col">Mode</th>
            <th scope="col" class="numeric">
              from, ms
            </th>
            <th scope="col" class="numeric">
              open, ms
            </th>
          </tr>
        </thead>
        <tbody>
          {transactions.map(({ connection, outcome, startMs, endMs, mode, ambient }, at) => (
            <tr key={at}>
              <td data-title="No.">{at + 1}</td>
              <td data-title="Ended" class={outcome === 'left open' ? 'failed' : undefined}>
                {OUTCOME_SIGNS[outcome]} {outcome}
                {ambient && ' (opened before)'}
              </td>
              <td data-title="Connection">{connections[connection] ?? connection + 1}</td>
              <td data-title="Mode">{mode || <span class="soft">as the server's default</span>}</td>
              <td data-title="from, ms" class="numeric">
                {millis(startMs)}
              </td>
              <td data-title="open, ms" class="numeric">
                {endMs === null ? '…' : millis(endMs - startMs)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Asides({ detail: { dismissals, suppressed, notices, left } }: { detail: ScopeDetail }) {
  return (
    <>
      {suppressed.length > 0 && (
        <>
          <PartTitle>Allowed</PartTitle>
          <ul class="asides">
            {suppressed.map(({ detector, message, reason, until }, at) => (
              <li key={at}>
                <b>{detector}</b> {message}: <q>{reason}</q>
                {until !== null && <span class="soft"> until {until}</span>}
              </li>
            ))}
          </ul>
        </>
      )}
      {dismissals.length > 0 && (
        <>
          <PartTitle>Repeats judged harmless</PartTitle>
          <ul class="asides">
            {dismissals.map(({ kind, why, statements }, at) => (
              <li key={at}>
                <b>{kind}</b>, {counted(indexesOf(statements).length, 'statement')}: {why}
              </li>
            ))}
          </ul>
        </>
      )}
      {notices.length > 0 && (
        <>
          <PartTitle>Not noted</PartTitle>
          <ul class="asides">
            {notices.map(({ what, count: times }, at) => (
              <li key={at}>
                <b>{count(times)}×</b> {what}
              </li>
            ))}
          </ul>
        </>
      )}
      {left > 0 && <p class="left">… and {counted(left, 'finding')} or repeats more</p>}
    </>
  );
}

/** A test's requests. */
const MOST_CHILDREN = 200;

function Children({ scope }: { scope: Scope }) {
  const { place, scopes } = usePage();
  const children = scopes?.childrenOf(scope.index) ?? [];
  if (children.length === 0) return null;
  return (
    <>
      <PartTitle>Inside it</PartTitle>
      <ul class="asides">
        {children.slice(0, MOST_CHILDREN).map((child) => (
          <li key={child.index}>
            <a href={linkTo(place, { open: { subject: 'request', id: String(child.index + 1) } })}>{child.label}</a>{' '}
            <Ending scope={child} />{' '}
            <span class="soft">
              {counted(child.statements, 'statement')} · {millis(child.durationMs)} ms
            </span>
          </li>
        ))}
        {children.length > MOST_CHILDREN && (
          <li class="soft">and {counted(children.length - MOST_CHILDREN, 'scope')} more</li>
        )}
      </ul>
    </>
  );
}
