// Keeps failures of queryscope's own, and of the outputs and listeners it was given, from the app: what is caught here is
// counted, told once, and said in the report.

import type { Scope } from './scope.js';
import { state } from './state.js';

/** How the error is told of. */
type Telling = (error: unknown) => string;

/** Takes an error that must not reach the app. `what` failed is told once in the process. Never throws. */
export function caught(
  error: unknown,
  scope: Scope | null = null,
  what = 'a part of queryscope',
  telling: Telling = nameOf,
): void {
  try {
    state.caught++;
    if (scope !== null && !scope.closed) {
      scope.recorder.notice(
        'internal-error',
        `${what} failed; the app was not touched, but something may be missing here`,
      );
    }
    if (state.told.has(what)) return;
    state.told.add(what);
    process.stderr.write(`queryscope: ${what} failed, which was kept from the app: ${telling(error)}\n`);
  } catch {
    // A closed stderr is no reason to disturb the app either.
  }
}

/** Calls a function whose failure is not the app's; answers null where it throws. */
export function guarded<T>(fn: () => T, scope: Scope | null = null, what?: string, telling?: Telling): T | null {
  try {
    return fn();
  } catch (error) {
    caught(error, scope, what, telling);
    return null;
  }
}

const LONGEST_MESSAGE = 200;

/** Name, code and place of an error, with the first line of its message. For what is handed no values; a credential in an address is left out. */
export function messageOf(error: unknown): string {
  const line = error instanceof Error ? (error.message.split('\n', 1)[0] as string) : '';
  const message = line
    .slice(0, LONGEST_MESSAGE)
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/\/\/[^/@\s]*@/g, '//…@');
  return message === '' ? nameOf(error) : `${message} (${nameOf(error)})`;
}

/** Name, code and place of an error, without its message: that may hold a value. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return `a thrown ${typeof error}`;
  const { code } = error as { code?: unknown };
  const place = /^\s+at .*$/m.exec(error.stack ?? '')?.[0].trim() ?? '';
  return [error.name, typeof code === 'string' ? code : '', place].filter((part) => part !== '').join(' ');
}
