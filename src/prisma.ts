// The entry point `queryscope/prisma`: an extension of a Prisma client, for the lines of code. Statements are seen without it; but Prisma plans and
// sends them when nothing of the caller is left on the stack.

import { runOrmCall } from './capture/orm-call.js';
import { state } from './capture/state.js';

/** The part of what Prisma hands to an extension that is used here. */
export interface PrismaOperation {
  // biome-ignore lint/suspicious/noExplicitAny: Prisma's own types for it, which a generated client narrows.
  args: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  query(args: any): Promise<any>;
}

/** What `$extends()` takes. */
export interface PrismaExtension {
  name: string;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  query: { $allOperations(operation: PrismaOperation): Promise<any> };
}

/**
 * Has the line of each operation known: `new PrismaClient({ adapter }).$extends(queryscope())`. Outside a scope, and where queryscope is off, operations are
 * passed through. Put it last where there are other extensions: it looks at who called the client that it makes.
 */
export function queryscope(): PrismaExtension {
  return {
    name: 'queryscope',
    query: {
      $allOperations({ args, query }) {
        const context = state.storage.getStore();
        if (context === undefined || context.scope === null) return query(args);
        return runOrmCall(context, () => query(args));
      },
    },
  };
}
