// One finding in full: what was sent, from where, what proves it, what it becomes, and what to send instead.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { count, counted } from '../../drawing/numbers.js';
import type { Card } from '../model.js';
import { CodeFrames } from './code-frames.js';
import { CopyButton } from './copy-button.js';
import { FlowTree } from './flow-tree.js';
import { GrowthCurve } from './growth-curve.js';
import { linkTo, usePage } from './page-context.js';
import { promptOf } from './prompt.js';
import { Scrolled } from './scrolled.js';
import { Sign } from './sign.js';
import { Sql } from './sql.js';
import { UnitBands } from './unit-bands.js';

/** Labels that a card names; the others are a number. */
const MOST_LABELS = 8;
/** Scopes that a card links to by number. */
const MOST_LINKS = 12;

export function FindingCard({ card, index }: { card: Card; index: number }) {
  const { model, place, go } = usePage();
  const details = useRef<HTMLDetailsElement>(null);
  const isNamed = place?.open?.subject === 'finding' && place.open.id === card.id;
  const [isOpen, setOpen] = useState(index === 0);
  useEffect(() => {
    if (!isNamed || details.current === null || details.current.open) return;
    details.current.open = true;
    details.current.scrollIntoView({ block: 'start' });
    details.current.querySelector<HTMLElement>('summary')?.focus({ preventScroll: true });
  }, [isNamed]);
  const follow = () => {
    const isOpening = details.current !== null && !details.current.open;
    if (isOpening && place !== null) go({ open: { subject: 'finding', id: card.id } });
  };
  return (
    <li>
      <article
        class={`card ${card.confidence === 'possible' ? 'possible' : card.severity}`}
        aria-labelledby={`title-${card.id}`}
      >
        <details ref={details} open={index === 0 || undefined} onToggle={(event) => setOpen(event.currentTarget.open)}>
          {/* biome-ignore lint/a11y/noStaticElementInteractions: a summary is a button. */}
          <summary data-line onClick={follow}>
            <Sign severity={card.severity} confidence={card.confidence} />
            <span class="name">
              {card.detectors.join(', ')} <span class="confidence">· {card.confidence}</span>
            </span>
            <h3 id={`title-${card.id}`}>{card.headline}</h3>
            <Where card={card} />
          </summary>
          {(isOpen || isNamed || index < model.opened) && <Body card={card} />}
        </details>
      </article>
    </li>
  );
}

function Where({ card: { labels, scopeCount, places } }: { card: Card }) {
  const [first] = labels;
  const [place] = places;
  const others = labels.length > 1 ? ` and ${counted(labels.length - 1, 'label')} more` : '';
  const often = scopeCount > 1 ? ` ${count(scopeCount)}×` : '';
  return (
    <span class="where">
      {first?.label}
      {others}
      {often}
      {place !== undefined && <span class="wide"> · {place}</span>}
    </span>
  );
}

/** Without script the browser itself opens what an address leads to; with it two would. */
function Body({ card }: { card: Card }) {
  const { place } = usePage();
  const whys = [
    ...new Set(
      card.findings.filter(({ confidence }) => confidence !== 'proven' || card.proof === '').map(({ why }) => why),
    ),
  ];
  const advices = [...new Set(card.findings.map(({ advice }) => advice))];
  return (
    <div class="body" id={place === null ? `finding-${card.id}` : undefined}>
      <div class="story">
        {card.tree.length > 0 && <FlowTree tree={card.tree} linesLeft={card.linesLeft} />}
        {card.bands.length > 0 && <UnitBands bands={card.bands} linesLeft={card.linesLeft} />}
        <CodeFrames frames={card.code} />
      </div>
      <dl class="facts">
        {card.replacements.length > 0 && (
          <Fact name="Instead">
            <Instead card={card} />
          </Fact>
        )}
        {card.proof !== '' && (
          <Fact name="Proof">
            <p>{card.proof}</p>
          </Fact>
        )}
        {card.growth !== null && (
          <Fact name="Grows">
            <GrowthCurve {...card.growth} />
          </Fact>
        )}
        {whys.length > 0 && (
          <Fact name="Why">
            {whys.map((why) => (
              <p key={why}>{why}</p>
            ))}
          </Fact>
        )}
        <Fact name="Advice">
          {advices.map((advice) => (
            <p key={advice}>{advice}</p>
          ))}
        </Fact>
        <Fact name="Found in">
          <FoundIn card={card} />
        </Fact>
      </dl>
      <Actions card={card} />
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class={`fact ${name.toLowerCase().replace(' ', '-')}`}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Instead({ card }: { card: Card }) {
  return (
    <>
      <Scrolled css="brief" label="What to send instead">
        {card.replacements.map(({ brief }, place) => (
          <span key={place}>
            <Sql text={brief} />
            {'\n'}
          </span>
        ))}
      </Scrolled>
      <details class="more">
        <summary>as it stands</summary>
        {card.replacements.map(({ sql }, place) => (
          <Scrolled key={place} label="The SQL to send instead">
            <Sql text={sql} />
          </Scrolled>
        ))}
      </details>
      <CopyButton what="replacement" text={() => card.replacements.map(({ sql }) => `${sql};`).join('\n\n')} />
    </>
  );
}

function FoundIn({ card }: { card: Card }) {
  const { place, scopes } = usePage();
  const labels = card.labels.slice(0, MOST_LABELS);
  return (
    <>
      <ul class="labels">
        {labels.map(({ label, scopes }) => (
          <li key={label}>
            {label} {scopes > 1 && <span class="soft">{count(scopes)}×</span>}
          </li>
        ))}
        {card.labels.length > labels.length && (
          <li class="soft">and {counted(card.labels.length - labels.length, 'label')} more</li>
        )}
      </ul>
      {place !== null && (
        <p class="links">
          {card.scopes.slice(0, MOST_LINKS).map((scope, at) => (
            <a
              key={scope}
              href={linkTo(place, {
                view: 'requests',
                open: { subject: 'request', id: String(scope + 1) },
                filter: '',
              })}
            >
              {at === 0 ? `open ${scopes?.all[scope]?.kind} ${scope + 1}` : scope + 1}
            </a>
          ))}
          {card.scopeCount > MOST_LINKS && <span class="soft">of {count(card.scopeCount)}</span>}
        </p>
      )}
    </>
  );
}

function Actions({ card }: { card: Card }) {
  const { place, model } = usePage();
  const runnable = card.statements.flatMap(({ runnable }) => runnable ?? []);
  const pages = card.detectors.filter((detector) => model.detectors[detector] !== undefined);
  return (
    <div class="actions">
      <details class="more">
        <summary>{counted(card.statements.length, 'statement')} as sent</summary>
        {card.statements.map(({ sql }, at) => (
          <Scrolled key={at} label="A statement as it was sent">
            <Sql text={sql} />
          </Scrolled>
        ))}
      </details>
      <CopyButton what="SQL" text={() => card.statements.map(({ sql }) => `${sql};`).join('\n\n')} />
      {runnable.length > 0 && <CopyButton what="runnable SQL" text={() => runnable.join('\n\n')} />}
      <CopyButton what="prompt" text={() => promptOf(card)} />
      <CopyButton what="link" text={() => new URL(`#finding-${card.id}`, location.href).href} />
      {pages.map((detector) => (
        <a
          key={detector}
          class="page"
          href={linkTo(place, { open: { subject: 'detector', id: detector }, filter: '' })}
        >
          About {detector}
        </a>
      ))}
    </div>
  );
}
