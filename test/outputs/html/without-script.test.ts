// What is left where no script may run, no style may be applied, or paper is all there is: the findings, all of them, in full.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pageOf } from '../../../src/outputs/html/page.js';
import { openBrowser } from './browser.js';
import { galleryRun } from './drawn-runs.js';
import { openPage } from './opened-page.js';

/** As viewers of build artefacts send them along with a page. */
const POLICIES = [
  ['no script', "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"],
  ['no script and no style', "sandbox; default-src 'none'; img-src 'self'; style-src 'self'"],
] as const;

/** Of the third finding, which is closed at first. */
const PARTS = ['open-transaction', 'the request ended with a transaction open', 'left open', 'INSERT INTO'];

let browser: Browser;
let server: Server;
let policy = '';
const html = pageOf(galleryRun());

beforeAll(async () => {
  browser = await openBrowser();
  server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': policy }).end(html);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(async () => {
  await browser.close();
  server.close();
});

test.each(POLICIES)('where a viewer allows %s', async (_what, sent) => {
  policy = sent;
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  expect(await page.getByRole('heading', { level: 1 }).innerText()).toMatch(/\d errors: data can be wrong/);
  await expectAllFindings(page);
  await context.close();
});

test('a finding that its link names is opened by the browser', async () => {
  const { page, close } = await openPage(browser, html, { javaScriptEnabled: false });
  const id = await page.locator('.card .body').nth(2).getAttribute('id');
  await page.goto(`${page.url()}#${id}`);
  expect(await page.locator('.card > details').nth(2).getAttribute('open')).not.toBeNull();
  await close();
});

test('what it cannot do is said, and what it can do is there: labels, shapes, the run, the pages of detectors', async () => {
  const { page, close } = await openPage(browser, html, { javaScriptEnabled: false });
  await page.locator('.note').waitFor();
  expect(await page.locator('.note').innerText()).toBe('Requests, filter and keys need JavaScript.');
  expect(await page.locator('h2').allInnerTexts()).toEqual(['Findings', 'Labels', 'Shapes', 'Run', 'Detectors']);
  for (const target of ['labels', 'shapes', 'run', 'detector-n-plus-one']) {
    expect(await page.locator(`a[href="#${target}"]`).count(), target).toBeGreaterThan(0);
    expect(await page.locator(`#${target}`).count(), target).toBe(1);
  }
  expect(await page.locator('button').count()).toBe(0);
  await close();
});

test('on paper every finding is open', async () => {
  const { page, close } = await openPage(browser, html);
  await page.emulateMedia({ media: 'print' });
  const closed = page.locator('.card > details:not([open])');
  expect(await closed.count()).toBeGreaterThan(10);
  for (const body of await closed.locator('.body').all())
    expect((await body.boundingBox())!.height).toBeGreaterThan(40);
  expect(await page.locator('.head').isVisible()).toBe(false);
  await close();
});

test('it is accessible too', async () => {
  // Axe is a script itself, so here it is the page's own that is missing, and the policy that would forbid both.
  const bare = html.replace(/<script>[\s\S]*<\/script>/, '').replace(/<meta http-equiv[^>]*>/, '');
  const { page, close } = await openPage(browser, bare, { isStatic: true });
  await page.addScriptTag({ path: createRequire(__filename).resolve('axe-core/axe.min.js') });
  await page.evaluate('for (const each of document.querySelectorAll("details")) each.open = true');
  const broken = `axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes[0].html))`;
  expect(await page.evaluate(broken)).toEqual([]);
  await close();
});

async function expectAllFindings(page: Page): Promise<void> {
  const cards = page.locator('.card');
  expect(await cards.count()).toBeGreaterThan(15);
  await cards.nth(2).locator('summary').first().click();
  const text = await cards.nth(2).innerText();
  for (const part of PARTS.slice(0, 2)) expect(text).toContain(part);
  for (const card of await cards.all()) {
    expect((await card.locator('dd').allTextContents()).join('').length).toBeGreaterThan(10);
  }
}
