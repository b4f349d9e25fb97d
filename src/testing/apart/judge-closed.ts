// From a scope that another process has closed to its report.

import { profileOf } from '../../analysis.js';
import { doubtSite, entryOf, learnShape, onlySite, onlySiteHere, tellSteady } from '../../capture/site-memory.js';
import type { Detector } from '../../detectors/detector.js';
import type { Sites } from '../../profile/build-profile.js';
import { notedOf, type ReadSite } from '../../profile/plain-notes.js';
import { runSlices } from '../../profile/slices.js';
import type { AllowanceLedger } from '../../report/allowance-ledger.js';
import { buildReport } from '../../report/build-report.js';
import type { Report } from '../../report/report.js';
import type { ClosedScope } from './closed-scope.js';

/** What scopes of one process are judged by. */
export interface Judge {
  readonly detectors: readonly Detector[];
  readonly allowances: AllowanceLedger;
  /** What is remembered of where statements come from is remembered for each process by itself: its number. */
  readonly process: number;
}

/** The report, with those of the scopes inside it. */
export async function judgeClosed(closed: ClosedScope, judge: Judge): Promise<Report> {
  const children: Report[] = [];
  for (const child of closed.children) children.push(await judgeClosed(child, judge));
  const profile = await profileOf(notedOf(closed.notes), closed.closing, sitesOf(closed, judge));
  const report = await runSlices(buildReport(profile, judge.detectors, { allow: [...closed.allowances], children }));
  judge.allowances.note(closed.allowances, report);
  return report;
}

function sitesOf({ entry: ordinal }: ClosedScope, { process }: Judge): Sites {
  const entry = ordinal === null ? null : entryOf(`${process} ${ordinal}`);
  const named = ({ id }: { id: string }): string => `${process} ${id}`;
  return {
    siteOf: (stack) => (stack as ReadSite).site,
    learn: (_, shape, site) => {
      learnShape(named(shape), site, entry);
    },
    only: (shape, here) => (here === true ? onlySiteHere(named(shape), entry) : onlySite(named(shape), entry)),
    doubt: (shape) => doubtSite(named(shape), entry),
    ran: (shape, steady) => tellSteady(named(shape), steady, entry),
  };
}
