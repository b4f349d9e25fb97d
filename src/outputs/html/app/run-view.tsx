// Who reported, and what is missing.

import type { RunProcess } from '../../../report/run.js';
import { count } from '../../drawing/numbers.js';
import type { Gap } from '../model.js';
import { usePage } from './page-context.js';

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
      <h2 id="run">Run</h2>
      <h3>What is missing</h3>
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
      {idle.length > 0 && (
        <>
          <h3>Allowances without effect</h3>
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
      <h3>{processes.length === 1 ? 'The process' : `${count(processes.length)} processes`}</h3>
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
