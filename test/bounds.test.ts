// The bounds of what runs beside an app: each that loses something is told by a notice, and the others are said to lose nothing, with the reason. A new one fails here until it is
// listed. Most of those that are told are bitten in test/capture/caps.test.ts.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Notice } from '../src/profile/types.js';

const SOURCE = join(__dirname, '../src');

/** How a constant that bounds what is kept is named here. */
const BOUND =
  /^(?:export )?const ((?:\w+_)?(?:MAX|MOST|LONG|KEPT|CAPACITY|DEPTH|WIDTH|PATHS|ACTIVITIES|ITEMS|LENGTH)(?:_\w+)?)(?:: \w+)? = \d/gm;

const told = (code: Notice['code']): string => `notice: ${code}`;

const BOUNDS: Record<string, string> = {
  'profile/recorder.ts ACTIVITIES': told('activities-dropped'),
  'profile/recorder.ts LONG_TEXTS': told('values-cut'),
  'profile/recorder.ts MOST_VALUES': told('values-cut'),
  'profile/values.ts LIST_ITEMS': told('values-cut'),
  'profile/documents.ts DEPTH': told('values-cut'),
  'profile/documents.ts PATHS': told('values-cut'),
  'profile/documents.ts WIDTH': told('values-cut'),
  'sql/parse.ts MAX_TOKENS': told('unreadable-sql'),
  'sql/normalise.ts MAX_DEPTH': told('unreadable-sql'),
  'span-processor.ts MAX_OPEN': told('unsettled'),
  'capture/linked-processes.ts MOST_CHARACTERS': told('report-missing'),

  'profile/recorder.ts LONG_TEXT': 'from there on a text is counted by LONG_TEXTS',
  'profile/build-profile.ts LONG_TEXT': 'from there on a text is read with pauses',
  'profile/values.ts KEY_LENGTH': 'a longer text in a result is no key, which is what is followed',
  'profile/slot-values.ts SAMPLE_LENGTH': 'a sampled value that is cut ends in an ellipsis',
  'profile/typed-rows.ts MOST_CODES': 'more codes are no types: a question of what is believed',
  'profile/names.ts WORDS_KEPT': 'a memory: what is forgotten is read again',
  'profile/note-columns.ts KEPT_CHUNKS': 'what a scope stands in that is over: a new one is made',
  'sql/parse.ts KEPT_TOKENS': 'a buffer: a longer text gets one of its own',
  'sql/summary.ts MAX_CHARACTERS': 'the convention for span names; the text stands beside it',
  'sql/summary.ts MAX_TOKENS': 'the convention for span names; the text stands beside it',
  'capture/site-memory.ts MOST_TEXTS': 'a memory: what is forgotten is learnt again',
  'capture/source-map.ts CAPACITY': 'a memory: what is forgotten is read again',
  'capture/sites.ts CAPACITY': 'a memory: what is forgotten is read again',
  'capture/sites.ts FRAMES_KEPT': 'frames further out than the line that is named',
  'capture/sites.ts STACKS_KEPT': 'a memory: what is forgotten is read again',
  'capture/stack-frames.ts FILES_KEPT':
    'a memory: a file that is forgotten gets another number, and its stacks are read again',
  'capture/call-site.ts FULL_DEPTH': 'where no frame of the app is among them the line is missing, and is shown so',
  'profile/path-label.ts MAX_DEPTH': 'the label ends in /*',
  'profile/path-label.ts MAX_WORDS': 'the label says :id',
  'profile/path-label.ts MAX_PATHS': 'the label says :id',
  'capture/context.ts MAX_ALLOWANCES': 'allowances still allow; of those that are idle the first are told at the end',
};

it('each is told where it loses something', () => {
  const found = ['', 'capture', 'profile', 'sql'].flatMap((folder) =>
    readdirSync(join(SOURCE, folder))
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => {
        const path = join(folder, file);
        return [...readFileSync(join(SOURCE, path), 'utf8').matchAll(BOUND)].map(([, name]) => `${path} ${name}`);
      }),
  );
  // Missing here: say in BOUNDS by which notice it is told that it bit, or why nothing is lost.
  expect(found.sort()).toEqual(Object.keys(BOUNDS).sort());
});

it('by a notice that the code gives', () => {
  const texts = ['capture', 'profile', 'traces'].flatMap((folder) =>
    readdirSync(join(SOURCE, folder)).map((file) => readFileSync(join(SOURCE, folder, file), 'utf8')),
  );
  const codes = Object.values(BOUNDS).flatMap((how) => /^notice: (.+)/.exec(how)?.[1] ?? []);
  for (const code of new Set(codes))
    expect(texts.join('')).toMatch(new RegExp(`(?:notice\\(|set\\(|code: )\\s*'${code}'`));
});
