// The anatomy of a shape: everything that its text says and that does not change from execution to execution, put
// together from outline, slots, outputs and control.

import { controlOf } from './control.js';
import { type NormalForm, nameOf } from './normal-form.js';
import { isName, type Outline, outline } from './outline.js';
import { aggregateOf, arraysOf, joinsOf, onlyTableOf, outputsOf, selectsConstant } from './outputs.js';
import { slotsOf } from './slots.js';
import type { Anatomy, Shape, Verb } from './text.js';
import { createdTable, queryStart, verbOf } from './verb.js';

/** What all texts of one shape have in common. */
export interface ShapeAnatomy {
  shape: Omit<Shape, 'id' | 'text'>;
  /** As it is where LIMIT is anything but a literal 1. */
  anatomy: Anatomy;
  /** The same where the text's LIMIT is a literal 1. */
  limitedToOne: Anatomy;
  /** The slot that holds the statement's own LIMIT, from 0; −1: none. */
  limitSlot: number;
}

/** Reads the anatomy of a normal form. Never throws; what cannot be read is null or empty. */
export function anatomyOf(form: NormalForm): ShapeAnatomy {
  const { parts } = form;
  const start = queryStart(parts);
  const outlined = start < 0 ? null : outline(form, start);
  const verb = verbOf(parts) ?? outlined?.main?.verb ?? 'other';
  const { reads, writes } = tablesOf(form, verb, outlined);
  const slots = slotsOf(form, outlined);
  const locks = verb === 'lock' || (outlined?.locks ?? false) || parts.some(isAdvisoryLock);
  const anatomy: Anatomy = {
    control: controlOf(verb, parts, form.savepoint),
    infrastructure: isInfrastructure(form, verb, reads, writes, locks),
    returning: outlined?.returning ?? false,
    onConflict: outlined?.onConflict ?? false,
    limit: null,
    onlyTable: null,
    aggregate: null,
    joins: [],
    outputs: {},
    arrays: [],
  };
  if (outlined === null)
    return { shape: { verb, reads, writes, locks, slots }, anatomy, limitedToOne: anatomy, limitSlot: -1 };

  const { main } = outlined;
  anatomy.joins = joinsOf(form, outlined);
  anatomy.arrays = arraysOf(form, outlined);
  if (main !== null) {
    anatomy.onlyTable = onlyTableOf(main);
    anatomy.outputs = outputsOf(form, outlined, main);
    anatomy.aggregate = aggregateOf(form, outlined, main);
  }
  const limit = limitOf(parts, outlined.limitAt);
  anatomy.limit = limit.rows;
  const isProbe = anatomy.aggregate === null && main !== null && selectsConstant(form, outlined, main);
  const limitedToOne: Anatomy = { ...anatomy, limit: '1', aggregate: isProbe ? 'exists' : anatomy.aggregate };
  return {
    shape: { verb, reads, writes, locks, slots },
    anatomy: limit.rows === '1' ? limitedToOne : anatomy,
    limitedToOne,
    limitSlot: limit.at < 0 ? -1 : slotAt(form, limit.at),
  };
}

/** What LIMIT or FETCH FIRST says, and the part that holds its number; −1 where none does. */
function limitOf(parts: readonly string[], at: number): { rows: '1' | 'n' | null; at: number } {
  if (at < 0) return { rows: null, at: -1 };
  const number = parts[at] === 'fetch' ? at + 2 : at + 1;
  const next = parts[number];
  // `FETCH FIRST ROW ONLY` is one row; LIMIT ALL is none
  if (next === 'row' || next === 'rows') return { rows: '1', at: -1 };
  if (parts[at] === 'limit' && next === 'all') return { rows: null, at: -1 };
  return { rows: 'n', at: next === '?' ? number : -1 };
}

function slotAt({ parts, kinds }: NormalForm, part: number): number {
  let slot = 0;
  for (let at = 0; at < part; at++) if (parts[at] === '?' && kinds[at] === kinds[part]) slot++;
  return slot;
}

