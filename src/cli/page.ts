// A run as one HTML file, loaded when it is asked for.

import type { Run } from '../report/run.js';

/** `title`: what the page is called; undefined: as ever. */
export async function page(run: Run, title: string | undefined): Promise<string> {
  const { pageOf } = await import('../outputs/html/page.js');
  return pageOf(run, title === undefined ? {} : { title });
}
