// The story on the first screen: opened and nothing touched, a wide screen and a phone show the verdict, what feeds what, both lines of code and what
// to send instead.

import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pageOf } from '../../../src/outputs/html/page.js';
import { freshDatabase } from '../../postgres.js';
import { openBrowser } from './browser.js';
import { chatsRun } from './example-runs.js';
import { openPage, PHONE, WIDE } from './opened-page.js';

let browser: Browser;
let html: string;

beforeAll(async () => {
  [browser, html] = await Promise.all([
    openBrowser(),
    freshDatabase()
      .then(chatsRun)
      .then((run) => pageOf(run)),
  ]);
});

afterAll(() => browser.close());

describe.each([
  ['wide', WIDE],
  ['phone', PHONE],
])('%s', (_name, viewport) => {
  test.each([
    ['with script', true],
    ['without script', false],
  ])('is on the first screen %s', async (_way, javaScriptEnabled) => {
    const { page, complaints, close } = await openPage(browser, html, { viewport, javaScriptEnabled });
    const card = page.locator('.card').first();
    const parts: Locator[] = [
      page.getByRole('heading', { level: 1, name: '2 warnings: cost grows with data' }),
      card.getByRole('heading', { name: '23 statements where 3 do' }),
      ...[
        '1× select id from chat',
        '2× select … from message where chat_id=$1',
        '20× select username from users where id=$1',
      ].map((line) => card.getByText(line, { exact: true })),
      card.getByText('20 of 20 users.id are message.sender_id, in row order').first(),
      card.locator('.code .marked', { hasText: 'chat.messages = await messagesOf(pool, chat.id);' }).first(),
      card.locator('.code .marked', { hasText: 'message.sender = await usernameOf(pool, message.sender_id);' }).first(),
      card.getByText('… from message where chat_id = any($1)').first(),
      card.getByText('… from users   where id = any($1)').first(),
    ];
    for (const part of parts) {
      const box = await part.boundingBox();
      expect(box, String(part)).not.toBeNull();
      expect(box!.y, String(part)).toBeGreaterThanOrEqual(0);
      expect(box!.y + box!.height, String(part)).toBeLessThanOrEqual(viewport.height);
      expect(box!.x, String(part)).toBeGreaterThanOrEqual(0);
      expect(box!.x + box!.width, String(part)).toBeLessThanOrEqual(viewport.width);
    }
    const heard = await page.locator('body').ariaSnapshot();
    for (const said of [
      '2 warnings: cost grows with data',
      '23 statements where 3 do',
      'select id from chat',
      '20×',
      'any',
      'messagesOf',
      'usernameOf',
    ]) {
      expect(heard).toContain(said);
    }
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width);
    expect(complaints).toEqual([]);
    await close();
  });
});
