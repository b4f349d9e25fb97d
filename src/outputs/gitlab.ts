// A run as a Code Quality report of GitLab (https://docs.gitlab.com/ci/testing/code_quality): the part of Code Climate's format that GitLab reads. What is in
// one branch's report and not in the other's is shown on the merge request, so the fingerprint is all that makes a finding new.

import { createHash } from 'node:crypto';
import type { Finding } from '../report/report.js';
import type { JudgedGroup, Verdict } from '../report/verdict.js';
import { insteadOf, NO_PLACE, placeOf, sentencesOf } from './drawing/finding-sentences.js';

export interface GitlabIssue {
  description: string;
  check_name: string;
  fingerprint: string;
  severity: 'info' | 'minor' | 'major' | 'critical' | 'blocker';
  location: { path: string; lines: { begin: number } };
}

/** One issue a finding, those that a baseline knows too: GitLab compares by itself. */
export function gitlabOf({ groups }: Pick<Verdict, 'groups'>): GitlabIssue[] {
  return groups.map(issueOf);
}

function issueOf(group: JudgedGroup): GitlabIssue {
  const { finding, report } = group.worst;
  const site = placeOf(finding, report.profile);
  return {
    description: [...sentencesOf(group), insteadOf(finding)].join(' ').trimEnd(),
    check_name: finding.detector,
    fingerprint: fingerprintOf(group.key),
    severity: severityOf(finding),
    location: { path: site?.file ?? NO_PLACE, lines: { begin: Math.max(site?.line ?? 1, 1) } },
  };
}

/** A digest of the key, in which no line, folder or count stands. No value is in it either: it is made of shapes. */
function fingerprintOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

function severityOf({ severity, confidence }: Finding): GitlabIssue['severity'] {
  if (confidence === 'possible' || severity === 'info') return 'info';
  return severity === 'error' ? 'critical' : 'major';
}
