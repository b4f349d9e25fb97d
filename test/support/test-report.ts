// Timelines judged by all detectors together: what one of them is silent on another may take for something else, so here a
// timeline's marks are all that is said of it.

import { expect } from 'vitest';
import { detectors } from '../../src/detectors/index.js';
import { runAtOnce } from '../../src/profile/slices.js';
import { buildReport } from '../../src/report/build-report.js';
import { CONFIDENCE_SIGN, pictureOf } from './test-detector.js';
import { play, type ScopeFacts } from './timeline.js';

/** The loops of 1,000 turns need as many rows to go over. */
const MOST_ROWS = 1_001;

/** All, but for the one that goes by the clock: where many statements wait for each other, a fake one makes all of them slow. */
const JUDGES = detectors
  .filter(({ meta }) => !meta.clock)
  .map((each) => (each.meta.id === 'large-result' ? (each.settings?.apply({ rows: MOST_ROWS }) ?? each) : each));

/**
 * Checks a timeline whose marks are `!<detector>` for a finding's statements (`?` likely, `??` possible), `!source` for those that feed it,
 * `~<kind>` for a dismissal. Those of the second finding end in 2, and so on, in the order of the report.
 */
export function checkReport(timeline: string, facts: ScopeFacts = {}): void {
  const { profile, lines, lineOf } = play(timeline, facts);
  const { findings, dismissals } = runAtOnce(buildReport(profile, JUDGES));
  const marks = lines.map(() => new Set<string>());
  const put = (statements: readonly number[], mark: string) => {
    for (const statement of statements) marks[lineOf[statement] as number]?.add(mark);
  };
  findings.forEach(({ detector, statements, source, confidence }, index) => {
    const number = index === 0 ? '' : String(index + 1);
    put(source, `!source${number}`);
    put(statements, `!${detector}${number}${CONFIDENCE_SIGN[confidence]}`);
  });
  for (const { kind, statements } of dismissals) put(statements, `~${kind}`);
  const found = marks.map((each) => [...each]);
  const expected = lines.map((line) => line.marks);
  expect(pictureOf(lines, found)).toBe(pictureOf(lines, expected));
}
