// The values behind the slots of a statement, as ordinals: from what the app bound and from the literals in its text alike,
// so `id = $1` and `id = 5` are followed in the same way.

import type { ParsedText, SlotInput } from '../sql/text.js';
import { Ordinals } from './execution.js';
import type { Note } from './note.js';
import { FINE_LOT, LOT } from './slices.js';
import { canonical, display, type Kept, ListText, UNREADABLE } from './values.js';

/** What a slot holds that has no ordinal of its own: NULL, and a value that could not be read. */
const NULL_KEY = -1;
const UNREADABLE_KEY = -2;

/** Longer values are cut in a sample: it is there to recognise a value, not to keep it. */
const SAMPLE_LENGTH = 120;

const NO_KEYS: number[] = [];
const NOTHING_BOUND: BoundValues = { keys: NO_KEYS, lists: null };

interface ReadAhead {
  text: string | undefined;
  items: readonly number[];
}

export interface BoundValues {
  /** As `Statement.slotKeys`. */
  keys: number[];
  /** As `Execution.lists`. */
  lists: (readonly number[] | null)[] | null;
}

/** The values of one scope: gives them their ordinals. */
export class SlotValues {
  readonly ordinals = new Ordinals();
  /** Ordinals of whole sets of values: of none, by the one key of a one-slot statement, by both keys of one with two, and by all keys of the others. */
  #none: number | null = null;
  readonly #single: (number | undefined)[] = [];
  #pairs: Map<number, number> | null = null;
  #several: Map<string, number> | null = null;
  #sets = 0;
  /** Of long lists, what was read ahead. */
  #ahead: Map<Kept | SlotInput, ReadAhead> | null = null;

  /** Reads the long lists among a note's values, and among what its text lists itself, in slices, before `read` needs them. */
  *readAhead(note: Note, { statements }: ParsedText): Generator<void, void> {
    let passed = 0;
    for (const value of (note.values ?? NO_KEYS) as readonly Kept[]) {
      if (++passed % FINE_LOT === 0) yield;
      if (isLong(value)) yield* this.#readList(value, value.length, (from, to) => value.slice(from, to));
    }
    for (const { inputs } of statements) {
      for (const input of inputs) {
        if (++passed % FINE_LOT === 0) yield;
        if (!isLongInput(input)) continue;
        const { items } = input;
        yield* this.#readList(input, items.length, (from, to) =>
          items.slice(from, to).map((item) => inputValue(item, note)),
        );
      }
    }
  }

  *#readList(
    key: Kept | SlotInput,
    length: number,
    some: (from: number, to: number) => readonly Kept[],
  ): Generator<void, void> {
    const items: number[] = [];
    const text = new ListText();
    for (let at = 0; at < length; at += LOT) {
      const values = some(at, at + LOT);
      this.#giveItems(values, items);
      text.add(values);
      yield;
    }
    this.#ahead ??= new Map();
    this.#ahead.set(key, { text: text.whole(), items });
  }

  read(inputs: readonly SlotInput[], note: Note): BoundValues {
    if (inputs.length === 0) return NOTHING_BOUND;
    const isOne = inputs.length === 1;
    let keys = isOne ? NO_KEYS : new Array<number>(inputs.length);
    let lists: (readonly number[] | null)[] | null = null;
    for (let i = 0; i < inputs.length; i++) {
      const input = inputs[i] as SlotInput;
      const ahead = this.#ahead?.get(isLongInput(input) ? input : inputValue(input, note));
      const value = ahead === undefined ? inputValue(input, note) : null;
      const text = ahead === undefined ? canonical(value) : ahead.text;
      const key = text === undefined ? UNREADABLE_KEY : text === null ? NULL_KEY : this.ordinals.give(text);
      if (isOne) keys = this.ordinals.alone(key);
      else keys[i] = key;
      if (ahead !== undefined || (typeof value === 'object' && value !== null)) {
        lists ??= new Array(inputs.length).fill(null);
        lists[i] = ahead?.items ?? this.#itemsOf(value as readonly Kept[]);
      }
    }
    return { keys, lists };
  }

  /** A note's values have been read: what was read ahead of it is needed no longer. */
  forget(): void {
    this.#ahead = null;
  }

  /** One ordinal for all values together. What could not be read is equal to nothing, not even to itself. */
  setOf(keys: readonly number[]): number {
    if (keys.includes(UNREADABLE_KEY)) return this.#sets++;
    switch (keys.length) {
      case 0:
        this.#none ??= this.#sets++;
        return this.#none;
      case 1:
        return this.#setOfOne(keys[0] as number);
      case 2:
        this.#pairs ??= new Map();
        return this.#setBy(pairOf(keys[0] as number, keys[1] as number), this.#pairs);
      default:
        this.#several ??= new Map();
        return this.#setBy(keys.join(' '), this.#several);
    }
  }

  #setOfOne(key: number): number {
    // NULL has a place too.
    const place = key - NULL_KEY;
    const known = this.#single[place];
    if (known !== undefined) return known;
    this.#single[place] = this.#sets;
    return this.#sets++;
  }

  #setBy<Key>(key: Key, sets: Map<Key, number>): number {
    const known = sets.get(key);
    if (known !== undefined) return known;
    sets.set(key, this.#sets);
    return this.#sets++;
  }

  #itemsOf(list: readonly Kept[]): number[] {
    const items: number[] = [];
    this.#giveItems(list, items);
    return items;
  }

  #giveItems(list: readonly Kept[], items: number[]): void {
    for (const item of list) {
      if (typeof item === 'object' && item !== null) this.#giveItems(item as readonly Kept[], items);
      else {
        const text = canonical(item);
        if (typeof text === 'string') items.push(this.ordinals.give(text));
      }
    }
  }
}

