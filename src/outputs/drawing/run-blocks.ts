// The findings of a run as they are drawn: each tree once, from the scope where its worst finding is worst, with what is known of all scopes
// that had it.

import type { Finding, Report } from '../../report/report.js';
import type { FindingGroup } from '../../report/run.js';
import { type Block, blocksOf } from './blocks.js';

/** A tree of findings in the scope that shows it best. */
export interface RunBlock<Group extends FindingGroup> {
  block: Block;
  report: Report;
  /** The groups of its findings, parents first. */
  groups: readonly Group[];
}

/** The blocks of these groups, in their order. A finding that hangs in the tree of one before it is drawn there. */
export function runBlocksOf<Group extends FindingGroup>(groups: readonly Group[]): RunBlock<Group>[] {
  const waiting = new Map(groups.map((group) => [group.key, group]));
  return groups.flatMap((group) => {
    if (!waiting.has(group.key)) return [];
    const { finding, report } = group.worst;
    const block = blockWith(finding, report, waiting);
    const drawn = new Set(block.findings.flatMap(({ key }) => waiting.get(key) ?? []));
    for (const { key } of drawn) waiting.delete(key);
    return [{ block, report, groups: [...drawn] }];
  });
}

/** The block around a finding, of what is still to be drawn. */
function blockWith({ id }: Finding, { findings }: Report, waiting: ReadonlyMap<string, unknown>): Block {
  const blocks = blocksOf(findings.filter(({ key }) => waiting.has(key)));
  return blocks.find((block) => block.findings.some((finding) => finding.id === id)) as Block;
}
