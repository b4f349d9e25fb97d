// What a test's process and the one that judges for it say to each other. One way: nothing is answered.

import type { DetectorOptions } from '../../options.js';
import type { LedgerEntry } from '../../report/allowance-ledger.js';
import type { Allowed } from '../../report/allowed.js';
import type { Report } from '../../report/report.js';
import type { ClosedScope } from './closed-scope.js';

/** Where somebody judges for a test's process. */
export interface JudgePlace {
  /** On this machine's own address. */
  port: number;
  /** Who does not know it is not heard. */
  secret: string;
}

/** The first message. */
export interface Hello {
  is: 'hello';
  secret: string;
  /** Where its run is written, absolute. */
  directory: string;
  /** What its files are named from, absolute. */
  root: string;
  pid: number;
  cwd: string;
  /** As `process.versions.node` has it. */
  node: string;
  /** OTEL_SERVICE_NAME of its environment. */
  service: string | null;
  /** When it began, as ISO 8601. */
  startedAt: string;
  detectors: DetectorOptions;
}

/** What has changed in the process since it began. */
export interface ProcessState {
  drivers: readonly string[];
  unattributed: number;
  unsampled: { requests: number; statements: number };
}

/** Scopes in the order in which they are to be written: as they closed, or judged already. */
export interface Scopes {
  is: 'scopes';
  state: ProcessState;
  scopes: readonly (ClosedScope | { is: 'judged'; report: Report })[];
}

/** The last one. */
export interface Goodbye {
  is: 'goodbye';
  state: ProcessState;
  unjudged: { scopes: number; statements: number };
  /** Allowances that no scope had. */
  outside: readonly Allowed[];
  /** What is known of those around the scopes that were judged already. */
  allowances: readonly LedgerEntry[];
}

export type Message = Hello | Scopes | Goodbye;
