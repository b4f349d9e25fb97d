// The register of detectors: one line each. Whatever lists, configures or documents detectors reads it here.

import { checkThenInsert } from './check-then-insert.js';
import type { Detector } from './detector.js';
import { duplicateStatement } from './duplicate-statement.js';
import { escapedStatement } from './escaped-statement.js';
import { idleInTransaction } from './idle-in-transaction.js';
import { ineffectiveLock } from './ineffective-lock.js';
import { largeResult } from './large-result.js';
import { lostUpdate } from './lost-update.js';
import { missingTransaction } from './missing-transaction.js';
import { nPlusOne } from './n-plus-one.js';
import { nestedTransaction } from './nested-transaction.js';
import { openTransaction } from './open-transaction.js';
import { recursiveWalk } from './recursive-walk.js';
import { silentRollback } from './silent-rollback.js';
import { slowStatement } from './slow-statement.js';
import { statementBudget } from './statement-budget.js';
import { tornWrite } from './torn-write.js';
import { transactionOnPool } from './transaction-on-pool.js';
import { writeLoop } from './write-loop.js';

/** All detectors, in the order in which they are asked. */
export const detectors: readonly Detector[] = [
  nPlusOne,
  recursiveWalk,
  duplicateStatement,
  writeLoop,
  tornWrite,
  missingTransaction,
  lostUpdate,
  checkThenInsert,
  transactionOnPool,
  escapedStatement,
  openTransaction,
  silentRollback,
  nestedTransaction,
  ineffectiveLock,
  largeResult,
  slowStatement,
  idleInTransaction,
  statementBudget,
];
