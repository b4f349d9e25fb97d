// The pages of the detectors that found something: how each decides, how to mend what it finds, when it is wrong.

import { linkTo, usePage } from './page-context.js';
import { PartTitle, ViewTitle } from './titles.js';

export function DetectorPages() {
  const { model, place } = usePage();
  const named = place?.open?.subject === 'detector' ? place.open.id : null;
  const pages = Object.entries(model.detectors).filter(([detector]) => named === null || detector === named);
  return (
    <section aria-labelledby="detectors">
      <ViewTitle id="detectors">{named === null ? 'Detectors' : 'Detector'}</ViewTitle>
      {place !== null && (
        <p>
          <a href={linkTo(place, { view: 'findings', open: null })}>← all findings</a>
        </p>
      )}
      {pages.map(([detector, { title, html }]) => (
        <article key={detector} class="detector" id={`detector-${detector}`} aria-label={title}>
          <PartTitle>{title}</PartTitle>
          <div class="prose" dangerouslySetInnerHTML={{ __html: place === null ? html : oneLevelUp(html) }} />
        </article>
      ))}
      {pages.length === 0 && <p class="empty">This run has no finding of {named}, so its page is not in this file.</p>}
    </section>
  );
}

/** Alone in its view its headings begin one level higher. */
function oneLevelUp(html: string): string {
  return html.replace(/(<\/?h)([45])>/g, (_, tag: string, level: string) => `${tag}${Number(level) - 1}>`);
}
