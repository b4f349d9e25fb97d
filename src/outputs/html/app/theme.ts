// Light or dark as the system says, until somebody says otherwise.

import type { Place } from './place.js';

export function keepTheme(theme: Place['theme']): void {
  if (theme === null) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** The other one than is shown now. */
export function otherTheme(theme: Place['theme']): 'light' | 'dark' {
  const shown = theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  return shown === 'dark' ? 'light' : 'dark';
}
