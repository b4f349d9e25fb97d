// The head that stays: where one is, where one can go, and the filter.

import { useLayoutEffect, useRef } from 'preact/hooks';
import { count } from '../../drawing/numbers.js';
import { linkTo, usePage } from './page-context.js';
import { placeIn, VIEWS, type View } from './place.js';
import { otherTheme } from './theme.js';

const NAMES: Readonly<Record<View, string>> = {
  findings: 'Findings',
  requests: 'Requests',
  labels: 'Labels',
  shapes: 'Shapes',
  run: 'Run',
};

export function PageHead() {
  const { model, place } = usePage();
  const counts: Partial<Record<View, number>> = {
    findings: model.cards.length,
    requests: model.scopes.rows,
    labels: model.labels.length,
    shapes: model.shapes.length,
  };
  return (
    <header class="head">
      <p class="brand">
        <Mark />
        queryscope{model.title !== 'queryscope' && <span class="title"> {model.title}</span>}
      </p>
      <nav aria-label="Views">
        <ul>
          {VIEWS.map((view, place_) => (
            <li key={view}>
              <ViewLink view={view} number={place_ + 1} count={counts[view]} />
            </li>
          ))}
        </ul>
      </nav>
      <div class="tools">
        {place === null ? <p class="note">Requests, filter and keys need JavaScript.</p> : <Tools />}
      </div>
    </header>
  );
}

/** One row, and what it fans out to. */
function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M7 16h4c6 0 5-9 12-9M11 16h12M7 16h4c6 0 5 9 12 9" />
      <circle cx="6" cy="16" r="3.5" />
      <circle cx="25" cy="7" r="2.5" />
      <circle cx="25" cy="16" r="2.5" />
      <circle cx="25" cy="25" r="2.5" />
    </svg>
  );
}

function ViewLink({ view, number, count: things }: { view: View; number: number; count: number | undefined }) {
  const { place } = usePage();
  const text = (
    <>
      {NAMES[view]}
      {things !== undefined && <span class="count"> {count(things)}</span>}
    </>
  );
  if (place === null && view === 'requests') return <span class="unlinked">{text}</span>;
  return (
    <a
      href={linkTo(place, { view, open: null })}
      aria-current={place?.view === view ? 'page' : undefined}
      data-key={String(number)}
    >
      {text}
    </a>
  );
}

function Tools() {
  const { place, go } = usePage();
  const input = useRef<HTMLInputElement>(null);
  const filter = place?.filter ?? '';
  // What comes from the address is written into the field; what was typed there comes back by the address, and is there already: more may have been
  // typed since what is being drawn was.
  useLayoutEffect(() => {
    const now = placeIn(location.hash).filter;
    if (input.current !== null && input.current.value !== now) input.current.value = now;
  }, [filter]);
  return (
    <>
      <input
        id="filter"
        ref={input}
        type="search"
        placeholder="Filter: route:/chats table:users detector: file:"
        aria-label="Filter, by words and by detector:, route:, table:, file:"
        defaultValue={filter}
        autoComplete="off"
        spellcheck={false}
        onInput={(event) => go({ filter: event.currentTarget.value }, true)}
      />
      <button
        type="button"
        class="icon"
        onClick={() => go({ theme: otherTheme(place?.theme ?? null) })}
        aria-label="Light or dark"
        title="Light or dark"
      >
        ◐
      </button>
      <button type="button" class="icon" data-key="?" onClick={showKeys} aria-label="Keys" title="Keys">
        ?
      </button>
    </>
  );
}

function showKeys(): void {
  document.querySelector<HTMLDialogElement>('#keys')?.showModal();
}
