// 100,000 statements in one page: how large it is, and that one can work with it. How long things took is printed, not judged: that is the machine's.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pageOf } from '../../../src/outputs/html/page.js';
import { openBrowser } from './browser.js';
import { largeRun } from './drawn-runs.js';
import { openPage } from './opened-page.js';

const STATEMENTS = 100_000;
const MOST_BYTES = 3 * 1024 * 1024;

let browser: Browser;
let html: string;
let builtMs: number;

beforeAll(async () => {
  const run = largeRun(STATEMENTS);
  const began = performance.now();
  html = pageOf(run);
  builtMs = performance.now() - began;
  browser = await openBrowser();
});

afterAll(() => browser.close());

test('takes at most 3 MB', () => {
  expect(Buffer.byteLength(html)).toBeLessThan(MOST_BYTES);
});

test('opens, filters by table and shows one of its requests', async () => {
  const { page, complaints, close } = await openPage(browser, html);
  const paintedMs = await page.evaluate<number>("performance.getEntriesByName('first-contentful-paint')[0].startTime");
  console.info(
    `${STATEMENTS} statements: ${(Buffer.byteLength(html) / 1024 / 1024).toFixed(2)} MB, built in ${Math.round(builtMs)} ms, first paint after ${Math.round(paintedMs)} ms`,
  );
  expect(await page.locator('.scale').innerText()).toContain('100,000 statements');
  await page.keyboard.press('2');
  await page.locator('#filter').fill('table:detail_7');
  await expect.poll(() => page.locator('tbody tr').count()).toBe(10);
  await page.locator('tbody a[data-line]').first().click();
  await page.locator('.groups').waitFor();
  expect(await page.locator('.groups .times').first().innerText()).toBe('240×');
  await page.getByRole('button', { name: 'in order' }).click();
  await page.locator('#filter').fill('');
  await expect.poll(() => page.locator('.left').allInnerTexts()).toEqual([expect.stringContaining('50 more')]);
  expect(await page.locator('.lines > li').count()).toBe(200);
  await page.getByRole('button', { name: 'show more' }).click();
  await expect.poll(() => page.locator('.lines > li').count()).toBe(250);
  expect(complaints).toEqual([]);
  await close();
});

test('a scope of very many statements is as many lines as the screen has columns', async () => {
  const { page, close } = await openPage(browser, html, { hash: '#request-1' });
  await page.locator('.waterfall').waitFor();
  expect(await page.locator('.waterfall rect').count()).toBeLessThan(4_000);
  await close();
});
