// When a flow is believed: the one place that says what each piece of evidence is worth, and why. Everything else only
// gathers evidence. The figures behind it come from random requests over three kinds of keys (test/profile/belief.test.ts).

import type { Relation } from './names.js';

/** The evidence for "the values of this column were bound here". Containment in time is given: without it there is no candidate. */
export interface FlowEvidence {
  names: Relation;
  /** Do both names say that they hold keys (`sender_id`, `id`), whatever they say of each other? */
  keys: boolean;
  /** Distinct values that travelled. */
  distinct: number;
  /** The bound sequence is the column's, value for value, repeats included. */
  rowByRow: boolean;
  /** Each value was bound as often as the column holds it, in whatever order: loops side by side, or one whose turns overtook each other. */
  asOften: boolean;
  /** Row by row, or the column's distinct values in order of first appearance. */
  exact: boolean;
  /** Every value of the column was used. */
  tight: boolean;
  /** The bound values appear in the column in this order, others between them. */
  subsequence: boolean;
  /** How unlikely it is that the values meet by chance (values.ts says how it is counted). */
  bits: number;
  /** Does the order in which they were bound say something, or is it just ascending or descending, as any list may be? */
  unsorted: boolean;
  /** Some values were bound more than once. */
  repeats: boolean;
  /** Row by row: how many bits the order of all that was bound tells, repeats included; 0 where it only rises or falls. */
  orderBits: number;
  /** Was the source sent, and the loop too, from one function of the app? */
  sharedFunction: boolean;
}

export type Strength = 'certain' | 'strong';

/** 2^32: the values of one request met by chance once in four thousand million; uuids have 122 bits, serial ids of a fresh table about 1. */
export const SELF_EVIDENT_BITS = 32;

/** Below 1 the values are truth values, plain words or bare dates: the same few stand in many columns, in any order. */
const TELLING_BITS = 1;

/** 2^8: a run of ids that does not begin near 1. Below it `1, 2, 3` is what every counter holds. */
const PLACED_BITS = 8;

/** An unsorted order of three values is hit by chance once in six, and any other column with the same values would be a rival. */
const ORDERED_VALUES = 3;

/** Some rows of a longer column: five values in an unsorted order are hit by chance once in 120, between keys. */
const ORDERED_PART_VALUES = 5;

/** 2^10: ten messages of two senders, in the order of the rows. Then it needs no function that both run through. */
const TELLING_ORDER_BITS = 10;

/** Against the names, the order has to be hit once in 24 and not be the sorted one. */
const AGAINST_NAMES_VALUES = 4;

/**
 * The verdict on one column, or null: no flow. `rival` says whether another column would be at least strong: then order alone
 * cannot tell which of them it was.
 */
export function believe(evidence: FlowEvidence, rival: boolean): Strength | null {
  const { names, distinct, rowByRow, exact, tight, subsequence, bits, unsorted, repeats } = evidence;
  const selfEvident = bits >= SELF_EVIDENT_BITS;
  // Names that agree need little else: all of the rows, or some of them in their order.
  if (names === 'agree') return tight || subsequence || selfEvident ? 'certain' : 'strong';
  if (names === 'against') return exact && unsorted && distinct >= AGAINST_NAMES_VALUES ? 'strong' : null;
  if (selfEvident && (exact || tight || subsequence)) return 'certain';
  if (!rival && bits >= TELLING_BITS) {
    if (exact && unsorted && distinct >= ORDERED_VALUES) return 'certain';
    if (subsequence && unsorted && evidence.keys && distinct >= ORDERED_PART_VALUES) return 'certain';
    if (tight && evidence.orderBits >= TELLING_ORDER_BITS) return 'certain';
    if (evidence.sharedFunction && tight) {
      if (exact && evidence.keys) return 'certain';
      if (rowByRow && (unsorted || repeats || bits >= PLACED_BITS)) return 'certain';
    }
  }
  return selfEvident || (exact && tight) || (evidence.asOften && repeats && evidence.keys) ? 'strong' : null;
}

