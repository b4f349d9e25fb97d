// The proof: makes each write of a transfer fail, for real, apart and as one unit, and has an output told what stayed.

import pg, { type Pool } from 'pg';
import { createProfiler, type Output, type Proof } from 'queryscope';
import { inTransaction, makeTransfer } from './transfer.js';

export async function proveTransfers(pool: Pool, outputs: Output[]): Promise<{ apart: Proof; whole: Proof }> {
  const profiler = createProfiler({ outputs, enabled: true });
  profiler.instrument(pg);
  const reset = () => pool.query('truncate transfer');
  try {
    const apart = await profiler.proveAtomic(() => makeTransfer(pool, 1, 2, 50), { label: 'makeTransfer', reset });
    const whole = await profiler.proveAtomic(() => inTransaction(pool, (client) => makeTransfer(client, 1, 2, 50)), {
      label: 'makeTransfer inTransaction',
      reset,
    });
    return { apart, whole };
  } finally {
    await profiler.close();
  }
}

/** Only what is said of proofs: what is said of their first runs was said before. */
export function proofsTo(output: Output): Output {
  return { name: 'proofs', write() {}, writeProof: (proof) => output.writeProof?.(proof) };
}
