// How a normal form is written: with a blank between its parts, but none where SQL is written without. No two parts may
// fuse into another token: the text of a shape has to read as that same shape.

import { isReserved, isSpaced } from './keywords.js';
import { type NormalForm, Part } from './normal-form.js';

/** The shape's text: parts with one blank between them, none where SQL is written without. */
export function textOf({ parts, kinds }: Pick<NormalForm, 'parts' | 'kinds'>): string {
  let text = '';
  let naming = false;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as string;
    const kind = kinds[i] as Part;
    const before = i === 0 ? '' : (parts[i - 1] as string);
    if (i > 0 && hasBlank(before, kinds[i - 1] as Part, part, kind, naming)) text += ' ';
    text += part;
    if (kind === Part.word)
      naming = part === 'into' || part === 'table' || (naming && (part === 'as' || !isReserved(part)));
    else if (part === '(') naming = false;
  }
  return text;
}

/** `naming`: the name of a table whose columns follow has just been written, and `t (a, b)` is no function. */
function hasBlank(before: string, beforeKind: Part, part: string, kind: Part, naming: boolean): boolean {
  if (beforeKind === Part.punctuation && (before === '(' || before === '[' || before === '::')) return false;
  if (before === '.') return part === '.' || part === '..';
  if (kind !== Part.punctuation) return true;
  switch (part) {
    case ',':
    case ')':
    case ']':
    case ';':
      return false;
    case '::':
      return before === ':';
    case '.':
      return before === '..';
    case '[':
      return beforeKind === Part.operator || (beforeKind === Part.punctuation && before !== ')' && before !== ']');
    case '(':
      if (beforeKind === Part.quoted) return naming;
      return beforeKind !== Part.word || naming || isSpaced(before);
    default:
      return true;
  }
}
