// What C10 is: an unformatted stack of ten frames, taken in place of the statement and kept to the end of the request. Budgets are told in it, since a
// stack for each statement is what any tool that names lines would pay without thinking.

'use strict';

const FRAMES = 10;

/** What answers like the pool, at once, out of what that answered before, and does nothing else. */
async function answersOf(pool, workload) {
  const answers = new Map();
  const keyOf = (text, values) => (values === undefined ? text : `${text} ${values[0]}`);
  await workload({
    async query(text, values) {
      const result = await pool.query(text, values);
      answers.set(keyOf(text, values), result);
      return result;
    },
  });
  await pool.end();
  return {
    async query(text, values) {
      return answers.get(keyOf(text, values));
    },
  };
}

/** The same with a stack for each statement. `drop` is to be called as a request ends. */
function withStacks(db) {
  let kept = [];
  const taking = {
    async query(text, values) {
      const stack = {};
      Error.captureStackTrace(stack, taking.query);
      kept.push(stack);
      return db.query(text, values);
    },
    drop() {
      kept = [];
    },
    /** Throws where a workload has fewer callers than the reference counts frames. */
    check() {
      for (const { stack } of kept) {
        const frames = stack.split('\n').length - 1;
        if (frames !== FRAMES) throw new Error(`C10 took ${frames} frames, and not ${FRAMES}.`);
      }
    },
  };
  return taking;
}

module.exports = { answersOf, withStacks };
