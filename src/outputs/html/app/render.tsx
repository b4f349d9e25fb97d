// The page's body before any script has run, and the detectors' pages: the components as Node draws them.

import { Marked } from 'marked';
import { render } from 'preact-render-to-string';
import type { DetectorPage, PageModel } from '../model.js';
import { Page } from './page.js';

export function renderBody(model: PageModel): string {
  return render(<Page model={model} place={null} go={() => {}} load={null} />);
}

const marked = new Marked({
  async: false,
  renderer: {
    // It scrolls in its own place, also by the keys.
    code: ({ text }) => `<pre tabindex="0"><code>${escaped(text)}</code></pre>\n`,
  },
});

/** Pages link to each other by file name, and to their parts of this page by the name of the detector. */
export function renderMarkdown(text: string): DetectorPage {
  const [, title = '', body = ''] = /^# (.+)\n([\s\S]*)$/.exec(text) ?? [];
  const linked = body.replace(/\]\((?:\.\/)?([a-z0-9-]+)\.md(?:#[^)]*)?\)/g, '](#detector-$1)');
  // Below the page's own headings.
  const html = (marked.parse(linked) as string).replace(/<(\/?)h2>/g, '<$1h4>').replace(/<(\/?)h3>/g, '<$1h5>');
  return { title, html };
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign] as string);
}
