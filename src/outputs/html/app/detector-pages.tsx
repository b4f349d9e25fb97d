// The pages of the detectors that found something: how each decides, how to mend what it finds, when it is wrong.

import { linkTo, usePage } from './page-context.js';

export function DetectorPages() {
  const { model, place } = usePage();
  const named = place?.open?.subject === 'detector' ? place.open.id : null;
  const pages = Object.entries(model.detectors).filter(([detector]) => named === null || detector === named);
  return (
    <section aria-labelledby="detectors">
      <h2 id="detectors">{named === null ? 'Detectors' : 'Detector'}</h2>
      {place !== null && (
        <p>
          <a href={linkTo(place, { view: 'findings', open: null })}>← all findings</a>
        </p>
      )}
      {pages.map(([detector, { title, html }]) => (
        <article key={detector} class="detector" id={`detector-${detector}`} aria-label={title}>
          <h3>{title}</h3>
          <div class="prose" dangerouslySetInnerHTML={{ __html: html }} />
        </article>
      ))}
      {pages.length === 0 && <p class="empty">This run has no finding of {named}, so its page is not in this file.</p>}
    </section>
  );
}
