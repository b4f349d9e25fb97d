// Nothing that an app has a hand in becomes markup, script or style: routes, SQL, names of files and databases, lines of code, words of findings.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pageOf } from '../../../src/outputs/html/page.js';
import { openBrowser } from './browser.js';
import { HARM, hostileRun } from './drawn-runs.js';
import { openPage } from './opened-page.js';

let browser: Browser;
const html = pageOf(hostileRun());

beforeAll(async () => {
  browser = await openBrowser();
});

afterAll(() => browser.close());

/** The part of it that stays as it is; control characters and half of a character are shown as signs. */
const SEEN = HARM.slice(0, HARM.indexOf('\u2028'));

test.each([
  ['with script', true],
  ['without script', false],
])('%s', async (_way, javaScriptEnabled) => {
  const { page, complaints, close } = await openPage(browser, html, { javaScriptEnabled });
  const views = javaScriptEnabled ? ['findings', 'requests', 'request-1', 'labels', 'shapes', 'run'] : ['findings'];
  for (const view of views) {
    await page.goto(`${page.url().split('#')[0]}#${view}`);
    await page.locator('h1').first().waitFor();
    await page.evaluate('for (const each of document.querySelectorAll("details")) each.open = true');
    expect(await page.locator('body').textContent(), view).toContain(SEEN);
  }
  expect(await page.evaluate('window.harmed')).toBeUndefined();
  expect(await page.evaluate('document.querySelectorAll("body script, body template").length')).toBe(3);
  expect(await page.evaluate('document.querySelectorAll("img, [onload], [onerror], iframe, object").length')).toBe(0);
  expect(complaints).toEqual([]);
  await close();
});

test('a service may call itself what it likes', async () => {
  const { page, close } = await openPage(browser, html);
  expect(await page.title()).toContain(SEEN);
  await close();
});

test('no control character, no half of a character and no mark that turns text round is in the file', () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose.
  expect(html).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
  // Half of a character would not come back from UTF-8.
  expect(Buffer.from(html).toString()).toBe(html);
});

test('what is copied as a prompt cannot leave its fence', async () => {
  const { page, close } = await openPage(browser, html);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Copy prompt' }).click();
  await page.getByText('Copied ✓').waitFor();
  const prompt = await page.evaluate<string>('navigator.clipboard.readText()');
  const fences = prompt.split('\n').filter((line) => /^`{3,}/.test(line));
  expect(fences.length % 2).toBe(0);
  expect(fences.length).toBeGreaterThan(3);
  await close();
});