/** More than a scope has keys of values. */
const KEY_RANGE = 2 ** 26;

/** Two keys in one number. */
function pairOf(one: number, other: number): number {
  return (one - NULL_KEY) * KEY_RANGE + other - NULL_KEY;
}

/** Does it bind a list that takes longer to read than a pause should wait for? */
export function hasLongList({ values }: Note): boolean {
  if (values === null) return false;
  for (let i = 0; i < values.length; i++) if (isLong(values[i] as Kept)) return true;
  return false;
}

function isLongInput(input: SlotInput): input is Extract<SlotInput, { kind: 'list' }> {
  return input.kind === 'list' && input.items.length > LOT;
}

function isLong(value: Kept): value is readonly Kept[] {
  return typeof value === 'object' && value !== null && value.length > LOT;
}

/** Does the source keep its value to itself? */
export function isHidden(input: SlotInput, { values }: Note): boolean {
  if (input.kind === 'list')
    return input.items.some((item) => item.kind === 'hidden' || item.kind === 'parameter') && values === null;
  return input.kind === 'hidden' || (input.kind === 'parameter' && values === null);
}

/** A list of one is its item: `in (5)` asks for what `= 5` asks for. */
function inputValue(input: SlotInput, note: Note): Kept {
  switch (input.kind) {
    case 'parameter':
      return note.values === null ? UNREADABLE : ((note.values[input.number - 1] as Kept | undefined) ?? null);
    case 'literal':
      return input.value;
    case 'hidden':
      return UNREADABLE;
    case 'list': {
      const [only] = input.items;
      if (input.items.length === 1 && only !== undefined) return inputValue(only, note);
      return input.items.map((item) => inputValue(item, note));
    }
  }
}

/** The bound values as a person reads them, for reports that were asked to show values. */
export function samplesOf(note: Note): string[] {
  return (note.values ?? NO_KEYS).map((value) => {
    const text = display(value as Kept);
    return text.length > SAMPLE_LENGTH ? `${text.slice(0, SAMPLE_LENGTH - 1)}…` : text;
  });
}
