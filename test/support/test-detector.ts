// Tables of timelines for one detector: the marks in the text say what it must answer, and a failure shows the same
// timeline with the marks that it did answer.

import { loadModule, parseSync } from 'libpg-query';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Confidence, Detection, Detector } from '../../src/detectors/detector.js';
import { viewOf } from '../../src/profile/views.js';
import { type PlayedTimeline, play } from './timeline.js';
import { type Line, MARK } from './timeline-notes.js';

export interface DetectorCases {
  /** Timelines without a finding. What was looked at and dismissed is marked `~kind`. */
  valid: Record<string, string>;
  /**
   * Timelines with findings. A finding's statements carry one mark of the author's choice (`!loop`), its source's `!source`; `?` after it says
   * likely, `??` possible, nothing proven. Those of a second finding in the same timeline are `!loop2` and `!source2`.
   */
  invalid: Record<string, string>;
}

/** Declares one test per timeline. The marks have to be exactly those that the detector's evidence gives. */
export function testDetector(detector: Detector, { valid, invalid }: DetectorCases): void {
  describe(detector.meta.id, () => {
    beforeAll(loadModule);

    describe('is silent on', () => {
      it.each(Object.entries(valid))('%s', (_, timeline) => {
        expect(timeline).not.toMatch(/\s![a-z]/);
        check(detector, timeline);
      });
    });

    describe('finds', () => {
      it.each(Object.entries(invalid))('%s', (_, timeline) => {
        expect(timeline).toMatch(/\s![a-z]/);
        check(detector, timeline);
      });
    });
  });
}

/** Compares a timeline's marks with what the detector says of it, as two pictures. */
export function check(detector: Detector, timeline: string): void {
  const played = play(timeline);
  const view = viewOf(played.profile);
  const detection = detector.detect(view);
  const expected = pictureOf(
    played.lines,
    played.lines.map((line) => line.marks),
  );
  expect(pictureOf(played.lines, marksOf(detection, played, wordIn(timeline)))).toBe(expected);

  for (const evidence of detection.evidence) {
    const { message, why, advice, replacement } = detector.word(evidence, view);
    for (const words of [message, why, advice]) expect(words).toMatch(/^\S.*\S$/);
    if (replacement !== null) expect(() => parseSync(replacement)).not.toThrow();
  }
  for (const { why } of detection.dismissals) expect(why).toMatch(/^\S.*\S$/);
}

/** The word that this timeline's author calls the evidence by. */
function wordIn(timeline: string): string {
  const words = [...timeline.matchAll(MARK)].map((match) => match[1] as string);
  const word = words.find((mark) => mark.startsWith('!') && !mark.startsWith('!source'));
  return word?.replace(/^!|\d*\??\??$/g, '') ?? 'found';
}

/** What a mark adds to the word of a finding that is less than proven. */
export const CONFIDENCE_SIGN: Record<Confidence, string> = { proven: '', likely: '?', possible: '??' };

function marksOf({ evidence, dismissals }: Detection, { lines, lineOf }: PlayedTimeline, word: string): string[][] {
  const marks = lines.map(() => new Set<string>());
  const put = (statements: readonly number[], mark: string) => {
    for (const statement of statements) marks[lineOf[statement] as number]?.add(mark);
  };
  evidence.forEach(({ statements, source, confidence }, index) => {
    const number = index === 0 ? '' : String(index + 1);
    put(source, `!source${number}`);
    put(statements, `!${word}${number}${CONFIDENCE_SIGN[confidence]}`);
  });
  for (const { kind, statements } of dismissals) put(statements, `~${kind}`);
  return marks.map((set) => [...set]);
}

/** A timeline with these marks, as text to compare. */
export function pictureOf(lines: readonly Line[], marks: readonly (readonly string[])[]): string {
  const sqlWidth = Math.max(...lines.map((line) => line.sql.length));
  const notesWidth = Math.max(...lines.map((line) => line.notes.length));
  return lines
    .map((line, index) => {
      const written = [...(marks[index] ?? [])].sort().join(' ');
      return `${line.sql.padEnd(sqlWidth)}  -- ${line.notes.padEnd(notesWidth)}  ${written}`.trimEnd();
    })
    .join('\n');
}
