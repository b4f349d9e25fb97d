// The stable name of a finding, by which baselines, outputs and people know it again after lines have moved. Everything
// that changes without the finding changing is left out of it.

import { LOT } from '../profile/slices.js';
import { sorted } from '../profile/sorted.js';
import type { Statement } from '../profile/types.js';
import type { ProfileView } from '../profile/views.js';
import type { Finding } from './report.js';

/** Gives each finding its key, and puts them in the order of their first statements. Equal ones are told apart by that order: `#2`, `#3` … */
export function* withKeys(findings: readonly Finding[], view: ProfileView): Generator<void, readonly Finding[]> {
  const inScope = yield* sorted(findings, (a, b) => (a.statements[0] as number) - (b.statements[0] as number));
  const seen = new Map<string, number>();
  for (let i = 0; i < inScope.length; i++) {
    if (i % LOT === LOT - 1) yield;
    const finding = inScope[i] as Finding;
    const name = nameOf(finding, view);
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    finding.key = count === 1 ? name : `${name}#${count}`;
  }
  return inScope;
}

/** detector:shape:source's shape:function:file, each `-` where it is not known. */
function nameOf({ detector, statements, source, callSite }: Finding, { profile }: ProfileView): string {
  const shapeOf = (index: number | undefined) =>
    index === undefined ? '-' : (profile.statements[index] as Statement).shape.id;
  const file = callSite === null ? '-' : callSite.file.slice(callSite.file.lastIndexOf('/') + 1);
  return [detector, shapeOf(statements[0]), shapeOf(source[0]), callSite?.function ?? '-', file].join(':');
}
