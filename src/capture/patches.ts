// Which method of which object is replaced by which, for the whole process: so that instrumenting twice does nothing, two profilers
// share one wrapper, and the last one to close puts back what was there.

import { QueryscopeError } from '../errors.js';
import { state } from './state.js';

type Method = (this: never, ...args: never[]) => unknown;

export interface Patch {
  readonly owner: object;
  readonly name: string;
  readonly original: Method;
  replacement: Method;
  /** The owner had it from further up: what is put back is nothing. */
  readonly inherited: boolean;
  /** Who asked for it. */
  readonly holders: Set<object>;
  /** False once nobody asks for it any more but something stands on top of it: then it only passes calls through. */
  active: boolean;
}

/** Makes the function that stands in for `patch.original`; while `patch.active` is false it has to do what that does and nothing else. */
export type Wrap = (patch: Patch) => Method;

/** Replaces a method where that has not been done yet. `prototype` is where the search for its owner begins; answers that owner. */
export function patchMethod(prototype: object, name: string, wrap: Wrap, holder: object): object {
  const owner = ownerOf(prototype, name);
  patchAt(owner, name, wrap, holder);
  return owner;
}

/**
 * Replaces a method wherever the prototype chain has one of its own. Above pg's own stand those of subclasses, and of tools that wrapped the method for a subclass
 * alone and call pg's own as it was before ours: what passes only these would be missed.
 */
export function patchMethods(
  prototype: object,
  name: string,
  wraps: { lowest: Wrap; above: Wrap },
  holder: object,
): void {
  const [lowest, ...others] = ownersOf(prototype, name);
  patchAt(lowest as object, name, wraps.lowest, holder);
  for (const owner of others) patchAt(owner, name, wraps.above, holder);
}

/** Replaces a method for one object and what inherits from it, also where the object has it from further up. */
export function patchAt(owner: object, name: string, wrap: Wrap, holder: object): void {
  const methods = methodsOf(owner);
  const current = Reflect.get(owner, name) as Method;
  const known = methods.get(name);
  // Anything but the original itself may be somebody's wrapper around ours.
  if (known !== undefined && current !== known.original) {
    known.holders.add(holder);
    known.active = true;
    return;
  }
  const holders = new Set([...(known?.holders ?? []), holder]);
  const inherited = !Object.hasOwn(owner, name);
  const patch: Patch = { owner, name, original: current, replacement: current, inherited, holders, active: true };
  patch.replacement = wrap(patch);
  Object.defineProperty(patch.replacement, 'name', { value: current.name, configurable: true });
  Object.defineProperty(patch.replacement, 'length', { value: current.length, configurable: true });
  if (!Reflect.set(owner, name, patch.replacement)) {
    throw new QueryscopeError(
      'not-pg',
      `The method '${name}' of this driver is frozen; it has to be replaceable to be watched. Instrument before freezing.`,
    );
  }
  methods.set(name, patch);
}

/** Gives back everything that `holder` alone still asked for. */
export function releasePatches(holder: object): void {
  for (const methods of state.patches.values()) {
    for (const patch of methods.values()) {
      if (patch.holders.delete(holder) && patch.holders.size === 0) restore(patch);
    }
  }
}

function restore(patch: Patch): void {
  patch.active = false;
  if (Reflect.get(patch.owner, patch.name) !== patch.replacement) return;
  if (patch.inherited) Reflect.deleteProperty(patch.owner, patch.name);
  else Reflect.set(patch.owner, patch.name, patch.original);
  const methods = methodsOf(patch.owner);
  methods.delete(patch.name);
  if (methods.size === 0) state.patches.delete(patch.owner);
}

function methodsOf(owner: object): Map<string, Patch> {
  let methods = state.patches.get(owner);
  if (methods === undefined) {
    methods = new Map();
    state.patches.set(owner, methods);
  }
  return methods;
}

/** The last object along the prototype chain that has the method: pg's own, below whatever subclasses an app or an ORM made. */
function ownerOf(prototype: object, name: string): object {
  return ownersOf(prototype, name)[0] as object;
}

/** Every object along the prototype chain that has the method itself, the last one first. */
function ownersOf(prototype: object, name: string): object[] {
  const owners: object[] = [];
  for (let object: object | null = prototype; object !== null; object = Object.getPrototypeOf(object)) {
    if (Object.hasOwn(object, name)) owners.unshift(object);
  }
  return owners.length === 0 ? [prototype] : owners;
}
