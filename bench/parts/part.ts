// What each part of the bench is to run.ts: a name to ask for it by, and findings.

import type { Findings } from '../results.js';

export interface Part {
  /** As `npm run bench -- <name>` takes it. */
  name: string;
  title: string;
  /** `url`: a database with the story's tables. */
  measure(url: string): Promise<Findings> | Findings;
}
