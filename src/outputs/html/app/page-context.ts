// What every part of the page may ask for, so that it need not be handed down through all that are between.

import { createContext } from 'preact';
import { useContext, useEffect } from 'preact/hooks';
import type { PageModel, StatementsModel } from '../model.js';
import { hashOf, type Place, START } from './place.js';
import type { Scopes } from './scopes.js';

export interface PageContext {
  model: PageModel;
  /** Null before any script has run: all that can be read then is in the page at once. */
  place: Place | null;
  /** `isPassing`: on the way to somewhere, such as a word that is typed; it is nothing to come back to. */
  go(change: Partial<Place>, isPassing?: boolean): void;
  /** Null until the page is taken over. */
  scopes: Scopes | null;
  /** Null until they were read; asked for, they come. */
  statements: StatementsModel | null;
  needStatements(): void;
}

export const Context = createContext<PageContext | null>(null);

export function usePage(): PageContext {
  const page = useContext(Context);
  if (page === null) throw new Error('Every part stands in the page.');
  return page;
}

/** The statements, once a part that shows them is there. */
export function useStatements(areNeeded = true): StatementsModel | null {
  const { statements, needStatements } = usePage();
  useEffect(() => {
    if (areNeeded) needStatements();
  }, [areNeeded, needStatements]);
  return statements;
}

/** Link to what stands here changed; without script it is the plain name, which is in the page. */
export function linkTo(place: Place | null, change: Partial<Place>): string {
  return hashOf({ ...(place === null ? START : place), sort: '', ...change });
}
