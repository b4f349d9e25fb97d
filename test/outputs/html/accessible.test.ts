// The page by the rules of axe-core, in every view, light and dark, wide and on a phone: contrast, names, roles, order.

import { createRequire } from 'node:module';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pageOf } from '../../../src/outputs/html/page.js';
import { openBrowser } from './browser.js';
import { galleryRun } from './drawn-runs.js';
import { openPage, PHONE, WIDE } from './opened-page.js';

const AXE = createRequire(__filename).resolve('axe-core/axe.min.js');

const VIEWS = [
  '#findings',
  '#requests',
  '#request-1',
  '#request-2',
  '#request-2?list=in+order',
  '#labels',
  '#shapes',
  '#run',
  '#detector-n-plus-one',
];

let browser: Browser;
let html: string;

beforeAll(async () => {
  browser = await openBrowser();
  // Axe comes in from outside, which the page's own policy rightly forbids; that policy has a test of its own.
  html = pageOf(galleryRun()).replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '');
});

afterAll(() => browser.close());

test.each(
  (['light', 'dark'] as const).flatMap((colorScheme) =>
    [['wide', WIDE] as const, ['phone', PHONE] as const].map(
      ([size, viewport]) => [`${colorScheme}, ${size}`, { colorScheme, viewport }] as const,
    ),
  ),
)('%s', async (_name, { colorScheme, viewport }) => {
  // Without motion, or colours would be looked at on their way to others.
  const { page, close } = await openPage(browser, html, { colorScheme, viewport, reducedMotion: 'reduce' });
  await page.addScriptTag({ path: AXE });
  const broken: string[] = [];
  for (const view of VIEWS) {
    await page.evaluate(`new Promise((drawn) => {
      addEventListener('hashchange', () => setTimeout(drawn), { once: true });
      location.hash = ${JSON.stringify(view)};
    })`);
    await page.getByText('Reading the statements').waitFor({ state: 'detached' });
    // All there is to see: what is folded is looked at too.
    await page.evaluate(`new Promise((drawn) => {
      for (const each of document.querySelectorAll('details')) each.open = true;
      requestAnimationFrame(() => requestAnimationFrame(drawn));
    })`);
    for (const { id, help, nodes } of await violations(page))
      broken.push(`${view}: ${id} (${help}) ${nodes.join(' ')}`);
    expect(await page.evaluate('document.documentElement.scrollWidth'), view).toBe(viewport.width);
  }
  expect(broken).toEqual([]);
  await close();
});

interface Violation {
  id: string;
  help: string;
  nodes: string[];
}

async function violations(page: { evaluate<T>(expression: string): Promise<T> }): Promise<Violation[]> {
  const run = `axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, help, nodes }) =>
    ({ id, help, nodes: nodes.slice(0, 3).map(({ html, failureSummary }) => html.slice(0, 200) + ' ' + failureSummary) })))`;
  return page.evaluate<Violation[]>(run);
}
