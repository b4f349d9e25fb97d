// What the formats of CI say about a detector itself. Handed in, since an output knows findings and not who found them.

import type { Severity } from '../detectors/detector.js';

export interface RuleText {
  /** The detector's id. */
  id: string;
  severity: Severity;
  /** One line: what it finds. */
  summary: string;
  /** Its page, in Markdown. */
  page: string;
}
