// The keys: what can be gone through is marked in the page, so that no view has to know of them.

/** Every key with what it does, as the help shows them. */
export const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ['j', 'next line'],
  ['k', 'line before'],
  ['Enter', 'open the line'],
  ['n', 'next finding, or request'],
  ['p', 'finding, or request, before'],
  ['/', 'filter'],
  ['Esc', 'leave the filter, close this'],
  ['1 – 5', 'findings, requests, labels, shapes, run'],
  ['?', 'these keys'],
];

const ACTIONS: Readonly<Record<string, () => void>> = {
  j: () => moveFocus(1),
  k: () => moveFocus(-1),
  n: () => press('[data-key="n"]'),
  p: () => press('[data-key="p"]'),
  '/': () => focus('#filter'),
  '?': () => press('[data-key="?"]'),
  ...Object.fromEntries([1, 2, 3, 4, 5].map((number) => [String(number), () => press(`[data-key="${number}"]`)])),
};

/** Answers how to stop. */
export function listenToKeys(): () => void {
  const listen = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]') !== null) return;
    if (event.key === 'Escape' && isTyping(event.target)) (event.target as HTMLElement).blur();
    if (isTyping(event.target)) return;
    const act = ACTIONS[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  };
  addEventListener('keydown', listen);
  return () => removeEventListener('keydown', listen);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.matches('input, textarea, select') || target.isContentEditable);
}

function moveFocus(step: number): void {
  const lines = [...document.querySelectorAll<HTMLElement>('[data-line]')].filter((line) => line.offsetParent !== null);
  const at = lines.indexOf(document.activeElement as HTMLElement);
  const next = lines[at < 0 ? (step > 0 ? 0 : lines.length - 1) : at + step];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

function press(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.click();
}

function focus(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus();
}
