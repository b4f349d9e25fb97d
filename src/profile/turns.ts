// Which statement the turns of a loop follow, where a source shows no rows that could say where its values come from: the order of a session's statements
// is all there is. What is found so is never more than strong.

import type { Execution } from './execution.js';
import { FINE_LOT, LOT } from './slices.js';
import type { Flow, Shape, Slot } from './types.js';

/** Turns that are a loop by their number alone; as many as a loop of hidden values takes. */
const LEAST_TURNS = 5;
/** With so many different values among them. */
const LEAST_VALUES = 3;
/** Around another loop two turns are enough: each is followed by turns of its own. */
const LEAST_AROUND = 2;

const WHY = 'its rows are not shown, and that the values come from them follows from the order of the statements alone';

/** All executions of one shape, and what each of them follows. */
interface Turns {
  shape: Shape;
  executions: Execution[];
  /** Of each, the nearest one before it on its connection that was sent less often; null: there is none. */
  after: (Execution | null)[];
}

/** The flows that the order of the statements speaks for. `executions` are in the order of the app's calls. */
export function* traceTurns(executions: readonly Execution[]): Generator<void, Flow[]> {
  const shapes = yield* turnsByShape(executions);
  const often = [...shapes.values()]
    .filter((turns) => turns.executions.length >= LEAST_TURNS)
    .sort((a, b) => b.executions.length - a.executions.length);
  const flows = new Map<Turns, Flow>();
  for (const turns of often) {
    yield;
    for (let inner: Turns | undefined = turns; inner !== undefined && !flows.has(inner); ) {
      const isAround = inner !== turns;
      const flow: Flow | null = yield* flowInto(inner, isAround ? LEAST_AROUND : LEAST_VALUES);
      if (flow === null) break;
      flows.set(inner, flow);
      inner = yield* around(inner, shapes);
    }
  }
  return [...flows.values()];
}

function* turnsByShape(executions: readonly Execution[]): Generator<void, Map<string, Turns>> {
  const shapes = new Map<string, Turns>();
  const works: Execution[] = [];
  for (let i = 0; i < executions.length; i++) {
    if (i % LOT === LOT - 1) yield;
    const execution = executions[i] as Execution;
    const { statement, anatomy } = execution;
    if (anatomy.control !== null || anatomy.infrastructure || statement.shape.verb === 'set') continue;
    works.push(execution);
    const turns = shapes.get(statement.shape.id);
    if (turns === undefined)
      shapes.set(statement.shape.id, { shape: statement.shape, executions: [execution], after: [] });
    else turns.executions.push(execution);
  }
  const timesOf = ({ statement }: Execution): number => (shapes.get(statement.shape.id) as Turns).executions.length;
  // Of each connection those that may still be followed, each sent more often than the one before it.
  const open = new Map<number | null, Execution[]>();
  for (let i = 0; i < works.length; i++) {
    if (i % LOT === LOT - 1) yield;
    const execution = works[i] as Execution;
    const { connection, shape } = execution.statement;
    const stack = open.get(connection) ?? [];
    open.set(connection, stack);
    while (stack.length > 0 && timesOf(stack.at(-1) as Execution) >= timesOf(execution)) stack.pop();
    (shapes.get(shape.id) as Turns).after.push(stack.at(-1) ?? null);
    stack.push(execution);
  }
  return shapes;
}

/** Null: too few values differ, or the turns follow different statements, or one that reads nothing. */
function* flowInto({ shape, executions, after }: Turns, leastValues: number): Generator<void, Flow | null> {
  const source = after[0]?.statement.shape;
  if (source === undefined || source.reads.length === 0 || source.writes.length > 0) return null;
  const followed = new Set<number>();
  const from: number[] = [];
  const to: number[] = [];
  for (let i = 0; i < after.length; i++) {
    if (i % FINE_LOT === FINE_LOT - 1) yield;
    const { statement } = after[i] ?? {};
    if (statement?.shape.id !== source.id) return null;
    if (!followed.has(statement.index)) from.push(statement.index);
    followed.add(statement.index);
    to.push((executions[i] as Execution).statement.index);
  }
  const asked = yield* askedBy(shape, executions);
  if (asked === null || asked.values < leastValues) return null;
  return {
    from: { statements: from, column: null, parameter: null, table: source.reads[0] ?? null },
    to: {
      statements: to,
      parameter: asked.slot.index,
      column: asked.slot.column,
    },
    rows: 'some',
    tuple: null,
    values: asked.values,
    ordered: false,
    strength: 'strong',
    why: WHY,
  };
}

/** The slot that asks by equality, or is written, for the most different values. */
function* askedBy(
  shape: Shape,
  executions: readonly Execution[],
): Generator<void, { slot: Slot; values: number } | null> {
  let most: { slot: Slot; values: number } | null = null;
  for (const slot of shape.slots) {
    if (slot.list || !(slot.operator === '=' || slot.role === 'insert')) continue;
    const values = new Set<number>();
    for (let i = 0; i < executions.length; i++) {
      if (i % FINE_LOT === FINE_LOT - 1) yield;
      const key = executions[i]?.statement.slotKeys?.[slot.index - 1];
      if (key !== undefined && key >= 0) values.add(key);
    }
    if (most === null || values.size > most.values) most = { slot, values: values.size };
  }
  return most;
}

/** What these turns follow, where that was sent more than once and each time followed by some of them. */
function* around({ after }: Turns, shapes: ReadonlyMap<string, Turns>): Generator<void, Turns | undefined> {
  const outer = shapes.get(after[0]?.statement.shape.id ?? '');
  if (outer === undefined || outer.executions.length < LEAST_AROUND) return undefined;
  const followed = new Set<Execution | null>();
  for (const execution of after) if (followed.add(execution).size % FINE_LOT === 0) yield;
  return outer.executions.every((execution) => followed.has(execution)) ? outer : undefined;
}
