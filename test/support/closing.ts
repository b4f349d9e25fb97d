// What a scope closes with where a test or a bench has no scope: one request that went well, in a process that remembers no
// call sites and whose stacks are frames already.

import type { Closing, Sites } from '../../src/profile/build-profile.js';
import { siteOf } from '../../src/profile/call-sites.js';
import type { Frame } from '../../src/profile/types.js';

export const CLOSING: Closing = {
  id: 'scope',
  parent: null,
  kind: 'request',
  label: 'GET /',
  startedAt: new Date(0),
  durationMs: 0,
  outcome: { status: 200, error: null, aborted: false },
  unattributed: 0,
  sample: false,
};

export const SITES: Sites = {
  siteOf: (stack) => siteOf(stack as readonly Frame[]),
  learn: () => {},
  only: () => null,
  doubt: () => {},
  ran: () => {},
};