/** Tables of the query in it, and of the statements that name theirs outside of one. */
function tablesOf(form: NormalForm, verb: Verb, outlined: Outline | null): { reads: string[]; writes: string[] } {
  const { parts } = form;
  const reads = outlined?.reads ?? [];
  const writes = outlined?.writes ?? [];
  switch (verb) {
    case 'explain':
      // only EXPLAIN ANALYZE executes what it explains
      return { reads, writes: parts.slice(0, queryStart(parts)).includes('analyze') ? writes : [] };
    case 'copy':
      if (outlined !== null) return { reads, writes };
      return parts.includes('from') ? { reads, writes: namesAt(form, 1) } : { reads: namesAt(form, 1), writes };
    case 'truncate':
      return { reads, writes: namesAt(form, parts[1] === 'table' ? 2 : 1) };
    case 'ddl': {
      const created = createdTable(parts);
      return { reads, writes: created < 0 ? writes : [...namesAt(form, created), ...writes] };
    }
    default:
      return { reads, writes };
  }
}

/** The table names listed from part `from`, with commas between them. */
function namesAt(form: NormalForm, from: number): string[] {
  const { parts } = form;
  const names: string[] = [];
  let at = parts[from] === 'only' ? from + 1 : from;
  while (isName(form, at)) {
    let name = nameOf(parts[at++] as string);
    while (parts[at] === '.' && isName(form, at + 1)) {
      name += `.${nameOf(parts[at + 1] as string)}`;
      at += 2;
    }
    names.push(name);
    if (parts[at] === '*') at++;
    if (parts[at] !== ',') break;
    at += parts[at + 1] === 'only' ? 2 : 1;
  }
  return names;
}

const ADVISORY_LOCK = /^pg_(try_)?advisory_(xact_)?lock(_shared)?$/;

function isAdvisoryLock(part: string, at: number, parts: readonly string[]): boolean {
  return parts[at + 1] === '(' && ADVISORY_LOCK.test(part);
}

const SYSTEM_TABLE = /^(pg_catalog\.|information_schema\.|pg_[^.]*$)/;
/** Functions that tell about the session or the server, or set it up: what drivers and ORMs ask when they connect. */
const SESSION_FUNCTIONS = new Set(
  'version current_database current_schema current_schemas current_setting set_config pg_backend_pid pg_is_in_recovery'.split(
    ' ',
  ),
);

/** The same, written without brackets. */
const SESSION_WORDS = new Set('current_catalog current_role current_schema current_user session_user'.split(' '));
/** First words of what gives back to a connection the state of a new one. */
const RESETS = new Set(['deallocate', 'unlisten']);

function isInfrastructure(
  form: NormalForm,
  verb: Verb,
  reads: readonly string[],
  writes: readonly string[],
  locks: boolean,
): boolean {
  if (verb === 'set' || verb === 'show' || verb === 'discard' || RESETS.has(form.parts[0] as string)) return true;
  if (verb !== 'select' || writes.length > 0 || locks) return false;
  if (reads.length > 0) return reads.every((table) => SYSTEM_TABLE.test(table));
  return asksTheSession(form);
}

function asksTheSession(form: NormalForm): boolean {
  let asks = false;
  for (let at = 0; at < form.parts.length; at++) {
    if (form.parts[at + 1] !== '(') {
      if (SESSION_WORDS.has(form.parts[at] as string)) asks = true;
      continue;
    }
    if (SESSION_FUNCTIONS.has(form.parts[at] as string)) asks = true;
    else if (isName(form, at)) return false;
  }
  return asks;
}

/** The anatomy of one text: its shape's, with the limit and the savepoint's name that this text gives. */
export function anatomyIn(common: ShapeAnatomy, form: NormalForm): Anatomy {
  const input = form.inputs[common.limitSlot];
  const anatomy = input?.kind === 'literal' && input.value === 1 ? common.limitedToOne : common.anatomy;
  const { control } = anatomy;
  if (form.savepoint === null || control === null || !('name' in control)) return anatomy;
  return { ...anatomy, control: { ...control, name: form.savepoint } };
}

/** What is known of a text that could not be read: nothing. */
export const NO_ANATOMY: Anatomy = Object.freeze({
  control: null,
  infrastructure: false,
  returning: false,
  onConflict: false,
  limit: null,
  onlyTable: null,
  aggregate: null,
  joins: [],
  outputs: {},
  arrays: [],
});
