// The app of the page as the build put it together: what runs in the browser, how it looks, and the same components for drawing them here. Loaded
// when the first page is made, as an app's start must not pay for it.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ownFile } from '../../own-files.js';
import type { PageModel } from './model.js';

export interface PageBundle {
  script: string;
  style: string;
  /** The page's body before any script has run. */
  renderBody(model: PageModel): string;
  /** Markdown of a page that the package ships. */
  renderMarkdown(text: string): { title: string; html: string };
}

let bundle: PageBundle | undefined;

/** @throws Error where the package was not built. */
export function pageBundle(): PageBundle {
  bundle ??= load(ownFile('outputs', 'html', 'bundle'));
  return bundle;
}

function load(directory: string): PageBundle {
  const text = (file: string) => readFileSync(join(directory, file), 'utf8');
  const rendering = createRequire(__filename)(join(directory, 'render.js')) as Pick<
    PageBundle,
    'renderBody' | 'renderMarkdown'
  >;
  return { script: text('page.js'), style: text('page.css'), ...rendering };
}
