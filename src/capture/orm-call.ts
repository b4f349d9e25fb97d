// A call of an ORM whose statements are sent later, by code in which nothing of the caller is left. Where the call's own promise is answered V8
// knows the caller again; until then its context remembers what was sent for it.

import { captureStack, FULL_DEPTH, type SiteCounters, type Trace } from './call-site.js';
import { type Context, runIn } from './context.js';
import { state } from './state.js';

/** Where a scope has stacks taken. */
export type Sites = Pick<SiteCounters, 'entry' | 'capture' | 'captureConnect' | 'captureRelease'>;

export class OrmCall {
  readonly #traces: Trace[] = [];

  /** The same, but what is captured is remembered. */
  in(sites: Sites): Sites {
    return {
      entry: sites.entry,
      capture: (...call) => {
        const trace = sites.capture(...call);
        if (trace !== null) this.#traces.push(trace);
        return trace;
      },
      captureConnect: (above) => sites.captureConnect(above),
      captureRelease: (above) => sites.captureRelease(above),
    };
  }

  /** Takes a stack for each statement that was captured: in `above`, which has just been resumed with the call's answer. */
  answered(above: CallableFunction): void {
    for (const trace of this.#traces) trace.answered = captureStack(FULL_DEPTH, above);
  }
}

/** Runs a call of an ORM; its answer is the call's own. `start` is called at once, and what it gives is awaited there. */
export async function runOrmCall<T>(context: Context, start: () => PromiseLike<T>): Promise<T> {
  state.ormCalls = true;
  const call = new OrmCall();
  try {
    return await runIn({ ...context, call }, async () => await start());
  } finally {
    call.answered(runOrmCall);
  }
}
