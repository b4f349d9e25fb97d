// How a wrapper calls what it stands in for: with the arguments that came, and as many. Named one by one, because a list of them, made for each call, would cost
// more than all else that a wrapper does where there is nothing to do.

// biome-ignore lint/suspicious/noExplicitAny: what a driver's method takes and answers is not known here.
type Method = (this: any, ...args: any[]) => unknown;

/** Calls a method with the first `count` of three arguments; three, where `count` is more. */
export function passOn(
  method: Method,
  self: unknown,
  count: number,
  first: unknown,
  second: unknown,
  third: unknown,
): unknown {
  switch (count) {
    case 0:
      return method.call(self);
    case 1:
      return method.call(self, first);
    case 2:
      return method.call(self, first, second);
    default:
      return method.call(self, first, second, third);
  }
}

/** The method, which hands on what came behind three arguments too. Other tools' wrappers may stand below, and no driver takes as many. */
export function withFurther<M extends Method>(method: M, args: IArguments): M {
  const further = Array.prototype.slice.call(args, 3);
  return function extended(this: unknown, ...given: unknown[]) {
    return Reflect.apply(method, this, [...given, ...further]);
  } as M;
}
