// What the run comes to, in one sentence and a handful of figures.

import { count, counted, millis } from '../../drawing/numbers.js';
import type { PageModel, Severity, Summary } from '../model.js';
import { linkTo, usePage } from './page-context.js';
import { SIGNS } from './sign.js';

const MEANINGS: Readonly<Record<Severity, readonly [one: string, many: string]>> = {
  error: ['error: data can be wrong', 'errors: data can be wrong'],
  warning: ['warning: cost grows with data', 'warnings: cost grows with data'],
  info: ['note: work done twice', 'notes: work done twice'],
};
const SEVERITIES = Object.keys(MEANINGS) as Severity[];

export function Verdict() {
  const { model } = usePage();
  const { summary } = model;
  return (
    <section class="verdict" aria-labelledby="verdict">
      <h1 id="verdict">
        <Sentence model={model} />
      </h1>
      <p class="scale">
        {summary.scopes.map(({ kind, count: scopes }, place) => (
          <span key={kind}>
            {place > 0 && ' + '}
            <b>{count(scopes)}</b> {scopes === 1 ? kind : `${kind}s`}
          </span>
        ))}
        <span>
          {' '}
          × <b>{perScope(summary, summary.statements)}</b> statements
        </span>
        <span>
          {' '}
          × <b>{perStatement(summary)}</b> ms
        </span>
        <span class="soft">
          {' '}
          = {counted(summary.statements, 'statement')}, {millis(summary.databaseMs)} ms in PostgreSQL
        </span>
      </p>
      <Counts summary={summary} />
      <Missing model={model} />
    </section>
  );
}

function Sentence({ model }: { model: PageModel }) {
  const { counts, statements, scopes } = model.summary;
  const worst = SEVERITIES.find((severity) => counts[severity] > 0);
  if (worst !== undefined) {
    const [one, many] = MEANINGS[worst];
    return (
      <>
        <span class={`sign ${worst}`} aria-hidden="true">
          {SIGNS[worst]}
        </span>{' '}
        {count(counts[worst])} {counts[worst] === 1 ? one : many}
      </>
    );
  }
  if (scopes.length === 0 || statements === 0) return <>Nothing was seen: no statement in any scope</>;
  return (
    <>
      <span class="sign clean" aria-hidden="true">
        ✓
      </span>{' '}
      Nothing found
    </>
  );
}

function perScope({ scopes }: Summary, statements: number): string {
  const all = scopes.reduce((sum, { count: each }) => sum + each, 0);
  const mean = all === 0 ? 0 : statements / all;
  return mean < 9.95 && !Number.isInteger(mean) ? mean.toFixed(1) : count(mean);
}

/** A tenth of a millisecond is much for one statement. */
function perStatement({ statements, databaseMs }: Summary): string {
  const mean = statements === 0 ? 0 : databaseMs / statements;
  return mean < 0.95 ? mean.toFixed(2) : millis(mean);
}

function Counts({ summary }: { summary: Summary }) {
  const { counts, possible, suppressed, dismissals } = summary;
  const words: readonly (readonly [sign: string, css: string, number: number, noun: string, plural?: string])[] = [
    ...SEVERITIES.map(
      (severity) => [SIGNS[severity], severity, counts[severity], severity === 'info' ? 'note' : severity] as const,
    ),
    ['○', 'possible', possible, 'possible', 'possible'],
    ['∥', 'aside', suppressed, 'allowed', 'allowed'],
    ['✓', 'aside', dismissals, 'repeat judged harmless', 'repeats judged harmless'],
  ];
  return (
    <ul class="counts">
      {words.map(([sign, css, number, noun, plural = `${noun}s`]) => (
        <li key={noun} class={number === 0 ? 'none' : undefined}>
          <span class={`sign ${css}`} aria-hidden="true">
            {sign}
          </span>{' '}
          <b>{count(number)}</b> {number === 1 ? noun : plural}
        </li>
      ))}
    </ul>
  );
}

/** Silence must not look like absence. */
function Missing({ model }: { model: PageModel }) {
  const { place } = usePage();
  const { unattributed } = model.summary;
  const losses = model.losses.reduce((sum, loss) => sum + loss.count, 0);
  const gaps = model.gaps.length;
  const parts = [
    ...(unattributed > 0 ? [`${counted(unattributed, 'statement')} outside any scope`] : []),
    ...(losses > 0 ? [losses === 1 ? '1 loss' : `${count(losses)} losses`] : []),
    ...(gaps > 0 ? [counted(gaps, 'notice')] : []),
  ];
  if (parts.length === 0) return <p class="missing soft">Nothing outside any scope, nothing lost.</p>;
  return (
    <p class="missing">
      <a href={linkTo(place, { view: 'run', open: null })}>
        <span aria-hidden="true">⚠ </span>
        {parts.join(' · ')}
      </a>
    </p>
  );
}
