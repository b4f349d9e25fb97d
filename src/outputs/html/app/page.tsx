// The page as a whole: its head, and the one view that the address names; before any script has run, all that can be read without.

import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import type { StatementsModel } from '../model.js';
import { DetectorPages } from './detector-pages.js';
import { FindingsView } from './findings-view.js';
import { KeysHelp } from './keys-help.js';
import { LabelsView } from './labels-view.js';
import { Context, type PageContext } from './page-context.js';
import { PageHead } from './page-head.js';
import type { Place, View } from './place.js';
import { RequestView } from './request-view.js';
import { RequestsView } from './requests-view.js';
import { RunView } from './run-view.js';
import { Scopes } from './scopes.js';
import { ShapesView } from './shapes-view.js';

interface Props extends Pick<PageContext, 'model' | 'place' | 'go'> {
  load: (() => Promise<StatementsModel>) | null;
}

export function Page({ model, place, go, load }: Props) {
  const isTaken = place !== null;
  const scopes = useMemo(() => (isTaken ? new Scopes(model) : null), [isTaken, model]);
  const [statements, setStatements] = useState<StatementsModel | null>(null);
  useStartAtTop(place);
  const needStatements = useCallback(() => void load?.().then(setStatements), [load]);
  return (
    <Context.Provider value={{ model, place, go, scopes, statements, needStatements }}>
      <PageHead />
      <main>
        {shows(place, 'findings') && <FindingsView />}
        {shows(place, 'labels') && <LabelsView />}
        {shows(place, 'shapes') && <ShapesView />}
        {shows(place, 'run') && <RunView />}
        {(place === null || place.open?.subject === 'detector') && <DetectorPages />}
        {place?.view === 'requests' && (place.open === null ? <RequestsView /> : <RequestView key={place.open.id} />)}
      </main>
      {isTaken && <KeysHelp />}
    </Context.Provider>
  );
}

/** Another view begins at its beginning; a finding brings itself into view. */
function useStartAtTop(place: Place | null): void {
  const shown = place === null || place.open?.subject === 'finding' ? null : `${place.view} ${place.open?.id ?? ''}`;
  useEffect(() => {
    if (shown !== null) scrollTo(0, 0);
  }, [shown]);
}

function shows(place: Place | null, view: View): boolean {
  if (place === null) return true;
  return place.view === view && place.open?.subject !== 'detector';
}
