// How what judges is loaded once it is needed. Entry points hand in how, since that depends on what loads them.

type Judging = typeof import('./judging.js');

let load: (() => Judging) | null = null;
let loaded: Judging | null = null;

/** The last word counts. */
export function loadJudgingBy(how: () => Judging): void {
  load = how;
}

/** What judges. */
export function judging(): Judging {
  if (load === null) throw new Error('no entry point of queryscope has said how what judges is loaded');
  loaded ??= load();
  return loaded;
}