/** The evidence for "these values are from earlier rows of the very statement that they were bound to". */
export interface WalkEvidence {
  /** What the two columns say of each other as columns of one table. */
  names: Relation;
  keys: boolean;
  /** Distinct values that came from own rows. */
  distinct: number;
  /** Did one that was fed feed another? */
  deep: boolean;
  /** Was everything that the rows held asked for: did the walk go on to the end? */
  tight: boolean;
  /** In the order of the rows of each result, or in its reverse. */
  ordered: boolean;
  bits: number;
}

/** One step is a look at one's parent; two are the least that go on. */
const WALK_STEPS = 2;

/** Names that say nothing: three keys that were each returned just before, in their order and none left over, are hit by chance less than once in 100. */
const UNNAMED_STEPS = 3;

/** The verdict on a walk by one column of its own rows, or null: no walk. */
export function believeWalk({ names, keys, distinct, deep, tight, ordered, bits }: WalkEvidence): Strength | null {
  // One level that was not gone through to the end is a loop over the rows of one statement, which may well stop there.
  if (distinct < WALK_STEPS || !(deep || tight)) return null;
  const selfEvident = bits >= SELF_EVIDENT_BITS;
  if (names === 'agree') return tight || ordered || selfEvident ? 'certain' : 'strong';
  if (names === 'against') return tight && ordered && distinct >= AGAINST_NAMES_VALUES ? 'strong' : null;
  if (selfEvident) return tight || ordered ? 'certain' : 'strong';
  return keys && tight && ordered && distinct >= UNNAMED_STEPS ? 'strong' : null;
}

/** The evidence for "this one value is what that write gave back a moment ago". */
export interface TieEvidence {
  names: Relation;
  /** Where the names say nothing: what the slot's says of the row that it leads to (roles.ts). */
  role: 'fits' | 'open' | null;
  /** How unlikely the value is by itself. */
  bits: number;
}

/** The verdict on one value that an earlier write returned and had not been given: a row's new id, or null: no tie. */
export function believeTie({ names, role, bits }: TieEvidence): Strength | null {
  if (names === 'against') return null;
  // The user who was made a moment ago is the only one with that number: where an author is a user, it is this one.
  if (names === 'agree' || role === 'fits' || bits >= SELF_EVIDENT_BITS) return 'certain';
  return role === 'open' ? 'strong' : null;
}

/** The evidence for a walk in words. */
export function wordsForWalk({ names, tight, ordered }: Pick<WalkEvidence, 'names' | 'tight' | 'ordered'>): string {
  const reasons: string[] = [];
  if (names === 'agree') reasons.push('the names agree');
  if (names === 'against') reasons.push('the names speak against it');
  if (ordered) reasons.push('in the order of the rows');
  if (tight) reasons.push('every row that came back was followed');
  return reasons.length > 0 ? reasons.join(', ') : 'the values do not meet by chance';
}

/** The evidence in words: no value stands in them. */
export function wordsFor(evidence: FlowEvidence): string {
  const reasons: string[] = [];
  if (evidence.names === 'agree') reasons.push('the names agree');
  if (evidence.names === 'against') reasons.push('the names speak against it');
  if (evidence.rowByRow) reasons.push('row by row');
  else if (evidence.exact) reasons.push('in row order');
  else if (evidence.subsequence) reasons.push('in row order with gaps');
  else if (evidence.asOften) reasons.push('each as often as in the rows');
  if (evidence.tight && !evidence.rowByRow) reasons.push('every source value was used');
  if (evidence.bits >= SELF_EVIDENT_BITS) reasons.push('the values do not meet by chance');
  if (evidence.sharedFunction) reasons.push('sent from one function');
  return reasons.length > 0 ? reasons.join(', ') : 'every value stood in the rows before it was bound';
}
