// Questions that several detectors ask of one profile, answered once: which statements are one repeat, what feeds it.

import type { CallSite, Flow, Profile, Shape, Statement } from './types.js';

/**
 * Executions of one shape that belong together: from one call site, or from several where one flow feeds them all.
 * A statement is in exactly one repeat; single executions are repeats of one.
 */
export interface Repeat {
  index: number;
  shape: Shape;
  statements: readonly Statement[];
  /** The site shown: the first captured one; null where none is known. */
  callSite: CallSite | null;
  /** How many different call sites its statements have (an unknown site is not counted). */
  sites: number;
  /** Was the site of at least one of these statements captured, not assumed? */
  captured: boolean;
  /** Executions with different values; NULLs and LIMIT/OFFSET slots count like any value. Hidden values count as none. */
  distinct: number;
  /** The flows into it, strongest first. */
  flows: readonly Flow[];
}

/** A profile with its repeats, made once and handed to every detector. */
export interface ProfileView {
  readonly profile: Profile;
  /** In order of their first statement. */
  readonly repeats: readonly Repeat[];
  /** The repeat that a statement belongs to. */
  repeatOf(statement: number): Repeat;
}

/** Groups a profile's statements into repeats. Linear in its statements and in the ends of its flows. */
export function viewOf(profile: Profile): ProfileView {
  const identity = siteIdentities();
  const groupOf = groupByShapeAndSite(profile, identity);
  const merged = mergeByFlow(profile, groupOf);

  const statementsOf = new Map<number, Statement[]>();
  for (const statement of profile.statements) {
    const group = merged(groupOf[statement.index] as number);
    const members = statementsOf.get(group);
    if (members) members.push(statement);
    else statementsOf.set(group, [statement]);
  }

  const flowsOf = new Map<number, Flow[]>();
  for (const flow of profile.flows) {
    const group = merged(groupOf[flow.to.statements[0] as number] as number);
    const flows = flowsOf.get(group);
    if (flows) flows.push(flow);
    else flowsOf.set(group, [flow]);
  }

  const repeatOf = new Array<Repeat>(profile.statements.length);
  const repeats = [...statementsOf].map(([group, statements], index) => {
    const repeat = describe(index, statements, flowsOf.get(group) ?? [], identity);
    for (const statement of statements) repeatOf[statement.index] = repeat;
    return repeat;
  });

  return {
    profile,
    repeats,
    repeatOf: (statement) => repeatOf[statement] as Repeat,
  };
}

/** Of each statement, the ordinal of its shape and call site together. */
function groupByShapeAndSite(profile: Profile, identity: SiteIdentity): number[] {
  const ordinals = new Map<string, number>();
  return profile.statements.map(({ shape, callSite }) => {
    const key = `${shape.id}\n${identity(callSite)}`;
    const known = ordinals.get(key);
    if (known !== undefined) return known;
    ordinals.set(key, ordinals.size);
    return ordinals.size - 1;
  });
}

/** A flow into several groups of one shape says that one loop sent them all, whatever lines it ran through. */
function mergeByFlow(profile: Profile, groupOf: readonly number[]): (group: number) => number {
  const parent: number[] = [];
  const find = (group: number): number => {
    let root = group;
    for (let next = parent[root]; next !== undefined; next = parent[root]) root = next;
    for (let at = group; at !== root; ) {
      const next = parent[at] as number;
      parent[at] = root;
      at = next;
    }
    return root;
  };
  for (const { to } of profile.flows) {
    const first = to.statements[0] as number;
    const shape = profile.statements[first]?.shape.id;
    for (const statement of to.statements) {
      if (profile.statements[statement]?.shape.id !== shape) continue;
      const one = find(groupOf[first] as number);
      const other = find(groupOf[statement] as number);
      if (one !== other) parent[Math.max(one, other)] = Math.min(one, other);
    }
  }
  return find;
}

function describe(
  index: number,
  statements: readonly Statement[],
  flows: readonly Flow[],
  identity: SiteIdentity,
): Repeat {
  const known = statements.flatMap(({ callSite }) => callSite ?? []);
  const captured = known.find((site) => !site.assumed);
  const values = new Set(statements.flatMap(({ valuesKey }) => valuesKey ?? []));
  return {
    index,
    shape: (statements[0] as Statement).shape,
    statements,
    callSite: captured ?? known[0] ?? null,
    sites: new Set(known.map(identity)).size,
    captured: captured !== undefined,
    distinct: values.size,
    flows: [...flows].sort((a, b) => strengthOf(b) - strengthOf(a) || b.values - a.values),
  };
}

const strengthOf = (flow: Flow): number => (flow.strength === 'certain' ? 1 : 0);

type SiteIdentity = (site: CallSite | null) => string;

/** Names a call site by its frames without columns; statements share site objects, so each object is named once. */
function siteIdentities(): SiteIdentity {
  const names = new Map<CallSite, string>();
  return (site) => {
    if (!site) return '';
    let name = names.get(site);
    if (name === undefined) {
      name = site.frames.map((frame) => `${frame.file}:${frame.line} ${frame.function ?? ''}`).join('\n');
      names.set(site, name);
    }
    return name;
  };
}
