// Every view in a real browser: what it shows, its filter, its keys, its links, and that it complains of nothing.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { pageOf } from '../../../src/outputs/html/page.js';
import type { Report } from '../../../src/report/report.js';
import { reportsOf } from '../../../src/report/run.js';
import { freshDatabase } from '../../postgres.js';
import { openBrowser } from './browser.js';
import { galleryRun } from './drawn-runs.js';
import { bothRuns } from './example-runs.js';
import { type Opening, openPage, WIDE } from './opened-page.js';

let browser: Browser;
let examples: string;
let gallery: string;

beforeAll(async () => {
  const run = await bothRuns(await freshDatabase());
  browser = await openBrowser();
  examples = pageOf(run);
  gallery = pageOf(galleryRun());
});

afterAll(() => browser.close());

/** The page, with a check at the end that it complained of nothing. */
async function opened(html: string, opening: Opening = {}): Promise<Page> {
  const { page, complaints, close } = await openPage(browser, html, opening);
  onTestFinished(async () => {
    await close();
    expect(complaints).toEqual([]);
  });
  return page;
}

const texts = (page: Page, selector: string) => page.locator(selector).allInnerTexts();
const hash = (page: Page) => page.evaluate<string>('decodeURIComponent(location.hash)');
/** Of the rows of a table, what stands in one column. */
const column = (page: Page, title: string) => texts(page, `tbody td[data-title="${title}"]`);

