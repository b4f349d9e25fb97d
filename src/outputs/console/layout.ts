// The few ways in which the console places text: a lead with its text beside or below it, and a labelled fact. Measures
// plain text and paints last, as escape codes take no cell.

import { cellsOf, padTo, wrap } from '../drawing/cells.js';
import type { Paint } from './paint.js';

export const INDENT = '   ';
/** Lines keep to this many cells, whatever the terminal has: longer ones are no easier to read. */
export const WIDEST = 120;
/** On a narrower terminal lines break by themselves. */
export const NARROWEST = 40;
/** Labels of facts are padded to the longest of them, `instead`. */
const LABEL_CELLS = 9;
/** However narrow the terminal and deep the indent, text gets this much. */
const MIN_TEXT_CELLS = 20;

/** Text that is measured as it stands and shown as painted. */
export interface Painted {
  text: string;
  painted: string;
}

/** `lead   body` on one line where that fits, else the body below, wrapped and indented. */
export function headline(lead: Painted, body: string, width: number): string[] {
  if (fitsBeside(lead, body, width)) return [lead.painted + INDENT + body];
  return [lead.painted, ...wrap(body, textCells(width, INDENT.length)).map((line) => INDENT + line)];
}

export function fitsBeside(lead: Painted, body: string, width: number): boolean {
  return cellsOf(lead.text) + INDENT.length + cellsOf(body) <= width;
}

/** Parts joined by ` · `, in lines that break between parts only. */
export function joinParts(parts: readonly string[], cells: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const longer = `${lines.at(-1)} · ${part}`;
    if (lines.length > 0 && cellsOf(longer) <= cells) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}

/** `proof    …`: a fact's lines beside its label; nothing where there are none. */
export function factLines(label: string, body: readonly string[], paint: Paint): string[] {
  return body.map((line, index) => {
    const lead = INDENT + paint('faint', padTo(index === 0 ? label : '', LABEL_CELLS));
    return line === '' ? '' : lead + line;
  });
}

/** The cells that the text of a fact has. */
export function factCells(width: number): number {
  return textCells(width, INDENT.length + LABEL_CELLS);
}

/** The cells that text has beside an indent. */
export function textCells(width: number, indent: number): number {
  return Math.max(width - indent, MIN_TEXT_CELLS);
}
