// What nothing here may cost more than, in one place, each with the reason of its bound. A figure that noise can move breaks its bound only where the
// whole of its interval lies beyond it.

import type { Figure } from './statistics.js';

export interface Budget {
  /** What is measured, as the tables name it. */
  title: string;
  /** The bound: at most or at least. */
  most?: number;
  least?: number;
  /** What the figure counts. */
  unit: string;
  /** Why this much. */
  why: string;
}

export const BUDGETS = {
  'null-default': {
    title: 'null driver, default',
    most: 0.6,
    unit: '× C10',
    why: 'a stack of ten frames for each statement is what naming lines costs without thinking',
  },
  'null-without': {
    title: 'null driver, without call sites',
    most: 0.2,
    unit: '× C10',
    why: 'what is left are the notes, and they are no reason to leave the profiler off',
  },
  'null-idle': {
    title: 'null driver, no scope',
    most: 30,
    unit: 'ns added',
    why: 'a wrapper that has nothing to do is one branch at each point that is patched',
  },
  'real-default': {
    title: 'PostgreSQL, default',
    most: 0.4,
    unit: '× instrumentation-pg',
    why: 'who runs OpenTelemetry in production pays that much without being asked',
  },
  'real-without': {
    title: 'PostgreSQL, without call sites',
    most: 0.25,
    unit: '× instrumentation-pg',
    why: 'instrumentation-pg knows no call sites either',
  },
  throughput: {
    title: "Express, sampleRate 'auto' as in production",
    least: 94,
    unit: '% of bare throughput',
    why: 'what a new minor version of Node gives or takes',
  },
  'retained-without': {
    title: 'kept until the request ends, without call sites',
    most: 250,
    unit: 'bytes a statement',
    why: 'beside the results of the app, which are larger; ten thousand statements stay below 3 MB',
  },
  'retained-default': {
    title: 'kept until the request ends, default',
    most: 400,
    unit: 'bytes a statement',
    why: 'a stack of six frames is 680 bytes, so most statements must do without one',
  },
  heap: {
    title: 'heap after 100,000 requests',
    most: 1.02,
    unit: '× after 1,000',
    why: 'a process lives for weeks; what is left is what V8 compiles and forgets',
  },
  collectable: {
    title: 'rows collected as their scope closes',
    least: 100,
    unit: '%',
    why: 'results are the largest thing that an app has, and are its own',
  },
  analysis: {
    title: 'judging a scope',
    most: 3,
    unit: 'µs a statement',
    why: 'it shares the process with the next requests',
  },
  'analysis-growth': {
    title: 'judging 100,000 statements',
    most: 12,
    unit: '× 10,000',
    why: 'it grows with the statements, with room for what caches lose, and not with their square',
  },
  stretch: {
    title: 'longest turn of the event loop, judging 10,000 statements',
    most: 5,
    unit: 'ms',
    why: 'less than is felt, at the default cap of statements',
  },
  plugin: {
    title: 'Vitest suite with the plugin',
    most: 1.05,
    unit: '× without it',
    why: 'a profiler that slows the tests is removed',
  },
} as const satisfies Record<string, Budget>;

export type BudgetId = keyof typeof BUDGETS;

/** How one budget was kept, by one workload or size. */
export interface Verdict {
  budget: BudgetId;
  /** Which of several figures of the budget this is; empty where there is one. */
  of: string;
  figure: Figure;
  held: boolean;
}

/** Holds a figure against a budget. */
export function judge(budget: BudgetId, of: string, figure: Figure): Verdict {
  const { most = Number.POSITIVE_INFINITY, least = Number.NEGATIVE_INFINITY }: Budget = BUDGETS[budget];
  return { budget, of, figure, held: figure.low <= most && figure.high >= least };
}
