// A cache that forgets: bounded by entries and by characters, with a hit that costs one look-up.

/** Bounds of a cache. An entry longer than an eighth of `characters` is not kept at all: it would push out everything else. */
export interface CacheLimits {
  entries: number;
  /** Characters of all keys together. */
  characters: number;
}

/**
 * Two generations: the young one takes what is new; when it is half of the limits it becomes the old one, and what the old one held and
 * nobody asked for since is forgotten. So what is in use stays, without a list to reorder at each hit.
 */
export class BoundedCache<Value> {
  private young = new Map<string, Value>();
  private old = new Map<string, Value>();
  private characters = 0;

  constructor(private readonly limits: CacheLimits) {}

  get(key: string): Value | undefined {
    const value = this.young.get(key);
    if (value !== undefined || this.old.size === 0) return value;
    const aged = this.old.get(key);
    if (aged !== undefined) this.set(key, aged);
    return aged;
  }

  set(key: string, value: Value): void {
    if (key.length > this.limits.characters / 8) return;
    this.young.set(key, value);
    this.characters += key.length;
    if (this.young.size * 2 < this.limits.entries && this.characters * 2 < this.limits.characters) return;
    this.old = this.young;
    this.young = new Map();
    this.characters = 0;
  }

  get size(): number {
    return this.young.size + this.old.size;
  }
}
