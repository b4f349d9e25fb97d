// The findings, the worst first: what the page opens with.

import { counted } from '../../drawing/numbers.js';
import type { Card } from '../model.js';
import { filterFrom, meets, type Searched } from './filter.js';
import { FindingCard } from './finding-card.js';
import { linkTo, usePage } from './page-context.js';
import { Verdict } from './verdict.js';

export function FindingsView() {
  const { model, place } = usePage();
  const filter = filterFrom(place?.filter ?? '');
  const shown = model.cards
    .map((card, index) => ({ card, index }))
    .filter(({ card }) => meets(filter, searchedIn(card)));
  return (
    <>
      <Verdict />
      <section aria-labelledby="findings">
        <div class="bar">
          <h2 id="findings">Findings</h2>
          {shown.length < model.cards.length && (
            <p class="soft" role="status">
              {counted(shown.length, 'finding')} of {model.cards.length} by the filter
            </p>
          )}
          <Steps cards={shown.map(({ card }) => card)} />
        </div>
        <ol class="cards">
          {shown.map(({ card, index }) => (
            <FindingCard key={card.id} card={card} index={index} />
          ))}
        </ol>
        {model.cards.length === 0 && (
          <p class="empty">No repeat, no torn write, no transaction astray in what was seen.</p>
        )}
      </section>
    </>
  );
}

function searchedIn({
  detectors,
  labels,
  tables,
  places,
  headline,
  findings,
  severity,
  confidence,
  tree,
  bands,
}: Card): Searched {
  const sql = [...tree, ...bands.flatMap(({ lines }) => lines)].map((line) => line.sql);
  return {
    detector: detectors,
    route: labels.map(({ label }) => label),
    table: tables,
    file: places,
    text: [headline, severity, confidence, ...findings.flatMap(({ message, why }) => [message, why]), ...sql],
  };
}

/** To the finding before and after the one that is open. */
function Steps({ cards }: { cards: readonly Card[] }) {
  const { place } = usePage();
  if (place === null || cards.length < 2) return null;
  const open = place.open;
  const at = Math.max(
    0,
    cards.findIndex(({ id }) => open?.id === id),
  );
  const link = (card: Card | undefined, key: string, text: string) =>
    card === undefined ? (
      <span class="soft">{text}</span>
    ) : (
      <a href={linkTo(place, { open: { subject: 'finding', id: card.id } })} data-key={key}>
        {text}
      </a>
    );
  return (
    <p class="steps">
      {link(cards[at - 1], 'p', '← before')} {link(cards[at + 1], 'n', 'next →')}
    </p>
  );
}
