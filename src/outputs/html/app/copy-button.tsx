// Puts a text on the clipboard and says so. Not there without script, as it could do nothing.

import { useEffect, useState } from 'preact/hooks';
import { usePage } from './page-context.js';

const SHOWN_MS = 1_600;

type State = 'ready' | 'copied' | 'failed';

export function CopyButton({ text, what }: { text: () => string; what: string }) {
  const { place } = usePage();
  const [state, setState] = useState<State>('ready');
  useEffect(() => {
    if (state === 'ready') return;
    const timer = setTimeout(() => setState('ready'), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);
  if (place === null) return null;
  const copy = async () => setState((await copied(text())) ? 'copied' : 'failed');
  return (
    <button type="button" class="copy" onClick={copy}>
      <span aria-live="polite">
        {state === 'ready' ? `Copy ${what}` : state === 'copied' ? 'Copied ✓' : 'Not allowed here'}
      </span>
    </button>
  );
}

/** Pages in a frame may be kept from the clipboard, though not from a selection of their own. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedBySelection(text);
  }
}

function copiedBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'off-screen';
  document.body.append(area);
  area.select();
  try {
    return document.execCommand('copy');
  } catch {
    return false;
  } finally {
    area.remove();
  }
}
