// Takes the pictures that the README shows: `npm run screens`. Of the examples, on a real PostgreSQL, in the browser of the tests.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../../../examples/database.js';
import { pageOf } from '../../../src/outputs/html/page.js';
import { openBrowser } from './browser.js';
import { bothRuns, chatsRun } from './example-runs.js';
import { openPage, PHONE, WIDE } from './opened-page.js';

const PLACE = join(__dirname, '..', '..', '..', 'examples', 'screens');

interface Screen {
  name: string;
  html: string;
  hash?: string;
  viewport?: { width: number; height: number };
  dark?: true;
}

async function main(): Promise<void> {
  mkdirSync(PLACE, { recursive: true });
  const database = await openDatabase();
  // One after the other: a process has one record of what it sends, whoever asks.
  const chats = await chatsRun(await database.createDatabase('chats'));
  const both = await bothRuns(await database.createDatabase('both'));
  await database.stop();
  const story = pageOf(chats);
  const all = pageOf(both);
  const screens: Screen[] = [
    { name: 'findings-light', html: story },
    { name: 'findings-dark', html: story, dark: true },
    { name: 'phone-light', html: story, viewport: PHONE },
    { name: 'request-light', html: all, hash: '#request-1' },
    { name: 'request-dark', html: all, hash: '#request-1', dark: true },
    { name: 'units-light', html: all },
  ];
  const browser = await openBrowser();
  for (const { name, html, hash = '', viewport = WIDE, dark } of screens) {
    const { page, close } = await openPage(browser, html, { hash, viewport, colorScheme: dark ? 'dark' : 'light' });
    await page.locator('.card, .waterfall, table').first().waitFor();
    await page.screenshot({ path: join(PLACE, `${name}.png`) });
    await close();
  }
  await browser.close();
}

main().catch((error: unknown) => {
  process.exitCode = 1;
  process.stderr.write(`No pictures were taken: ${error instanceof Error ? error.message : String(error)}\n`);
});
