// Generated aliases, numbered anew: a counter in `t12` or `"u7"` must not make every execution a statement of its own.

import { Part } from './normal-form.js';

/**
 * Numbers generated aliases (`t12`, `"u7"`) by their order of declaration, so that a counter in them hides no repeat. Only where each is
 * used as nothing but a qualifier, and no other name of the text reads like a new one: then the text says the same before and after.
 */
export function renumber(parts: string[], kinds: readonly Part[], declared: readonly number[]): void {
  const renamed = new Map<string, string>();
  for (const at of declared) {
    const alias = parts[at] as string;
    if (!renamed.has(alias)) renamed.set(alias, withNumber(alias, renamed.size + 1));
  }
  const taken = new Set(renamed.values());
  const declarations = new Set(declared);
  const changed: number[] = [];
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as string;
    if ((kinds[i] !== Part.word && kinds[i] !== Part.quoted) || parts[i - 1] === '.') continue;
    if (renamed.has(part)) {
      if (!declarations.has(i) && parts[i + 1] !== '.' && parts[i - 1] !== 'of') return;
      changed.push(i);
    } else if (taken.has(part)) {
      return;
    }
  }
  for (const at of changed) parts[at] = renamed.get(parts[at] as string) as string;
}

function withNumber(alias: string, number: number): string {
  return alias.endsWith('"')
    ? `${alias.slice(0, -1).replace(/[0-9]+$/, '')}${number}"`
    : alias.replace(/[0-9]+$/, '') + number;
}
