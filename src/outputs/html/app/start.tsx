// What runs in the browser: reads the data, takes over the page that is already there, and follows the address.

import { hydrate } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { PageModel, StatementsModel } from '../model.js';
import { listenToKeys } from './keys.js';
import { Page } from './page.js';
import { hashOf, type Place, placeIn } from './place.js';
import { keepTheme } from './theme.js';
import { unpackedData } from './unpacked-data.js';

let statements: Promise<StatementsModel> | undefined;

function loadStatements(): Promise<StatementsModel> {
  statements ??= unpackedData<StatementsModel>('statements');
  return statements;
}

/** From where the address leads now: what was asked a moment ago may not be drawn yet. */
function go(change: Partial<Place>, isPassing = false): void {
  const hash = hashOf({ ...placeIn(location.hash), ...change });
  if (isPassing) location.replace(hash);
  else location.hash = hash;
}

function App({ model }: { model: PageModel }) {
  // The first drawing has to be what is there already, whatever the address says.
  const [place, setPlace] = useState<Place | null>(null);
  useEffect(() => {
    const follow = () => {
      const next = placeIn(location.hash);
      keepTheme(next.theme);
      setPlace(next);
    };
    follow();
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  useEffect(() => listenToKeys(), []);
  return <Page model={model} place={place} go={go} load={loadStatements} />;
}

async function start(): Promise<void> {
  const page = document.getElementById('page');
  if (page === null) return;
  hydrate(<App model={await unpackedData<PageModel>('model')} />, page);
}

void start();
