// What many statements share, each kept once for the whole page: texts, shapes, call sites.

import type { CallSite, Shape, Statement } from '../../profile/types.js';
import { briefSql } from '../drawing/short-sql.js';
import { siteOf } from '../drawing/site-name.js';
import { Interned } from './interned.js';
import type { ShapeText } from './model.js';

/** Literals in texts make each a new one; from here on a statement shows its shape instead. */
export const MOST_TEXTS = 20_000;
/** Nobody reads on, and one text of a megabyte would be most of the page. */
export const MOST_CHARACTERS = 4_000;

export class PageTables {
  readonly shapes = new Interned<ShapeText>();
  readonly sites = new Interned<string>();
  readonly texts = new Interned<readonly [sql: string, shape: number]>();
  readonly errors = new Interned<string>();
  readonly words = new Interned<string>();
  readonly cardSets = new Interned<readonly number[]>();
  /** Statements that show their shape, as there were too many texts. */
  shapedTexts = 0;
  /** Texts that lost their end. */
  cutTexts = 0;

  shapeAt(shape: Shape): number {
    return this.shapes.placeOf(shape.id, () => ({
      id: shape.id,
      text: this.#cut(shape.text),
      brief: briefSql(shape.text),
      tables: [...new Set([...shape.reads, ...shape.writes])],
    }));
  }

  siteAt(site: CallSite | null): number | null {
    if (site === null) return null;
    const name = [siteOf(site), site.function ?? ''].join(' ').trim();
    return this.sites.placeOf(name, () => name);
  }

  textAt({ sql, shape }: Statement): number {
    const isFull = this.texts.items.length >= MOST_TEXTS;
    if (isFull) this.shapedTexts += 1;
    const text = isFull ? shape.text : sql;
    return this.texts.placeOf(text, () => [this.#cut(text), this.shapeAt(shape)]);
  }

  wordAt(word: string | null): number | null {
    return word === null ? null : this.words.placeOf(word, () => word);
  }

  /** The cards of one scope, each once. */
  cardsAt(cards: readonly number[]): number {
    const set = [...new Set(cards)].sort((a, b) => a - b);
    return this.cardSets.placeOf(set.join(), () => set);
  }

  errorAt(error: Statement['error']): number | null {
    if (error === null) return null;
    const words = [error.code ?? 'failed', error.message ?? ''].join(' ').trim();
    return this.errors.placeOf(words, () => words);
  }

  #cut(text: string): string {
    if (text.length <= MOST_CHARACTERS) return text;
    this.cutTexts += 1;
    return `${text.slice(0, MOST_CHARACTERS)} …`;
  }
}
