// The stable name of a finding, by which baselines, outputs and people know it again after lines have moved. Everything
// that changes without the finding changing is left out of it.

import { LOT } from '../profile/slices.js';
import { sorted } from '../profile/sorted.js';
import type { Statement } from '../profile/types.js';
import type { ProfileView } from '../profile/views.js';
import type { Finding } from './report.js';

/** A finding before it has its name, and its place among the others. */
export type Draft = Omit<Finding, 'id' | 'parent' | 'key'>;

/** A finding that has its name, but no place yet. */
export type KeyedDraft = Draft & { key: string };

/** Gives each draft its key. Equal ones are told apart by their order in the scope: `#2`, `#3` … */
export function* withKeys(drafts: readonly Draft[], view: ProfileView): Generator<void, KeyedDraft[]> {
  const seen = new Map<string, number>();
  const keyed: KeyedDraft[] = [];
  for (const draft of yield* sorted(drafts, (a, b) => (a.statements[0] as number) - (b.statements[0] as number))) {
    const name = nameOf(draft, view);
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    if (keyed.push({ ...draft, key: count === 1 ? name : `${name}#${count}` }) % LOT === 0) yield;
  }
  return keyed;
}

/** detector:shape:source's shape:function:file, each `-` where it is not known. */
function nameOf({ detector, statements, source, callSite }: Draft, { profile }: ProfileView): string {
  const shapeOf = (index: number | undefined) =>
    index === undefined ? '-' : (profile.statements[index] as Statement).shape.id;
  const file = callSite === null ? '-' : callSite.file.slice(callSite.file.lastIndexOf('/') + 1);
  return [detector, shapeOf(statements[0]), shapeOf(source[0]), callSite?.function ?? '-', file].join(':');
}
