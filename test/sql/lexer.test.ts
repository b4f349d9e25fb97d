// The lexer's rules, one line each: a text and the tokens it is cut into, `kind:source`.

import { describe, expect, it } from 'vitest';
import { Kind, lex } from '../../src/sql/lexer.js';

const KIND_NAMES = Object.keys(Kind);

function cut(text: string): string {
  const tokens = lex(text);
  const shown = Array.from({ length: tokens.count }, (_, i) => {
    return `${KIND_NAMES[tokens.kinds[i] as number]}:${text.slice(tokens.starts[i], tokens.ends[i])}`;
  });
  if (tokens.unbalancedAt >= 0) shown.push(`unbalanced at ${tokens.unbalancedAt}`);
  return shown.join('  ');
}

const tables: Record<string, readonly (readonly [text: string, tokens: string])[]> = {
  strings: [
    ["'it''s'", "string:'it''s'"],
    ["E'it\\'s'", "string:E'it\\'s'"],
    ["'back\\' 1", "string:'back\\'  number:1"],
    ["b'01' X'1F' n'x'", "string:b'01'  string:X'1F'  string:n'x'"],
    ["b'1''0' X'1''F'", "string:b'1'  string:'0'  string:X'1'  string:'F'"],
    ["U&'d\\0061' u&'x'", "string:U&'d\\0061'  string:u&'x'"],
    ["u & 'x'", "word:u  operator:&  string:'x'"],
    ["date'2024-01-01'", "word:date  string:'2024-01-01'"],
    ["'a'\n'b'", "string:'a'\n'b'"],
    ["'a' -- it's\n 'b'", "string:'a' -- it's\n 'b'"],
    ["'a' 'b'", "string:'a'  string:'b'"],
    ["'a' /* x */\n'b'", "string:'a'  string:'b'"],
    ["'a", 'unbalanced at 0'],
    ["select E'a\\'", 'word:select  unbalanced at 7'],
    ["'a'\n'b", 'unbalanced at 0'],
  ],
  'dollar quotes': [
    ['$$a$b$$', 'string:$$a$b$$'],
    ['$tag$ $$ $other$ $tag$', 'string:$tag$ $$ $other$ $tag$'],
    ['$ümlaut$x$ümlaut$', 'string:$ümlaut$x$ümlaut$'],
    ['$1', 'parameter:$1'],
    ['$1a', 'parameter:$1  word:a'],
    ['a$1', 'word:a$1'],
    ['a$b$c$', 'word:a$b$c$'],
    ['$a 1', 'stray:$  word:a  number:1'],
    ['$1$', 'parameter:$1  stray:$'],
    ['$$a', 'unbalanced at 0'],
    ['$a$ $A$', 'unbalanced at 0'],
  ],
  comments: [
    ['1 -- x\n2', 'number:1  number:2'],
    ['1 -- x\r2', 'number:1  number:2'],
    ['1 --', 'number:1'],
    ['a/* /* */ */b', 'word:a  word:b'],
    ['/* \' " $$ */ 1', 'number:1'],
    ['1 /* /* */', 'number:1  unbalanced at 2'],
    ['a*/*x*/b', 'word:a  operator:*  word:b'],
    ['a+--x\nb', 'word:a  operator:+  word:b'],
    ['a@--x\n-b', 'word:a  operator:@  operator:-  word:b'],
  ],
  names: [
    ['SELECT été _x x1', 'word:SELECT  word:été  word:_x  word:x1'],
    ['"a ""b"" c"', 'quoted:"a ""b"" c"'],
    ['U&"d\\0061ta"', 'quoted:U&"d\\0061ta"'],
    ['a."B".c', 'word:a  punctuation:.  quoted:"B"  punctuation:.  word:c'],
    ['select "a', 'word:select  unbalanced at 7'],
    ['日本.テーブル', 'word:日本  punctuation:.  word:テーブル'],
  ],
  numbers: [
    [
      '1 1.5 1. .5 1e3 1.5e-3 1E+3',
      'number:1  number:1.5  number:1.  number:.5  number:1e3  number:1.5e-3  number:1E+3',
    ],
    ['1_000 0xFF_ff 0o17 0b1_0', 'number:1_000  number:0xFF_ff  number:0o17  number:0b1_0'],
    ['0o19 0b1_2', 'number:0o19  number:0b1_2'],
    ['1..2', 'number:1  punctuation:..  number:2'],
    ['1e 1a 0x', 'number:1  word:e  number:1  word:a  number:0  word:x'],
    ['-1', 'operator:-  number:1'],
    ['1__0', 'number:1  word:__0'],
  ],
  operators: [
    ['a=-1', 'word:a  operator:=  operator:-  number:1'],
    ['a@-1', 'word:a  operator:@-  number:1'],
    ['a<>-1', 'word:a  operator:<>  operator:-  number:1'],
    ['+-+-1', 'operator:+  operator:-  operator:+  operator:-  number:1'],
    ['*+-', 'operator:*  operator:+  operator:-'],
    [
      'a->>b #> c ?| d ?& e @? f',
      'word:a  operator:->>  word:b  operator:#>  word:c  operator:?|  word:d  operator:?&  word:e  operator:@?  word:f',
    ],
    ['a ? b', 'word:a  operator:?  word:b'],
    ['x::int', 'word:x  punctuation:::  word:int'],
    ['a := b => c', 'word:a  punctuation::=  word:b  operator:=>  word:c'],
    ['a[1:2]', 'word:a  punctuation:[  number:1  punctuation::  number:2  punctuation:]'],
    ['!!=', 'operator:!!='],
  ],
  strays: [
    ['\\ { \0', 'stray:\\  stray:{  stray:\0'],
    ['', ''],
    [' \t\r\n\f\v', ''],
    ['\u00a0', 'word:\u00a0'],
  ],
};

describe.each(Object.entries(tables))('%s', (_name, rows) => {
  it.each(rows)('%j', (text, tokens) => {
    expect(cut(text)).toBe(tokens);
  });
});

it('fills the arrays it is given again, and grows them as needed', () => {
  const tokens = lex('a '.repeat(1_000));
  expect(tokens.count).toBe(1_000);
  expect(lex('b /* c */', tokens)).toBe(tokens);
  expect([tokens.count, tokens.comments, tokens.unbalancedAt]).toEqual([1, true, -1]);
});
