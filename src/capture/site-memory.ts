// What the process has learnt about texts and shapes across all scopes, so that one scope need not capture every stack to know
// where a statement comes from. Bounded; forgetting costs a few captures, never an answer.

import { longerOf, sameSite } from '../profile/call-sites.js';
import type { CallSite } from '../profile/types.js';
import { BoundedCache } from '../sql/bounded-cache.js';

/** The call sites of one shape, in one entry or in all of the process: the only one it ever had, or that it had several. */
export interface ShapeMemory {
  site: CallSite;
  several: boolean;
  /** Scopes in a row, of one entry, that were long enough to tell and sent it from one site once it had been sent `RUN_IN` times. */
  steady: number;
}

/**
 * How a statement was called: by `Pool.query` (0) or `Client.query` (2), for a promise or with a callback (+ 1). Another form is another line of code,
 * so each is remembered for itself.
 */
export type Form = 0 | 1 | 2 | 3;
const FORMS = 4;

/** One SQL text, in one form of call and one entry, as the process knows it. */
export interface TextMemory {
  readonly text: string;
  readonly form: Form;
  /** Scopes that sent it. */
  scopes: number;
  /** The most executions that one of them sent. */
  most: number;
  /** Stacks captured of it, formatted or not. */
  captures: number;
  /** Frames down to the last one of the app that was of use, the driver's and an ORM's counted; 0 until a stack was formatted. */
  depth: number;
  /** What its entry knows of its shape, once a site of it was learnt there. */
  shape: ShapeMemory | null;
  /** What stands between the app and the driver; the same for every entry. */
  readonly way: WayMemory;
}

/** Where the stacks of one SQL text, in one form of call, show the app. */
export interface WayMemory {
  /** What the process knows of its shape, once a site of it was learnt. */
  shape: ShapeMemory | null;
  /** Executions none of whose stacks showed a frame of the app, since one last did other than where it was sent. */
  blind: number;
}

/** Stacks taken where the first clients of a process are taken from a pool: until a statement was analysed, nobody knows whether they are needed. */
const CONNECTS_AT_FIRST = 8;

/** Blind captures of a text after which the app is no longer looked for where it is connected and answered: it is not to be found. */
const GIVEN_UP = 12;

/** Was no frame of the app found where this text was sent, with some hope left to find one elsewhere? */
export function isSought({ way: { blind } }: TextMemory): boolean {
  return blind > 0 && blind < GIVEN_UP;
}

/** Is it unknown where the stacks of this text show the app: was none of them read yet, whatever entry sent it? */
export function isUnseen({ way: { shape, blind } }: TextMemory): boolean {
  return shape === null && blind === 0;
}

/** Is no site of this text known, and none being looked for elsewhere or given up? */
export function isNew({ shape, way }: TextMemory): boolean {
  return shape === null && way.blind === 0;
}

/** What scopes are opened for, such as `GET /chats/:id`. */
export interface EntryMemory {
  readonly ordinal: number;
  /** Scopes that were opened for it. */
  scopes: number;
}

interface Memory {
  entries: BoundedCache<EntryMemory>;
  entriesSeen: number;
  /** By text, then by entry and form: to put all three into one key, for each text of each scope, took longer than all else that is done for one. */
  texts: BoundedCache<Map<number, TextMemory>>;
  /** Put into it since it was empty. */
  textsSeen: number;
  ways: BoundedCache<WayMemory>;
  /** By shape: of all the process, and of each entry. */
  shapes: BoundedCache<ShapeMemory>;
  entryShapes: BoundedCache<ShapeMemory>;
  /**
   * Stacks that may still be taken where clients are taken from a pool: a few at first, then those granted by statements whose own stacks did not show the app, renewed
   * by each one that such a stack explains.
   */
  connects: number;
  /** Was such a stack ever the one that showed the app? */
  connectsTell: boolean;
}

function emptyTexts(): Memory['texts'] {
  // An app has hundreds of texts; only one that writes values into them reaches these, and it gains nothing from more.
  return new BoundedCache({ entries: 4_000, characters: 4_000_000 });
}

function emptyMemory(): Memory {
  return {
    entries: new BoundedCache({ entries: 2_000, characters: 200_000 }),
    entriesSeen: 0,
    texts: emptyTexts(),
    textsSeen: 0,
    ways: new BoundedCache({ entries: 4_000, characters: 4_000_000 }),
    shapes: new BoundedCache({ entries: 4_000, characters: 4_000_000 }),
    entryShapes: new BoundedCache({ entries: 4_000, characters: 4_000_000 }),
    connects: CONNECTS_AT_FIRST,
    connectsTell: false,
  };
}

/** One per process: with two copies of queryscope loaded, one captures what the other reads. */
const KEY = Symbol.for('queryscope.sites.v1');
const home = globalThis as { [KEY]?: Memory };
home[KEY] ??= emptyMemory();
export const siteMemory: Memory = home[KEY];

