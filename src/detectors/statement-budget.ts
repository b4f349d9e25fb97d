// Holds a scope to a number of statements that the user gave. There is no default: what is too much for one route is nothing
// for another, and a number that nobody chose would only be silenced.

import type { Profile } from '../profile/types.js';
import type { ProfileView, Repeat } from '../profile/views.js';
import type { Detection, Detector, Evidence, Words } from './detector.js';
import { counted, figure } from './figures.js';
import type { Budget } from './thresholds.js';

/** The shapes that are shown: enough to see where the statements went, few enough to read. */
const SHAPES_SHOWN = 5;

export const statementBudget: Detector = detectorFor({});

function detectorFor(budget: Budget): Detector {
  return {
    meta: {
      id: 'statement-budget',
      severity: 'warning',
      summary: 'more statements in one scope than you allow',
      page: 'dist/detectors/statement-budget.md',
      clock: false,
    },

    settings: {
      required: true,
      example: "{ max: 30, labels: { 'GET /reports': 100 } }",
      known: {
        max: { expected: 'a whole number of statements, 0 or more', accepts: isCount },
        labels: { expected: "an object of such numbers by label, as { 'GET /reports': 100 }", accepts: isCounts },
      },
      apply: (given) => detectorFor(given as Budget),
    },

    detect({ profile, repeats, infrastructure }: ProfileView): Detection {
      const limit = limitOf(profile, budget);
      const count = profile.statements.length - infrastructure.size + profile.dropped;
      if (limit === null || count <= limit || repeats.length === 0) return { evidence: [], dismissals: [] };
      const own = repeats.filter(({ statements }) => statements.some(({ index }) => !infrastructure.has(index)));
      return { evidence: [evidenceOf(own, count, limit)], dismissals: [] };
    },

    word({ data, statements }: Evidence, view: ProfileView): Words {
      const repeats = [...new Set(statements.map((statement) => view.repeatOf(statement)))];
      const shown = [...repeats].sort(byCount).map(nameOf);
      const rest = Number(data.shapes) - shown.length;
      const others = rest > 0 ? ` and ${counted(rest, 'other shape')}` : '';
      return {
        message: `${counted(Number(data.count), 'statement')} where the budget is ${figure(Number(data.budget))}`,
        why: `${shown.join(', ')}${others}.`,
        advice: 'Look at the most repeated ones first; where so many are right, give this label a budget of its own.',
        replacement: null,
      };
    },
  };
}

function evidenceOf(repeats: readonly Repeat[], count: number, budget: number): Evidence {
  const most = [...repeats].sort(byCount).slice(0, SHAPES_SHOWN);
  return {
    confidence: 'proven',
    statements: most.flatMap((repeat) => repeat.statements.map(({ index }) => index)).sort((a, b) => a - b),
    source: [],
    callSite: most[0]?.callSite ?? null,
    data: { count, budget, over: count - budget, shapes: repeats.length },
  };
}

/** The most repeated first, then in the order in which they began. */
function byCount(a: Repeat, b: Repeat): number {
  return b.statements.length - a.statements.length || a.index - b.index;
}

/** `20 × users at src/chats.ts:16`; what reads and writes no table by its verb. */
function nameOf({ shape, statements, callSite }: Repeat): string {
  const what = [shape.verb, shape.writes[0] ?? shape.reads[0]].filter((word) => word !== undefined).join(' ');
  const where = callSite === null ? '' : ` at ${callSite.file}:${callSite.line}`;
  return `${figure(statements.length)} × ${what}${where}`;
}

function limitOf({ label }: Profile, { max, labels = {} }: Budget): number | null {
  const named = Object.entries(labels).find(([pattern]) => matches(label, pattern));
  return named?.[1] ?? max ?? null;
}

function matches(label: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(label);
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0;
}

function isCounts(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isCount);
}
