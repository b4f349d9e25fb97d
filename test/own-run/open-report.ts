// Opens the page of the suite's own run in a browser, as somebody does who was sent it: nothing on it complains, its views have what the run had, and no part of
// the run is missing. `tsx test/own-run/open-report.ts <page>`.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { openBrowser } from '../outputs/html/browser.js';
import { openPage } from '../outputs/html/opened-page.js';

async function main(file: string): Promise<void> {
  const browser = await openBrowser();
  const { page, complaints, close } = await openPage(browser, readFileSync(file, 'utf8'));
  const verdict = await page.locator('h1').first().innerText();
  const scale = await page.locator('.scale').innerText();
  for (const [key, view] of [
    ['2', 'Requests'],
    ['3', 'Labels'],
    ['4', 'Shapes'],
    ['5', 'Run'],
  ] as const) {
    await page.keyboard.press(key);
    await page.getByRole('heading', { name: view, exact: true }).waitFor();
  }
  const missing = await page.locator('.missing-list > li').allInnerTexts();
  assert.deepEqual(complaints, []);
  await close();
  await browser.close();
  process.stdout.write(`${verdict}: ${scale}\n${missing.map((what) => `  ${what}\n`).join('')}`);
}

main(process.argv[2] as string).catch((error: unknown) => {
  process.exitCode = 1;
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
});
