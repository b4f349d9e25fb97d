// How one text becomes another: by characters, by tokens, by splicing two. Seeded, so that a run can be repeated.

import { lex } from '../../src/sql/lexer.js';

/** Numbers from 0 up to but without `below`, always the same for one seed (xorshift32). */
export type Random = (below: number) => number;

export function randomFrom(seed: number): Random {
  let state = (seed | 0) === 0 ? 1 : seed | 0;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Longer texts find nothing that shorter ones do not, and take the time of many. */
const LONGEST = 600;

const PIECES = [
  ...`' '' " "" $ $$ $a$ $1 \\ /* */ -- \n \r \t \0 ? ?| ?& @? = <> != < >= + - * / % ^ & | # ~ ! @ -> ->> #>> ( ) [ ] , ; . .. : :: := => { }`.split(
    / /,
  ),
  ...`0 1 42 1.5 .5 1e3 1_000 0x1F 0b1 1e 0x é 日本 \u00a0 \ud83d\ude00 \ud800 \ufeff E' B' X' N' U&' U&" e'\\' uescape`.split(
    ' ',
  ),
  ...`select from where and or not in is null true false as on join left using values insert into update set delete with recursive`.split(
    ' ',
  ),
  ...`union all any some array case when then else end limit offset fetch first rows only order by group having returning conflict`.split(
    ' ',
  ),
  ...`do nothing between like ilike similar to distinct begin commit rollback savepoint release create table temp view atomic merge`.split(
    ' ',
  ),
  ...`matched lateral unnest for share key interval date default excluded explain analyze copy truncate declare cursor only of t t1`.split(
    ' ',
  ),
  ...`"T" "t1" u2 a.b x1 count(*) exists row over(partition within filter ordinality materialized lock pg_advisory_lock(`.split(
    ' ',
  ),
];

/** A text made of `text`, perhaps with a part of `other`. */
export function mutate(text: string, other: string, random: Random): string {
  let mutated = text;
  for (let steps = 1 + random(4); steps > 0; steps--) mutated = step(mutated, other, random);
  return mutated.slice(0, LONGEST);
}

function step(text: string, other: string, random: Random): string {
  const at = random(text.length + 1);
  switch (random(9)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1 + random(4));
    case 1:
      return text.slice(0, at) + piece(random) + text.slice(at);
    case 2:
      return (
        text.slice(0, at) + String.fromCharCode(random(4) === 0 ? random(0x10000) : random(128)) + text.slice(at + 1)
      );
    case 3:
      return text.slice(0, at) + other.slice(random(other.length + 1));
    case 4: {
      const to = at + random(12);
      return text.slice(0, to) + text.slice(at);
    }
    default:
      return byTokens(text, other, random);
  }
}

function byTokens(text: string, other: string, random: Random): string {
  const tokens = spansOf(text);
  if (tokens.length === 0) return text + piece(random);
  const [start, end] = tokens[random(tokens.length)] as [number, number];
  const [start2, end2] = tokens[random(tokens.length)] as [number, number];
  switch (random(6)) {
    case 0:
      return text.slice(0, start) + text.slice(end);
    case 1:
      return `${text.slice(0, start)}${piece(random)}${text.slice(end)}`;
    case 2:
      return `${text.slice(0, end)} ${text.slice(start2, end2)} ${text.slice(end)}`;
    case 3: {
      const [from, to] = [Math.min(start, start2), Math.max(end, end2)];
      return `${text.slice(0, from)}(${text.slice(from, to)})${text.slice(to)}`;
    }
    case 4: {
      const others = spansOf(other);
      const [from] = others[random(Math.max(1, others.length))] ?? [0];
      return `${text.slice(0, start)} ${other.slice(from)}`;
    }
    default:
      return `${text.slice(0, start)}${random(2) ? '' : ' '}${piece(random)}${random(2) ? '' : ' '}${text.slice(start)}`;
  }
}

function spansOf(text: string): [number, number][] {
  const { starts, ends, count } = lex(text);
  return Array.from({ length: count }, (_, i) => [starts[i] as number, ends[i] as number]);
}

function piece(random: Random): string {
  return PIECES[random(PIECES.length)] as string;
}
