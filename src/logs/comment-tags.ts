// What a framework wrote into a comment of a statement: which route, controller or job sent it, and in which trace. By the specification of
// sqlcommenter (`key='value'`, URL-encoded), and as marginalia writes it (`key:value`).

export interface CommentTags {
  /** The route, controller or job; null: only a trace is named. */
  label: string | null;
  kind: 'request' | 'job';
  /** The id of the trace; null: none is named. */
  trace: string | null;
}

/** At either end of the text. */
const LAST = /\/\*((?:(?!\/\*)[\s\S])*)\*\/[\s;]*$/;
const FIRST = /^\s*\/\*((?:(?!\*\/)[\s\S])*)\*\//;

const QUOTED = /^\s*([^=',\s]+)='((?:[^'\\]|\\[\s\S])*)'\s*(?:,|$)/;
const PLAIN = /^\s*([\w.-]+):([^,]*)(?:,|$)/;
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** As much of a text as can hold them: a comment at either end. */
const LONGEST = 4_000;

/** Null where no comment names any of them. */
export function commentTags(text: string): CommentTags | null {
  if (!text.includes('/*')) return null;
  const comment = LAST.exec(text.slice(-LONGEST))?.[1];
  return tagsIn(comment) ?? tagsIn(FIRST.exec(text.slice(0, LONGEST))?.[1]);
}

function tagsIn(comment: string | undefined): CommentTags | null {
  if (comment === undefined) return null;
  const pairs = pairsIn(comment);
  const trace = TRACEPARENT.exec(pairs.get('traceparent') ?? '')?.[1] ?? null;
  const job = pairs.get('job') ?? pairs.get('task');
  const label = job ?? entryIn(pairs);
  if (trace === null && label === null) return null;
  return { label, kind: job === undefined ? 'request' : 'job', trace };
}

/** What came in: a route, or the code that handles it. */
function entryIn(pairs: ReadonlyMap<string, string>): string | null {
  const route = pairs.get('route');
  if (route !== undefined) return route.replace(/^\^/, '/').replace(/\$$/, '');
  const controller = pairs.get('controller');
  const action = pairs.get('action');
  if (controller === undefined) return action ?? null;
  return action === undefined ? controller : `${controller}#${action}`;
}

function pairsIn(comment: string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (let rest = comment; rest !== ''; ) {
    const match = QUOTED.exec(rest) ?? PLAIN.exec(rest);
    if (match === null) break;
    const [all, key, value] = match as unknown as [string, string, string];
    pairs.set(decoded(key), decoded(value.replace(/\\'/g, "'")));
    rest = rest.slice(all.length);
  }
  return pairs;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
