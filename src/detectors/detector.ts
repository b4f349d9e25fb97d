// What a detector is: a value with `meta`, a pure `detect` and the words for what it found. Adding one touches its own
// file, its page, one line in index.ts and its test, and no other detector.

import { runAtOnce } from '../profile/slices.js';
import type { CallSite, Profile, Shape } from '../profile/types.js';
import type { ProfileView } from '../profile/views.js';

/** Every id of the contract, by what a finding of it speaks of. */
export const DETECTORS_BY_CATEGORY = {
  /** What is read too often, or too much of. */
  reads: ['n-plus-one', 'recursive-walk', 'duplicate-statement', 'large-result', 'slow-statement', 'statement-budget'],
  /** What is written one row at a time. */
  writes: ['write-loop'],
  /** What has to happen as a whole, or not at all. */
  atomicity: [
    'missing-transaction',
    'torn-write',
    'escaped-statement',
    'transaction-on-pool',
    'open-transaction',
    'silent-rollback',
    'ineffective-lock',
    'lost-update',
    'check-then-insert',
    'idle-in-transaction',
    'nested-transaction',
  ],
} as const;

export type Category = keyof typeof DETECTORS_BY_CATEGORY;
export type DetectorId = (typeof DETECTORS_BY_CATEGORY)[Category][number];

export const DETECTOR_IDS: readonly DetectorId[] = Object.values(DETECTORS_BY_CATEGORY).flat();

const CATEGORIES = Object.keys(DETECTORS_BY_CATEGORY) as Category[];

export function categoryOf(id: DetectorId): Category {
  return CATEGORIES.find((category) =>
    (DETECTORS_BY_CATEGORY[category] as readonly DetectorId[]).includes(id),
  ) as Category;
}

export type Severity = 'error' | 'warning' | 'info';
export type Confidence = 'proven' | 'likely' | 'possible';

export type DismissalKind =
  | 'pagination'
  | 'chunked'
  | 'retry'
  | 'reread-after-write'
  | 'poll'
  | 'separate-call-sites'
  | 'single-row-source';

/** Numbers and names that say how large and what; each with its unit in its name (`wastedMs`). */
export type Facts = Record<string, string | number>;

/** What a detector answers: facts, not yet words. */
export interface Evidence {
  /** Only where it differs from `meta.severity`. */
  severity?: Severity;
  confidence: Confidence;
  /** Values tie the statements together, so that they are of one scope, also where the source does not say where one begins and ends. */
  tied?: boolean;
  /** The statements that are the finding, ascending; never empty. */
  statements: number[];
  /** The statements whose rows feed them, ascending; empty where no source is known. */
  source: number[];
  /** The line to name: the loop, which need not be the innermost frame. */
  callSite: CallSite | null;
  data: Facts;
}

/** A repeat that was looked at and judged harmless. */
export interface DismissedRepeat {
  kind: DismissalKind;
  statements: number[];
  /** One sentence with the evidence, without any value. */
  why: string;
}

export interface Detection {
  evidence: Evidence[];
  dismissals: DismissedRepeat[];
}

/** The words of a finding: what, why, what to do. No value of a statement ever stands in them. */
export interface Words {
  message: string;
  why: string;
  advice: string;
  /** SQL that does the same in one statement; null where none can be written with certainty. */
  replacement: string | null;
}

/** How a user may set a detector, besides switching it off and giving it another severity. */
export interface Settings {
  /** Without them the detector has nothing to judge by, and is off. */
  required: boolean;
  /** What may be set, as an example to write: `{ max: 30 }`. */
  example: string;
  /** By name: what is expected in words, and whether a value is that. */
  known: Readonly<Record<string, { expected: string; accepts(value: unknown): boolean }>>;
  /** The same detector by these settings; they were checked. */
  apply(given: Readonly<Record<string, unknown>>): Detector;
}

export interface Detector {
  settings?: Settings;
  /** What a scope has to have for there to be anything to find: most requests only read. */
  needs?: 'writes' | 'control' | 'repeatedReads' | 'repeatedWrites';
  meta: {
    id: DetectorId;
    severity: Severity;
    /** One line for lists: what it finds. */
    summary: string;
    /** The page's path in the package, beside the detector's file. */
    page: string;
    /** Judged by the clock: such a finding never fails a check. */
    clock: boolean;
  };
  detect(view: ProfileView): Detection;
  word(evidence: Evidence, view: ProfileView): Words;
}

type InSlices = (view: ProfileView) => Generator<void, Detection>;

/** Of each `detect` that can be interrupted, the same as a generator that yields often. */
const interruptible = new WeakMap<Detector['detect'], InSlices>();

/** A detector that looks at as many statements as a scope may have: its `detect` is written as a generator, and still is a function to whoever asks it. */
export function sliced({ detect: inSlices, ...rest }: Omit<Detector, 'detect'> & { detect: InSlices }): Detector {
  const detect = (view: ProfileView): Detection => runAtOnce(inSlices(view));
  interruptible.set(detect, inSlices);
  return { ...rest, detect };
}

/** Has the scope what there has to be for the detector to find anything? */
export function mayFind({ needs }: Detector, view: ProfileView): boolean {
  return needs === undefined || view[needs];
}

/** What a detector that may find something answers, in slices where it can be interrupted. */
export function* detectInSlices({ detect }: Detector, view: ProfileView): Generator<void, Detection> {
  const inSlices = interruptible.get(detect);
  return inSlices === undefined ? detect(view) : yield* inSlices(view);
}

export type { Profile, Shape };
