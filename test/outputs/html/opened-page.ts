// A page in the browser as somebody opens it: from a file, with what it complains of.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

export const WIDE = { width: 1280, height: 720 };
export const PHONE = { width: 390, height: 844 };

export interface OpenedPage {
  page: Page;
  /** Errors, warnings and requests: a page of ours has none. */
  complaints: string[];
  close(): Promise<void>;
}

export interface Opening
  extends Pick<BrowserContextOptions, 'viewport' | 'colorScheme' | 'javaScriptEnabled' | 'reducedMotion'> {
  /** `#labels?filter=users` */
  hash?: string;
  /** The page has no script to wait for. */
  isStatic?: boolean;
}

/** Opens the page from disk, and waits until it has been taken over where it may run scripts. */
export async function openPage(
  browser: Browser,
  html: string,
  { hash = '', isStatic = false, ...options }: Opening = {},
): Promise<OpenedPage> {
  const directory = mkdtempSync(join(tmpdir(), 'queryscope-page-'));
  const file = join(directory, 'report.html');
  writeFileSync(file, html);
  const context = await browser.newContext({ viewport: WIDE, ...options });
  // What does not come by then does not come, and its own line says what that was.
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (!/^(?:file|data|blob):/.test(request.url())) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(pathToFileURL(file).href + hash);
  if (options.javaScriptEnabled !== false && !isStatic) await taken(page);
  return {
    page,
    complaints,
    async close() {
      await context.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** It has been taken over, and what its address names is drawn, which may have had to be read first. */
async function taken(page: Page): Promise<void> {
  await page.locator('#filter').waitFor();
  await page.locator('main :is(h1, .empty)').first().waitFor();
  await page.getByText('Reading the statements').waitFor({ state: 'detached' });
}
