// The report as one file: what it says stands in it as HTML, what it can do is one script, and a policy lets nothing else run or load.

import { createHash } from 'node:crypto';
import { SEVERITIES } from '../../report/ranks.js';
import type { Run } from '../../report/run.js';
import { loadFormatter } from '../drawing/format-sql.js';
import { harmless } from '../drawing/harmless.js';
import { counted } from '../drawing/numbers.js';
import { pageData } from './build-model.js';
import { detectorPage } from './detector-page.js';
import type { PageModel } from './model.js';
import { harmlessData, packedData } from './packed-data.js';
import { type PageBundle, pageBundle } from './page-bundle.js';

export interface PageOptions {
  /** What the page is called, in its head and in the browser's tab. By default the services that reported. */
  title?: string;
}

/** The tab's picture: one row, and what it fans out to. */
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32' fill='none' stroke='%230d7a6f' stroke-width='2.5'%3E%3Cpath d='M7 16h4c6 0 5-9 12-9M11 16h12M7 16h4c6 0 5 9 12 9'/%3E%3Cg fill='%230d7a6f'%3E%3Ccircle cx='6' cy='16' r='3.5'/%3E%3Ccircle cx='25' cy='7' r='2.5'/%3E%3Ccircle cx='25' cy='16' r='2.5'/%3E%3Ccircle cx='25' cy='25' r='2.5'/%3E%3C/g%3E%3C/svg%3E";

/** A run as one HTML file, the same for the same run: no network, no clock, and readable without script. */
export function pageOf(run: Run, options: PageOptions = {}): string {
  const bundle = pageBundle();
  const { page, statements } = harmlessData(pageData(run, (detector) => renderedPage(detector, bundle)));
  const model: PageModel = { ...page, title: harmless(options.title ?? titleOf(run)) };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policyFor(bundle)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${escaped(`${verdictOf(model)} · ${model.title}`)}</title>
<link rel="icon" href="${ICON}">
<style>${bundle.style}</style>
</head>
<body>
<div id="page">${bundle.renderBody(model)}</div>
<template id="model">${packedData(model)}</template>
<template id="statements">${packedData(statements)}</template>
<script>${bundle.script}</script>
</body>
</html>
`;
}

/** For whoever has time before there is a run to show. */
export function loadPage(): void {
  pageBundle();
  loadFormatter();
}

function renderedPage(detector: string, { renderMarkdown }: PageBundle): { title: string; html: string } | null {
  const text = detectorPage(detector);
  return text === null ? null : renderMarkdown(text);
}

/** What stands in the page may style it and run, and nothing else may, nor anything be loaded. */
function policyFor({ script, style }: PageBundle): string {
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function titleOf({ processes }: Run): string {
  const services = [...new Set(processes.flatMap(({ service }) => service ?? []))].sort();
  return services.length === 0 ? 'queryscope' : services.join(', ');
}

function verdictOf({ summary: { counts } }: PageModel): string {
  const told = SEVERITIES.filter((severity) => counts[severity] > 0);
  const [worst] = told;
  return worst === undefined ? 'nothing found' : counted(counts[worst], worst === 'info' ? 'note' : worst);
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign] as string);
}
