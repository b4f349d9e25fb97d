// What C10 is: an unformatted stack of ten frames, taken in place of the statement and kept to the end of the request. Budgets are told in it, since a
// stack for each statement is what a tool that names lines pays without thinking.

'use strict';

const FRAMES = 10;

/** What answers like the pool, at once, out of what that answered before. */
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
  return async (text, values) => answers.get(keyOf(text, values));
}

/** As deep as a statement stands below an app and its query builder. All references run through it. */
function called(work, callers = FRAMES) {
  return callers === 0 ? work() : called(work, callers - 1);
}

/**
 * What stands in for the pool, what is to be called as a request ends, and what throws after a request in which other stacks were taken than were meant.
 * Functions that run cost twice as much to walk as functions that wait, so both are taken: the first are what is found below a query builder, the
 * second what is left of an app's own functions after their first `await`.
 */
const references = {
  'no statement': (answer) => ({
    db: { query: (text, values) => called(() => answer(text, values)) },
    ended() {},
    check() {},
  }),
  C10: (answer) => {
    const stacks = new Stacks(/^ {4}at (?!async )/);
    const db = {
      query: (text, values) =>
        called(function taking() {
          stacks.take(taking);
          return answer(text, values);
        }),
    };
    return { db, ended: () => stacks.drop(), check: () => stacks.check() };
  },
  'C10, waiting': (answer) => {
    const stacks = new Stacks(/^ {4}at /);
    const db = {
      query(text, values) {
        stacks.take(db.query);
        return called(() => answer(text, values));
      },
    };
    return { db, ended: () => stacks.drop(), check: () => stacks.check() };
  },
};

class Stacks {
  #kept = [];
  #frame;

  /** `frame`: what each line of a stack looks like. */
  constructor(frame) {
    this.#frame = frame;
  }

  take(above) {
    const stack = {};
    Error.captureStackTrace(stack, above);
    this.#kept.push(stack);
  }

  drop() {
    this.#kept = [];
  }

  check() {
    for (const { stack } of this.#kept) {
      const [, ...lines] = stack.split('\n');
      if (lines.length !== FRAMES || !lines.every((line) => this.#frame.test(line))) {
        throw new Error(`Not a stack of ${FRAMES} frames as it was meant:\n${stack}`);
      }
    }
    this.drop();
  }
}

module.exports = { answersOf, references };
