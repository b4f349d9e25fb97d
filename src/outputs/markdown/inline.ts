// Text inside Markdown as GitHub and GitLab read it: whatever it contains, it is shown and does nothing.

import { oneLine } from '../drawing/harmless.js';

/** Plain words of one line, also in a cell of a table. Nobody is called by an `@`. */
export function words(text: string): string {
  return oneLine(text)
    .replace(/&/g, '&amp;')
    .replace(/[\\`*_[\]|~#!<>$]/g, '\\$&')
    .replace(/@/g, '@\u2060');
}

/** Code of one line, also in a cell of a table, where even in code a `|` would end the cell. */
export function code(text: string): string {
  const line = oneLine(text);
  if (line === '') return '';
  const fence = '`'.repeat(longestRun(line) + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${line.replace(/\|/g, '\\|')}${pad}${fence}`;
}

/** A block of code that nothing in it ends. */
export function block(text: string, language: string): string {
  const fence = '`'.repeat(Math.max(longestRun(text) + 1, 3));
  return `${fence}${language}\n${text}\n${fence}`;
}

/** Text between HTML tags, where Markdown means nothing. Nobody is called there either. */
export function html(text: string): string {
  return oneLine(text)
    .replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/@/g, '@\u2060');
}

function longestRun(text: string): number {
  return Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
}
