// All that is known of a finding as one text, to be given to whoever is to mend it: a colleague, an issue, a model.

import { count } from '../../drawing/numbers.js';
import type { Card } from '../model.js';

export function promptOf(card: Card): string {
  const parts = [
    `queryscope found ${card.detectors.join(', ')} (${card.severity}, ${card.confidence}): ${card.headline}.`,
    `Where: ${card.labels.map(({ label, scopes }) => `${label} (${count(scopes)}×)`).join(', ')}`,
    drawingOf(card),
    ...card.code.map(({ file, lines }) => {
      const text = lines.map((line) => `${line.marked ? '>' : ' '} ${line.number} | ${line.text}`).join('\n');
      return `Code, ${file} (> marks the lines that send these statements):\n${fenced(text)}`;
    }),
    card.proof === '' ? '' : `Proof: ${card.proof}.`,
    unique(card.findings.map(({ why }) => why)).join('\n'),
    card.growth === null ? '' : `Growth: ${card.growth.text}.`,
    ...card.replacements.map(({ sql }) => `Send this instead:\n${fenced(sql, 'sql')}`),
    unique(card.findings.map(({ advice }) => advice)).join('\n'),
    'Change the code so that the finding is gone and its behaviour stays the same. Keep the change small.',
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function drawingOf({ tree, bands }: Card): string {
  const loops = tree.map(({ depth, count: times, sql, site }) => `${'   '.repeat(depth)}${times}× ${sql}   ${site}`);
  const units = bands.flatMap(({ label, outcome, lines }) => [
    outcome === 'autocommit' ? label : `${label}, ${outcome}`,
    ...lines.map((line) => `   ${line.count}× ${line.sql}   ${line.ending}   ${line.site}`),
  ]);
  const text = [...loops, ...units].join('\n');
  return text === '' ? '' : `Statements:\n${fenced(text)}`;
}

/** A fence that the text itself does not hold. */
function fenced(text: string, language = ''): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
