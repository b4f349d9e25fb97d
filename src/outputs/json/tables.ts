// The tables of one line: what several of its records share is kept once and named by its place.

import type { CallSite, Frame, Shape, Statement, Tie } from '../../profile/types.js';
import type { CallSiteRecord, StatementForm, Tables, TieForm } from './line.js';

/** Keeps values once, by a key that equal ones share. */
class Table<V> {
  readonly values: V[] = [];
  readonly #places = new Map<string, number>();

  placeOf(key: string, make: () => V): number {
    let place = this.#places.get(key);
    if (place === undefined) {
      place = this.values.push(make()) - 1;
      this.#places.set(key, place);
    }
    return place;
  }
}

export class TableWriter {
  readonly #texts = new Table<string>();
  readonly #shapes = new Table<Shape>();
  readonly #frames = new Table<Frame>();
  readonly #callSites = new Table<CallSiteRecord>();
  readonly #forms = new Table<StatementForm>();
  readonly #tieForms = new Table<TieForm>();
  /** Statements of one line of code share one object: its key is put together once. */
  readonly #known = new WeakMap<CallSite, number>();

  tables(): Tables {
    return {
      texts: this.#texts.values,
      shapes: this.#shapes.values,
      frames: this.#frames.values,
      callSites: this.#callSites.values,
      forms: this.#forms.values,
      tieForms: this.#tieForms.values,
    };
  }

  callSite(site: CallSite | null): number | null {
    if (site === null) return null;
    let place = this.#known.get(site);
    if (place === undefined) {
      const record = this.#siteRecord(site);
      place = this.#callSites.placeOf(JSON.stringify(record), () => record);
      this.#known.set(site, place);
    }
    return place;
  }

  #siteRecord({ frames, through, resolver, assumed, doubtful, ...at }: CallSite): CallSiteRecord {
    return {
      at: this.#frame(at),
      frames: frames.map((frame) => this.#frame(frame)),
      ...(through && { through }),
      ...(resolver && { resolver }),
      ...(assumed && { assumed }),
      ...(doubtful && { doubtful }),
    };
  }

  #frame(frame: Frame): number {
    return this.#frames.placeOf(JSON.stringify(frame), () => frame);
  }

  form({ sql, shape, via, absent, command, error, late, allowed, callSite }: Statement): number {
    const record: StatementForm = {
      sql: this.#texts.placeOf(sql, () => sql),
      shape: this.#shapes.placeOf(shape.id, () => shape),
      via,
      command,
      error,
      late,
      allowed,
      callSite: this.callSite(callSite),
      ...(absent && { absent }),
    };
    return this.#forms.placeOf(keyOf(record), () => record);
  }

  tieForm({ from, to, kind, strength }: Tie): number {
    const { statement: _from, ...source } = from;
    const { statement: _to, ...target } = to;
    const record: TieForm = { from: source, to: target, kind, strength };
    return this.#tieForms.placeOf(JSON.stringify(record), () => record);
  }
}

/** The same for equal forms only. Nearly all were answered, and stand under no allowance. */
function keyOf(form: StatementForm): string {
  const { sql, shape, via, command, error, late, allowed, callSite, absent } = form;
  const isPlain = error === null && allowed.length === 0 && absent === undefined;
  return isPlain ? `${sql} ${shape} ${callSite} ${late} ${via} ${JSON.stringify(command)}` : JSON.stringify(form);
}
