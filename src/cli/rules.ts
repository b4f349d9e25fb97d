// What queryscope's own detectors are, for formats that describe them: their lines and pages, and which of them go by the clock.

import { readFileSync } from 'node:fs';
import { detectors } from '../detectors/index.js';
import type { RuleText } from '../outputs/rule-text.js';
import { ownFile } from '../own-files.js';

/** Pages lie beside the detectors, in the package as in the repository. */
export function rules(): RuleText[] {
  return detectors.map(({ meta: { id, severity, summary } }) => ({
    id,
    severity,
    summary,
    page: readFileSync(ownFile('detectors', `${id}.md`), 'utf8'),
  }));
}

/** Detectors that judge by the clock fail nothing. */
export function clockDetectors(): ReadonlySet<string> {
  return new Set(detectors.filter(({ meta }) => meta.clock).map(({ meta }) => meta.id));
}
