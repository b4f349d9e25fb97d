// What spans leave out of statements, counted: texts that are missing or cut off, and attributes that a limit of the SDK has dropped.

import type { Place, Skipped } from '../sources/skipped.js';
import type { ExportedSpan } from './exported-span.js';
import { isCutOff, lacksText } from './trace-span.js';

/** Lengths that limits are set to: round numbers. A text that ends there by chance is one in hundreds. */
function isRound(length: number): boolean {
  return (
    length >= 100 &&
    (length % 100 === 0 || Number.isInteger(Math.log2(length)) || Number.isInteger(Math.log2(length + 1)))
  );
}

/** As many different texts of the one greatest length are no chance. */
const CUT_TEXTS = 2;

export class SpanLosses {
  readonly #skipped: Skipped;
  #longest = 0;
  /** Different ones of that length, a few. */
  #atLongest = new Set<string>();
  #count = 0;
  #first: Place | null = null;

  constructor(skipped: Skipped) {
    this.#skipped = skipped;
  }

  see(span: ExportedSpan, place: Place): void {
    const { statement, droppedAttributes } = span;
    if (statement) this.#measure(statement.text, place);
    else this.#seeWithout(span, place);
    if (statement && droppedAttributes > 0) {
      this.#skipped.add('attributes of statements were dropped by a limit of the SDK', place, {
        count: droppedAttributes,
      });
    }
  }

  #seeWithout(span: ExportedSpan, place: Place): void {
    if (lacksText(span))
      this.#skipped.add('statements have no text in their span (db.query.text), so they were not judged', place);
    else if (isCutOff(span))
      this.#skipped.add("statements' texts were cut off by their instrumentation, so they were not judged", place);
  }

  /** What only all of them together show. */
  tell(): void {
    if (this.#atLongest.size < CUT_TEXTS || !isRound(this.#longest)) return;
    this.#skipped.add(
      `statements' texts seem to be cut off at ${this.#longest} characters (OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT), so different ones may have been taken for one`,
      this.#first,
      { count: this.#count },
    );
  }

  #measure(text: string, place: Place): void {
    if (text.length < this.#longest) return;
    if (text.length > this.#longest) {
      this.#longest = text.length;
      this.#atLongest.clear();
      this.#count = 0;
      this.#first = place;
    }
    this.#count += 1;
    if (this.#atLongest.size < CUT_TEXTS) this.#atLongest.add(text);
  }
}