describe('findings', () => {
  test('the worst stands first and open, the others are one line each', async () => {
    const page = await opened(examples);
    expect(await texts(page, '.card summary h3')).toEqual([
      '3 writes, each committed on its own',
      'write 1 stayed, write 2 failed (23503)',
      'INSERT INTO transfer, then INSERT INTO transfer: 2 writes, each committed on its own',
      '23 statements where 3 do',
      '3 statements where 2 do',
    ]);
    expect(await page.locator('.card > details[open]').count()).toBe(1);
    expect(await texts(page, '.counts li')).toEqual([
      '✖ 3 errors',
      '▲ 2 warnings',
      '● 0 notes',
      '○ 0 possible',
      '∥ 0 allowed',
      '✓ 0 repeats judged harmless',
    ]);
    expect(await page.title()).toBe('3 errors · chat-api');
  });

  test('a finding is grouped over the requests that had it, and leads to them', async () => {
    const page = await opened(examples);
    await page.getByRole('heading', { name: '23 statements where 3 do' }).click();
    const card = page.locator('.card', { hasText: '23 statements where 3 do' });
    expect(await card.locator('.labels').innerText()).toBe('GET /chats 2×');
    expect(await card.locator('.links').innerText()).toBe('open request 1\n4');
    await card.getByRole('link', { name: '4', exact: true }).click();
    await page.getByRole('heading', { name: 'GET /chats' }).waitFor();
    expect(await hash(page)).toBe('#request-4');
    await page.getByRole('link', { name: '23 statements where 3 do' }).click();
    await page.locator('.card > details[open]', { hasText: '23 statements where 3 do' }).waitFor();
  });

  test('the link of a finding opens it', async () => {
    const page = await opened(examples);
    await page.getByRole('heading', { name: 'write 1 stayed' }).click();
    await expect.poll(() => hash(page)).toMatch(/^#finding-[0-9a-f]{10}$/);
    const link = await hash(page);
    const again = await opened(examples, { hash: link });
    const open = again.locator('.card > details[open]', { hasText: 'write 1 stayed' });
    await open.waitFor();
    expect((await open.boundingBox())!.y).toBeLessThan(WIDE.height);
    expect(await texts(again, '.card > details[open] .bands .unit')).toContain('autocommit');
  });

  test('what it becomes and what to send instead', async () => {
    const page = await opened(examples);
    await page.getByRole('heading', { name: '23 statements where 3 do' }).click();
    const card = page.locator('.card', { hasText: '23 statements where 3 do' });
    expect((await card.locator('.growth').innerText()).split(/\n+/)).toEqual([
      '1,000 chats → 11,001 statements',
      'now 23',
      'batched: always 3',
      '11,001',
    ]);
    await card.getByText('as it stands').click();
    expect(await card.locator('.instead .more pre').allInnerTexts()).toEqual([
      'select id, sender_id, text, chat_id\nfrom message\nwhere chat_id = any($1)',
      'select username, id\nfrom users\nwhere id = any($1)',
    ]);
  });

  test('the page of its detector is in the file', async () => {
    const page = await opened(examples);
    await page.getByRole('link', { name: 'About missing-transaction' }).first().click();
    await page.getByRole('heading', { name: 'When it is wrong' }).waitFor();
    expect(await hash(page)).toBe('#detector-missing-transaction');
    expect(await page.locator('.detector .part-title').innerText()).toBe('missing-transaction');
  });

  test.each([
    ['replacement', /^select id, sender_id, text, chat_id\nfrom message/],
    ['SQL', /^select id\nfrom chat;\n\nselect id, sender_id, text/i],
    ['prompt', /23 statements where 3 do[\s\S]*20× select username[\s\S]*> 24 \|[\s\S]*Proof: 2 of 2[\s\S]*any\(\$1\)/],
    ['link', /^file:.*#finding-[0-9a-f]{10}$/],
  ])('copies its %s', async (what, expected) => {
    const page = await opened(examples);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('heading', { name: '23 statements where 3 do' }).click();
    const button = page
      .locator('.card', { hasText: '23 statements where 3 do' })
      .getByRole('button', { name: `Copy ${what}` });
    await button.click();
    await page.getByText('Copied ✓').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toMatch(expected);
  });

  test('what was seen outside any scope, lost and left out is said', async () => {
    const page = await opened(gallery);
    expect(await page.locator('.missing').innerText()).toMatch(/3 statements outside any scope · 1 loss · \d notices/);
    await page.locator('.missing a').click();
    expect(await page.locator('.missing-list').first().innerText()).toContain(
      'the last line of api-1.jsonl was cut off',
    );
    expect(await page.locator('.missing-list').nth(1).innerText()).toContain(
      'fixed since (until 2025-01-01) has ended',
    );
    expect(await page.locator('.processes').innerText()).toContain('did not say that it was done');
  });
});

describe('filters', () => {
  test.each([
    ['detector:torn-write', ['write 1 stayed, write 2 failed (23503)']],
    ['route:/chats/joined', ['3 statements where 2 do']],
    ['route:"POST /authors"', ['3 writes, each committed on its own']],
    ['table:users', ['23 statements where 3 do', '3 statements where 2 do']],
    ['file:chats.ts:24', ['23 statements where 3 do']],
    ['username detector:n-plus-one', ['23 statements where 3 do']],
    ['nothing-has-this', []],
  ])('%s', async (filter, expected) => {
    const page = await opened(examples);
    await page.locator('#filter').fill(filter);
    await page.getByRole('status').filter({ hasText: 'by the filter' }).waitFor();
    expect(await texts(page, '.card summary h3')).toEqual(expected);
    expect(await hash(page)).toBe(`#findings?filter=${filter.replaceAll(' ', '+')}`);
  });

  test('typing leaves one step to go back', async () => {
    const page = await opened(examples);
    await page.keyboard.press('2');
    await page.locator('table').waitFor();
    await page.locator('#filter').pressSequentially('joined');
    await expect.poll(() => column(page, 'Label')).toEqual(['GET /chats/joined', 'GET /chats/joined']);
    await page.goBack();
    await page.getByRole('heading', { name: 'Findings' }).waitFor();
    await expect.poll(() => page.locator('#filter').inputValue()).toBe('');
  });

  test.each([
    ['requests', 'detector:torn-write', 'Label', ['POST /transfers']],
    ['requests', 'table:account file:transfer', 'Label', []],
    ['requests', 'file:chats.ts:64', 'Label', ['GET /chats/joined', 'GET /chats/joined']],
    ['requests', '500', 'Label', ['POST /transfers', 'POST /transfers/whole']],
    ['labels', 'table:users', 'Label', ['GET /chats', 'GET /chats/joined']],
    ['shapes', 'file:makeTransfer', 'Times', ['8']],
  ])('in %s: %s', async (view, filter, title, expected) => {
    const page = await opened(examples, { hash: `#${view}?filter=${encodeURIComponent(filter)}` });
    await page.locator('table').waitFor();
    expect(await column(page, title)).toEqual(expected);
    expect(await page.locator('#filter').inputValue()).toBe(filter);
  });
});

describe('requests', () => {
  test('are listed as they began, and sorted by what one asks for', async () => {
    const page = await opened(examples, { hash: '#requests' });
    expect((await column(page, 'Label')).slice(0, 3)).toEqual([
      'GET /chats',
      'GET /chats/batched',
      'GET /chats/joined',
    ]);
    await page.getByRole('button', { name: 'Statements' }).click();
    await expect.poll(() => hash(page)).toBe('#requests?sort=statements');
    await expect.poll(async () => (await column(page, 'Statements')).slice(0, 3)).toEqual(['23', '23', '4']);
    await page.getByRole('button', { name: 'Statements' }).click();
    await expect.poll(async () => (await column(page, 'Statements'))[0]).toBe('2');
    expect(await page.locator('th[aria-sort=ascending]').innerText()).toContain('Statements');
  });

  test('one of them: its statements by shape and in order, its transaction and how it ended', async () => {
    const page = await opened(examples, { hash: '#requests' });
    await page.getByRole('link', { name: 'POST /transfers/whole' }).nth(1).click();
    await page.getByRole('heading', { name: 'POST /transfers/whole' }).waitFor();
    expect(await texts(page, '.groups .times')).toEqual(['1×', '1×', '1×', '1×']);
    expect((await texts(page, '.groups .failed')).map((text) => text.trim())).toEqual(['✖ 1 failed']);
    expect(await column(page, 'Ended')).toEqual(['↶ rolled back']);
    expect(await page.locator('.band.rolled-back').count()).toBe(1);
    await page.getByRole('button', { name: 'in order' }).click();
    await expect
      .poll(async () => (await texts(page, '.lines .failed')).map((text) => text.trim()))
      .toEqual(['✖ 23503']);
    expect(await hash(page)).toMatch(/\?list=in\+order$/);
  });

  test('a group opens to its statements', async () => {
    const page = await opened(examples, { hash: '#request-1' });
    await page.locator('.groups summary', { hasText: '20×' }).click();
    await expect.poll(() => page.locator('.groups .lines li').count()).toBe(20);
    expect(await page.locator('.groups li.found').count()).toBe(2);
  });

  test('time without a statement, waits, calls to others, late statements and bands are drawn', async () => {
    const page = await opened(gallery, { hash: '#request-2' });
    for (const drawn of ['.gap', '.activity', '.plain', '.found', '.failed', '.late']) {
      expect(await page.locator(`.bars${drawn} rect`).count(), drawn).toBeGreaterThan(0);
    }
    expect(await page.locator('.band.committed').count()).toBe(1);
    expect(await page.locator('.lane .name').allInnerTexts()).toHaveLength(5);
    expect(await page.locator('.waterfall').innerText()).toContain('Outgoing: POST api.example.com');
  });

  test('a test leads to the requests inside it, and they lead back', async () => {
    const page = await opened(gallery, { hash: '#request-1' });
    await page.getByRole('link', { name: 'PATCH /users/:id' }).click();
    await page.getByRole('heading', { name: 'PATCH /users/:id' }).waitFor();
    expect(await column(page, 'Ended')).toEqual(['✖ left open']);
    await page.getByRole('link', { name: 'orders can be placed' }).click();
    await page.getByRole('heading', { name: 'orders can be placed' }).waitFor();
  });

  test('what was allowed, judged harmless or not noted is there with its reason', async () => {
    const allowed = await opened(gallery, { hash: '#request-4' });
    expect(await allowed.locator('.asides').innerText()).toMatch(
      /n-plus-one.*two teams at most, by a constraint.*until 2030-12-31/,
    );
    const cut = await opened(gallery, { hash: '#requests?filter=route%3A%2Fexport%2F' });
    await cut.locator('a[data-line]').first().click();
    await cut.getByRole('heading', { name: 'Not noted' }).waitFor();
    const isJudged = ({ dismissals }: Report) => dismissals.length > 0;
    const judged = await opened(gallery, { hash: `#request-${[...reportsOf(galleryRun())].findIndex(isJudged) + 1}` });
    await judged.getByRole('heading', { name: 'Repeats judged harmless' }).waitFor();
  });

  test('one that is not there is said to be so', async () => {
    const page = await opened(examples, { hash: '#request-999' });
    expect(await page.locator('main').innerText()).toContain('no such request');
  });
});

test('labels: half of the requests and 95 of 100, the most statements first', async () => {
  const page = await opened(examples, { hash: '#labels' });
  expect((await column(page, 'Label'))[0]).toBe('GET /chats');
  expect((await column(page, 'Statements p95'))[0]).toBe('23');
  await page.getByRole('link', { name: 'GET /chats', exact: true }).click();
  await page.getByRole('heading', { name: 'Requests' }).waitFor();
  expect(await hash(page)).toBe('#requests?filter=route:"GET+/chats"');
});

test('shapes: times, callers and the findings that name them', async () => {
  const page = await opened(examples, { hash: '#shapes?sort=count' });
  expect((await column(page, 'Times'))[0]).toBe('40');
  expect((await column(page, 'Sent from'))[0]).toBe('examples/chats/chats.ts:24 lazyChats 40×');
  expect((await column(page, 'Findings'))[0]).toContain('n-plus-one');
});

describe('keys', () => {
  test('j and k go from line to line, Enter opens', async () => {
    const page = await opened(examples);
    const focused = () => page.evaluate<string>('document.activeElement.innerText');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    expect(await focused()).toContain('INSERT INTO transfer, then');
    await page.keyboard.press('k');
    expect(await focused()).toContain('write 1 stayed');
    await page.keyboard.press('Enter');
    await page.locator('.card > details[open]', { hasText: 'write 1 stayed' }).waitFor();
  });

  test('n and p go from finding to finding and from request to request', async () => {
    const page = await opened(examples);
    await page.keyboard.press('n');
    await page.locator('.card > details[open]', { hasText: 'write 1 stayed' }).waitFor();
    await page.keyboard.press('p');
    await expect.poll(() => hash(page)).toMatch(/^#finding-/);
    await page.keyboard.press('2');
    await page.getByRole('heading', { name: 'Requests' }).waitFor();
    await page.goto(`${page.url().split('#')[0]}#request-2?filter=batched`);
    await page.getByRole('heading', { name: 'GET /chats/batched' }).waitFor();
    await page.keyboard.press('n');
    await expect.poll(() => hash(page)).toBe('#request-5?filter=batched');
  });

  test('/ filters, Escape leaves, and letters typed there are no keys', async () => {
    const page = await opened(examples);
    await page.keyboard.press('/');
    await page.keyboard.type('joined?');
    expect(await page.locator('#filter').inputValue()).toBe('joined?');
    expect(await page.locator('dialog[open]').count()).toBe(0);
    await page.keyboard.press('Escape');
    expect(await page.evaluate('document.activeElement === document.body')).toBe(true);
  });

  test('? lists them', async () => {
    const page = await opened(examples);
    await page.keyboard.press('?');
    const help = page.getByRole('dialog', { name: 'Keys' });
    expect(await help.innerText()).toMatch(/j\s+next line/);
    await page.keyboard.press('Escape');
    await help.waitFor({ state: 'hidden' });
  });
});

test.each(['light', 'dark'] as const)('the other theme than %s, kept in the link', async (colorScheme) => {
  const page = await opened(examples, { colorScheme });
  const background = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
  const before = await background();
  await page.getByRole('button', { name: 'Light or dark' }).click();
  const other = colorScheme === 'light' ? 'dark' : 'light';
  await expect.poll(() => hash(page)).toBe(`#findings?theme=${other}`);
  await expect.poll(background).not.toBe(before);
  const again = await opened(examples, { colorScheme, hash: `#labels?theme=${other}` });
  expect(await again.evaluate('document.documentElement.dataset.theme')).toBe(other);
});

test('nothing moves for whoever asked for less of it', async () => {
  const page = await opened(examples, { reducedMotion: 'reduce' });
  const moving = `[...document.querySelectorAll('*')].filter((each) => getComputedStyle(each).transitionDuration !== '0s').length`;
  expect(await page.evaluate(moving)).toBe(0);
});

beforeEach(() => expect.hasAssertions());
