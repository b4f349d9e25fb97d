// Things that many rows name, each kept once: a row then holds a number.

/** A list without repeats, by a key. */
export class Interned<T> {
  readonly items: T[] = [];
  readonly #places = new Map<string, number>();

  /** The place of the thing with this key, which is made where it is new. */
  placeOf(key: string, make: () => T): number {
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const place = this.items.push(make()) - 1;
    this.#places.set(key, place);
    return place;
  }
}
