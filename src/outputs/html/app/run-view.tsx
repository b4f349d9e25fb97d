// Who reported, and what is missing.

import type { RunProcess } from '../../../report/run.js';
import { count } from '../../drawing/numbers.js';
import type { Aside, Gap } from '../model.js';
import { usePage } from './page-context.js';
import { PartTitle, ViewTitle } from './titles.js';

export function RunView() {
  const { model } = usePage();
  const { processes, losses, gaps, summary } = model;
  const idle = processes.flatMap(({ idleAllows }) => idleAllows);
  const missing: Gap[] = [
    ...(summary.unattributed > 0
      ? [{ what: 'Statements sent outside any request, job or test: nobody judged them.', count: summary.unattributed }]
      : []),
    ...losses.map(({ message, count: times }) => ({ what: message, count: times })),
    ...gaps,
  ];
  return (
    <section aria-labelledby="run">
      <ViewTitle id="run">Run</ViewTitle>
      <PartTitle>What is missing</PartTitle>
      {missing.length === 0 ? (
        <p class="soft">
          Nothing: every statement was inside a scope, every scope was read, and the page holds all of them.
        </p>
      ) : (
        <ul class="missing-list">
          {missing.map(({ what, count: times }) => (
            <li key={what}>
              <b>{count(times)}×</b> {what}
            </li>
          ))}
        </ul>
      )}
      <Asides asides={model.asides.filter(({ kind }) => kind === 'allowed')} title="Allowed, with a reason" />
      <Asides asides={model.asides.filter(({ kind }) => kind === 'harmless')} title="Repeats judged harmless" />
      {idle.length > 0 && (
        <>
          <PartTitle>Allowances without effect</PartTitle>
          <ul class="missing-list">
            {idle.map(({ detector, reason, until, ended, outside }, place) => (
              <li key={place}>
                <b>{detector}</b>: {reason}
                {until !== null && ` (until ${until})`}{' '}
                <span class="soft">
                  {ended ? 'has ended' : outside ? 'was around no scope' : 'had nothing to allow'}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
      <PartTitle>{processes.length === 1 ? 'The process' : `${count(processes.length)} processes`}</PartTitle>
      <ul class="processes">
        {processes.map((process, place) => (
          <li key={place}>
            <Process {...process} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Process({ service, version, commit, runtime, queryscope, pid, startedAt, endedAt, drivers }: RunProcess) {
  const facts: readonly (readonly [string, string | null])[] = [
    ['version', version],
    ['commit', commit],
    ['runtime', runtime],
    ['drivers', drivers.join(', ') || null],
    ['queryscope', queryscope],
    ['process', String(pid)],
    ['started', startedAt],
    ['ended', endedAt ?? 'did not say that it was done'],
  ];
  return (
    <>
      <p>
        <b>{service ?? 'without a name'}</b>
      </p>
      <dl>
        {facts.map(
          ([name, value]) =>
            value !== null && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
    </>
  );
}

function Asides({ asides, title }: { asides: readonly Aside[]; title: string }) {
  if (asides.length === 0) return null;
  return (
    <>
      <PartTitle>{title}</PartTitle>
      <ul class="asides">
        {asides.map(({ what, why, count: times }) => (
          <li key={`${what} ${why}`}>
            <b>{count(times)}×</b> {what}: {why}
          </li>
        ))}
      </ul>
    </>
  );
}
