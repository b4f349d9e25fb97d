// `queryscope open`: makes the page of a run beside it, and shows it in the browser.

import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Act, CLEAN } from './command.js';
import { findRun } from './find-run.js';
import { page } from './page.js';
import { refuseEmpty } from './refuse-empty.js';
import { ToolError } from './tool-error.js';
import { print, writeWhole } from './write.js';

const PAGE = 'report.html';

export const act: Act = async (given) => {
  const [first, ...more] = given.words;
  const isPage = first !== undefined && more.length === 0 && /\.html?$/i.test(first);
  const file = isPage ? existing(first) : await made(given.words);
  await print(`${file}\n`);
  await show(file);
  return CLEAN;
};

function existing(file: string): string {
  if (statSync(file, { throwIfNoEntry: false })?.isFile()) return file;
  throw new ToolError(`There is no file '${file}'.`);
}

/** Where a run's directory is known, which git ignores, the page is made there; else among what is temporary. */
async function made(words: readonly string[]): Promise<string> {
  const found = await findRun(words);
  refuseEmpty(found);
  const [place, ...more] = found.places as [string, ...string[]];
  const directory = more.length === 0 && statSync(place).isDirectory() ? place : join(tmpdir(), 'queryscope');
  const file = join(directory, PAGE);
  writeWhole(file, await page(found.run, undefined));
  return file;
}

/** The browser goes on when the command has ended. */
async function show(file: string): Promise<void> {
  const [command, ...args] = opener(pathToFileURL(resolve(file)).href);
  const child = spawn(command, args, { detached: true, stdio: 'ignore' });
  await new Promise<void>((done, failed) => {
    child.on('spawn', done);
    child.on('error', () =>
      failed(new ToolError(`${command} could not be started: open the file by hand, or set BROWSER.`)),
    );
  });
  child.unref();
}

function opener(url: string): [command: string, ...args: string[]] {
  const { BROWSER } = process.env;
  if (BROWSER) return [BROWSER, url];
  if (process.platform === 'darwin') return ['open', url];
  // The first argument in quotes is the title of a window.
  if (process.platform === 'win32') return ['cmd', '/c', 'start', '""', url];
  return ['xdg-open', url];
}
