// A statement as one line of a drawing: what it asks for matters less there than of which table and by which column, so
// lists give way first. What gives way next where a line is narrow stands in sql-cuts.ts.

import { Kind, lex } from '../../sql/lexer.js';
import { cellsOf, cutEnd } from './cells.js';
import { oneLine } from './harmless.js';
import { type Cut, cutsOf, type Piece } from './sql-cuts.js';

/** Longer texts lose their middle before anything reads them: no line shows more. */
const MAX_CHARACTERS = 2_000;
/** A list up to here says what is asked (`count(*)`, `id`) in less room than `…` would save. */
const SHORT_LIST = 16;

const KEYWORDS = new Set(
  `select distinct from where and or on using in any all is not null like ilike between exists with as join inner left
   right full cross outer lateral insert into values update set delete returning conflict do nothing group by order asc
   desc limit offset having union for`.split(/\s+/),
);

/** The statement on one line: its select list and its values as `…` where they are long, tight around `=`. */
export function shortSql(sql: string): string {
  return elided(piecesOf(sql), isLong).replace(/ = /g, '=');
}

/** `line` in at most `cells`, from its verb on and with its parentheses closed: as many of its parts give way to `…` as have to, by `cutsOf`. */
export function fitSql(line: string, cells: number): string {
  if (cellsOf(line) <= cells) return line;
  const pieces = piecesOf(line);
  const cuts = cutsOf(pieces);
  const after = (count: number) => withoutPieces(pieces, cuts.slice(0, count));
  let least = 1;
  let most = cuts.length;
  while (least < most) {
    const middle = (least + most) >> 1;
    if (cellsOf(after(middle)) <= cells) most = middle;
    else least = middle + 1;
  }
  return cutEnd(after(most), cells);
}

/** The pieces, with one `…` for each place where some are cut. */
function withoutPieces(pieces: readonly Piece[], cuts: readonly Cut[]): string {
  const gone = new Set<number>();
  for (const { from, to } of cuts) for (let index = from; index < to; index += 1) gone.add(index);
  let out = '';
  pieces.forEach(({ text }, index) => {
    if (!gone.has(index)) out += text;
    else if (!out.endsWith('…')) out += '…';
  });
  return out.replace(/…(?: …)+/g, '…');
}

/** A statement that stands for others, on one line: its select list as `…` unless something is computed in it. */
export function briefSql(sql: string): string {
  const pieces = piecesOf(sql);
  if (pieces[0]?.text.toLowerCase() !== 'select') return pieces.map(({ text }) => text).join('');
  return elided(pieces, (list) => isLong(list) && !list.includes('(')).replace(/^select … /i, '… ');
}

/** The tokens of `sql` with one blank where layout or a comment stood. */
function piecesOf(sql: string): Piece[] {
  const text = capped(sql).replace(/;\s*$/, '');
  const { kinds, starts, ends, count, unbalancedAt } = lex(text);
  const pieces: Piece[] = [];
  let end = 0;
  for (let index = 0; index < count; index += 1) {
    const start = starts[index] as number;
    if (start > end && index > 0) pieces.push({ text: ' ', keyword: false });
    end = ends[index] as number;
    const token = oneLine(text.slice(start, end));
    pieces.push({ text: token, keyword: kinds[index] === Kind.word && isKeyword(token) });
  }
  if (unbalancedAt !== -1) pieces.push({ text: ` ${oneLine(text.slice(unbalancedAt))}`, keyword: false });
  return pieces;
}

function isKeyword(word: string): boolean {
  return KEYWORDS.has(word.toLowerCase());
}

function capped(sql: string): string {
  const half = MAX_CHARACTERS / 2;
  return sql.length <= MAX_CHARACTERS ? sql : `${sql.slice(0, half)} … ${sql.slice(-half)}`;
}

/** Puts `…` for the select list and for the parentheses of an INSERT, wherever `isElidable` says so and no parentheses are around. */
function elided(pieces: readonly Piece[], isElidable: (list: string) => boolean): string {
  const isInsert = pieces[0]?.text.toLowerCase() === 'insert';
  let out = '';
  let depth = 0;
  let listAt: number | null = null;
  let groupAt = 0;
  for (const { text, keyword } of pieces) {
    const word = keyword && depth === 0 ? text.toLowerCase() : '';
    if (word === 'from' && listAt !== null) {
      if (isElidable(out.slice(listAt).trim())) out = `${out.slice(0, listAt)} … `;
      listAt = null;
    }
    if (text === '(') {
      if (depth === 0) groupAt = out.length;
      depth += 1;
    }
    out += text;
    if (text === ')') {
      depth -= 1;
      if (isInsert && depth === 0 && isLong(out.slice(groupAt + 1, -1))) out = `${out.slice(0, groupAt)}(…)`;
    }
    if (word === 'select' && listAt === null && !out.includes('…')) listAt = out.length;
  }
  return out;
}

function isLong(list: string): boolean {
  return list.length > SHORT_LIST || list.replace(/\(.*\)/, '').includes(',');
}

/** A stretch of a text: a keyword, or all up to the next one. */
export interface SqlRun {
  text: string;
  keyword: boolean;
}

/** SQL as it stands, its keywords told apart so that tables and columns can stand out. */
export function sqlRuns(text: string): SqlRun[] {
  const { kinds, starts, ends, count } = lex(text);
  const runs: SqlRun[] = [];
  let end = 0;
  for (let index = 0; index < count; index += 1) {
    const word = text.slice(starts[index], ends[index]);
    if (kinds[index] !== Kind.word || !isKeyword(word)) continue;
    if ((starts[index] as number) > end) runs.push({ text: text.slice(end, starts[index]), keyword: false });
    runs.push({ text: word, keyword: true });
    end = ends[index] as number;
  }
  if (end < text.length) runs.push({ text: text.slice(end), keyword: false });
  return runs;
}
