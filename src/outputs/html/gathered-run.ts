// The run of one process while it goes on: what its scopes reported, held until the page is made of it, and no more than a page can show.

import { sourceReader } from '../../report/code-frame.js';
import type { Report, Watch } from '../../report/report.js';
import { type Loss, type Run, reportsOf, type SourceLines } from '../../report/run.js';
import { SourceCollector } from '../../report/source-lines.js';
import { thisProcess } from '../../report/this-process.js';
import { counted } from '../drawing/numbers.js';
import { MOST_STATEMENTS } from './scope-entries.js';

export class GatheredRun {
  /** Null where nobody started the output: nothing is known but the reports. */
  readonly watch: Watch | null;
  readonly #identity: ReturnType<typeof thisProcess>;
  readonly #collector: SourceCollector;
  readonly #sources: Record<string, Record<number, string>> = {};
  /** By the scope's id; a parent's report takes the place of those inside it. */
  readonly #reports = new Map<string, Report>();
  #statements = 0;
  #left = 0;

  constructor(watch: Watch | null) {
    const root = watch?.root ?? process.cwd();
    this.watch = watch;
    this.#identity = thisProcess(root);
    this.#collector = new SourceCollector(sourceReader(root));
  }

  /** In slices, as the lines of code are looked up that its findings name. */
  *add(report: Report): Generator<void, void> {
    for (const inside of reportsOf({ reports: report.children })) this.#remove(inside);
    const statements = statementsIn(report);
    if (this.#statements + statements > MOST_STATEMENTS) {
      this.#left += 1;
      return;
    }
    this.#statements += statements;
    this.#reports.set(report.profile.id, report);
    for (const [file, lines] of Object.entries(yield* this.#collector.newLinesOf(report))) {
      this.#sources[file] = { ...this.#sources[file], ...lines };
    }
  }

  /** As it stands now; `endedAt`: the process said that it was done. */
  run(endedAt: string | null): Run {
    const drivers = this.watch?.drivers() ?? [];
    const unattributed = this.watch?.unattributed() ?? 0;
    const unsampled = this.watch?.unsampled() ?? { requests: 0, statements: 0 };
    const unjudged = this.watch?.unjudged() ?? { scopes: 0, statements: 0 };
    const idleAllows = this.watch?.idleAllows() ?? [];
    return {
      processes: [{ ...this.#identity, endedAt, drivers, unattributed, unsampled, unjudged, idleAllows }],
      reports: [...this.#reports.values()].sort(compareStarts),
      sources: this.#sources satisfies SourceLines,
      losses: this.#losses(),
    };
  }

  #remove({ profile }: Report): void {
    const known = this.#reports.get(profile.id);
    if (known === undefined) return;
    this.#statements -= statementsIn(known);
    this.#reports.delete(profile.id);
  }

  #losses(): Loss[] {
    if (this.#left === 0) return [];
    const message = `scopes were left out: the page holds ${counted(MOST_STATEMENTS, 'statement')}`;
    return [{ code: 'over-limit', message, count: this.#left }];
  }
}

function statementsIn(report: Report): number {
  let statements = 0;
  for (const { profile } of reportsOf({ reports: [report] })) statements += profile.statements.length;
  return statements;
}

function compareStarts({ profile: a }: Report, { profile: b }: Report): number {
  return a.startedAt < b.startedAt ? -1 : a.startedAt > b.startedAt ? 1 : a.id < b.id ? -1 : 1;
}