/** What is known of an entry; a new one has no scopes yet. */
export function entryMemory(name: string): EntryMemory {
  let entry = siteMemory.entries.get(name);
  if (entry === undefined) {
    entry = { ordinal: siteMemory.entriesSeen++, scopes: 0 };
    siteMemory.entries.set(name, entry);
  }
  return entry;
}

/**
 * The ordinal of an entry. What one entry is known to send from a line says little of another that sends the same text, so texts are remembered for
 * each.
 */
export function entryOf(name: string): number {
  return entryMemory(name).ordinal;
}

/** Texts, by entry and form, of which something is remembered: some 10 MB. Then all is forgotten, which a few scopes learn again. */
const MOST_TEXTS = 50_000;

/** What is known of a text in this form and entry; nothing yet of a new one. */
export function textMemory(text: string, form: Form = 0, entry: number = entryOf('')): TextMemory {
  let memories = siteMemory.texts.get(text);
  if (memories === undefined) {
    memories = new Map();
    siteMemory.texts.set(text, memories);
  }
  const key = entry * FORMS + form;
  let memory = memories.get(key);
  if (memory === undefined) {
    memory = newMemory(text, form);
    if (++siteMemory.textsSeen > MOST_TEXTS) forgetTexts();
    else memories.set(key, memory);
  }
  return memory;
}

function forgetTexts(): void {
  siteMemory.texts = emptyTexts();
  siteMemory.textsSeen = 0;
}

/** Of a text whose lines are not to be remembered after its scope. */
export function newMemory(text: string, form: Form): TextMemory {
  return { text, form, scopes: 0, most: 0, captures: 0, depth: 0, shape: null, way: wayOf(`${form} ${text}`) };
}

function wayOf(key: string): WayMemory {
  let way = siteMemory.ways.get(key);
  if (way === undefined) {
    way = { shape: null, blind: 0 };
    siteMemory.ways.set(key, way);
  }
  return way;
}

/** Takes note of one more captured site of a shape: for its entry, where that has a name, and for the process. */
export function learnSite(text: TextMemory, shapeId: string, site: CallSite, entry: number | null = entryOf('')): void {
  const { shape, way } = learnShape(shapeId, site, entry);
  text.way.shape = way;
  text.shape = shape;
}

/** The same where the text is of another process. Answers what the entry, and the process, know by now. */
export function learnShape(
  shapeId: string,
  site: CallSite,
  entry: number | null,
): { shape: ShapeMemory; way: ShapeMemory } {
  const way = learnIn(siteMemory.shapes, shapeId, site);
  return { way, shape: entry === null ? way : learnIn(siteMemory.entryShapes, `${entry} ${shapeId}`, site) };
}

function learnIn(shapes: BoundedCache<ShapeMemory>, key: string, site: CallSite): ShapeMemory {
  let memory = shapes.get(key);
  if (memory === undefined) {
    memory = { site, several: false, steady: 0 };
    shapes.set(key, memory);
  } else if (!memory.several) {
    if (sameSite(memory.site, site)) memory.site = longerOf(memory.site, site);
    else hasSeveral(memory);
  }
  return memory;
}

/** The one site that a shape has always had in this entry, or, where that knows none of it, in the process; null where it had several or none. */
export function onlySite(shapeId: string, entry: number | null = entryOf('')): CallSite | null {
  const memory = shapeMemory(shapeId, entry);
  return memory === undefined || memory.several ? null : memory.site;
}

/** The same as far as this entry knows; null where it knows none. */
export function onlySiteHere(shapeId: string, entry: number | null): CallSite | null {
  const memory = entry === null ? undefined : siteMemory.entryShapes.get(`${entry} ${shapeId}`);
  return memory === undefined || memory.several ? null : memory.site;
}

/** The one site of a shape was seen not to be where a statement came from: it is taken to have several. */
export function doubtSite(shapeId: string, entry: number | null = entryOf('')): void {
  const memory = shapeMemory(shapeId, entry);
  if (memory !== undefined) hasSeveral(memory);
}

function hasSeveral(memory: ShapeMemory): void {
  if (memory.several) return;
  memory.several = true;
  memory.steady = 0;
}

/** One more scope of this entry sent a shape more than `RUN_IN` times: was it from one site after that? */
export function tellSteady(shapeId: string, steady: boolean, entry: number | null = entryOf('')): void {
  const memory = shapeMemory(shapeId, entry);
  if (memory !== undefined) memory.steady = steady ? memory.steady + 1 : 0;
}

function shapeMemory(shapeId: string, entry: number | null): ShapeMemory | undefined {
  const here = entry === null ? undefined : siteMemory.entryShapes.get(`${entry} ${shapeId}`);
  return here ?? siteMemory.shapes.get(shapeId);
}

/** Starts from nothing, as a process does. */
export function forgetSites(): void {
  Object.assign(siteMemory, emptyMemory());
}
