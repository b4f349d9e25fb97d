// Text measured in terminal cells instead of characters: Chinese, Japanese and Korean letters and emoji take two cells,
// combining marks none. Everything that aligns, cuts or wraps asks here.

const PLAIN = /^[\x20-\x7e]*$/;
/** Halfwidth forms take one cell, though their script is wide. */
const ONE_CELL = /^[\uff61-\uffdc\uffe8-\uffee]/;
const NO_CELL = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;
/** Wide and fullwidth by Unicode's East Asian Width (UAX #11), as far as terminals agree on it. */
const TWO_CELLS =
  /^(?:\p{Emoji_Presentation}|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Script=Bopomofo}|[\u3000-\u303e\uff01-\uff60\uffe0-\uffe6])/u;

/** Made when it is first needed, as that takes a while. */
let segmenter: Intl.Segmenter | undefined;

function graphemesOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return segmenter.segment(text);
}

/** The cells that `text` takes in a terminal. */
export function cellsOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let cells = 0;
  for (const { segment } of graphemesOf(text)) cells += cellsOfGrapheme(segment);
  return cells;
}

function cellsOfGrapheme(grapheme: string): number {
  if (TWO_CELLS.test(grapheme) && !ONE_CELL.test(grapheme)) return 2;
  return NO_CELL.test(grapheme) ? 0 : 1;
}

/** Filled with blanks on the right up to `cells`. */
export function padTo(text: string, cells: number): string {
  return text + ' '.repeat(Math.max(0, cells - cellsOf(text)));
}

/** At most `cells` wide: what is too long loses its end to `…`. */
export function cutEnd(text: string, cells: number): string {
  return cellsOf(text) <= cells ? text : `${takeStart(text, cells - 1)}…`;
}

/** At most `cells` wide: what is too long loses its beginning to `…`, as a path's file name says more than its root. */
export function cutStart(text: string, cells: number): string {
  return cellsOf(text) <= cells ? text : `…${takeEnd(text, cells - 1)}`;
}

/** At most `cells` wide: what is too long loses its middle to `…`. */
export function cutMiddle(text: string, cells: number): string {
  if (cellsOf(text) <= cells) return text;
  const head = Math.ceil((cells - 1) / 2);
  return `${takeStart(text, head).trimEnd()}…${takeEnd(text, cells - 1 - head).trimStart()}`;
}

/** Lines of at most `cells`, broken at blanks; a word that is longer than a line is broken anywhere. */
export function wrap(text: string, cells: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (let word of text.split(/\s+/).filter(Boolean)) {
    if (line !== '' && cellsOf(line) + 1 + cellsOf(word) <= cells) {
      line += ` ${word}`;
      continue;
    }
    if (line !== '') lines.push(line);
    while (cellsOf(word) > cells) {
      const part = takeStart(word, Math.max(cells, 2));
      lines.push(part);
      word = word.slice(part.length);
    }
    line = word;
  }
  if (line !== '') lines.push(line);
  return lines;
}

function takeStart(text: string, cells: number): string {
  let taken = '';
  let left = cells;
  for (const { segment } of graphemesOf(text)) {
    left -= cellsOfGrapheme(segment);
    if (left < 0) break;
    taken += segment;
  }
  return taken;
}

function takeEnd(text: string, cells: number): string {
  const segments = Array.from(graphemesOf(text), ({ segment }) => segment);
  let from = segments.length;
  let left = cells;
  while (from > 0) {
    left -= cellsOfGrapheme(segments[from - 1] as string);
    if (left < 0) break;
    from -= 1;
  }
  return segments.slice(from).join('');
}
