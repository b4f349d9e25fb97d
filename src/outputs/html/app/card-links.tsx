// Links to findings by their signs, where there is room for no more.

import { linkTo, usePage } from './page-context.js';
import { Sign } from './sign.js';

const MOST = 4;

export function CardLinks({ cards }: { cards: readonly number[] }) {
  const { model, place } = usePage();
  if (cards.length === 0) return <span class="soft">–</span>;
  return (
    <span class="card-links">
      {cards.slice(0, MOST).map((index) => {
        const card = model.cards[index];
        if (card === undefined) return null;
        return (
          <a
            key={index}
            href={linkTo(place, { view: 'findings', open: { subject: 'finding', id: card.id }, filter: '' })}
            title={card.headline}
          >
            <Sign severity={card.severity} confidence={card.confidence} /> {card.detectors[0]}
          </a>
        );
      })}
      {cards.length > MOST && <span class="soft">and {cards.length - MOST} more</span>}
    </span>
  );
}

/** The worst first, as the cards are; none last. */
export function worstOf(cards: readonly number[]): number {
  return cards.length === 0 ? Number.NEGATIVE_INFINITY : -Math.min(...cards);
}
