// The entry point `queryscope/html`: a run as one page, written by the app itself or made of a run that was read back.

export { type PageOptions, pageOf } from './outputs/html/page.js';
export { type HtmlOutputOptions, htmlOutput } from './outputs/html.js';
