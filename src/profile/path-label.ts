// What a path is called where no route was told for it. It came from outside: whatever may be somebody's value is `:id`, and no crawler
// makes names without end.

/**
 * One to three words as routes are named by, in lower case or with humps: `order-items`, `userProfile`, `robots.txt`, `oauth2`. Letters in
 * any other order of cases are a code; more words are a title.
 */
const WORDS =
  /^[._]?[A-Z]?[a-z]+(?:[A-Z][a-z]{2,})*[A-Z]{0,3}(?:[-._][A-Z]?[a-z]+(?:[A-Z][a-z]{2,})*[A-Z]{0,3}){0,2}\d?$/;
const LONGEST_WORDS = 32;

const VERSION = /^v\d{1,2}(?:\.\d{1,2})?$/i;

/** Segments of a path that are shown. Routes have fewer. */
const MAX_DEPTH = 8;

/** Below one path: more words than any menu of routes has are names of things. The first ones stay what they were called. */
const MAX_WORDS = 64;

/** In the process; what comes later is `:id`, wherever it stands. */
const MAX_PATHS = 2_000;

/** How many words were seen below each path so far, and the path of each. */
const wordsBelow = new Map<string, number>();
const paths = new Set<string>();

/** The name of a whole path: `/users/42` → `/users/:id`; so too `/blog/first-post` once too many of its kind have come. */
export function pathLabel(path: string): string {
  const segments = path.split('/');
  let label = '';
  for (const segment of segments.slice(1, MAX_DEPTH + 1)) label += `/${known(label, idNamed(segment))}`;
  return segments.length > MAX_DEPTH + 1 ? `${label}/*` : label;
}

/** A part of a path with whatever may be a value as `:id`. */
export function idsNamed(path: string): string {
  return path.split('/').map(idNamed).join('/');
}

/** One segment: itself where routes are named so, else `:id`. */
export function idNamed(segment: string): string {
  if (segment === '') return '';
  const isName = segment.length <= LONGEST_WORDS && (WORDS.test(segment) || VERSION.test(segment));
  return isName ? segment : ':id';
}

function known(above: string, segment: string): string {
  const path = `${above}/${segment}`;
  if (segment === '' || segment === ':id' || paths.has(path)) return segment;
  const words = wordsBelow.get(above) ?? 0;
  if (words >= MAX_WORDS || paths.size >= MAX_PATHS) return ':id';
  wordsBelow.set(above, words + 1);
  paths.add(path);
  return segment;
}
