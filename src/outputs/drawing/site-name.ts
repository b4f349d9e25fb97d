// How a place in the app's code is called, in every output alike.

import type { CallSite } from '../../profile/types.js';
import { oneLine } from './harmless.js';

/** `src/chats.ts:12`, which editors and terminals make a link; empty where there is none. */
export function siteOf(site: CallSite | null): string {
  return site === null ? '' : `${oneLine(site.file)}:${site.line}`;
}
