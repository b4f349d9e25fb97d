// Texts that mean something to what reads our output: terminals, XML, Markdown, HTML, the runner of GitHub, JSON in a page.

/** Each of them in one text. */
export const HOSTILE = [
  '\u0000\u0007\u001b[31m\u009b\u2028\u2029\u202e',
  ']]> <!-- </failure></script></template>&amp;',
  '``` `x` | @everyone [x](http://evil.example) ![y](z) <img src=x onerror=alert(1)>',
  '%0A%25 \r\n::error file=x::stolen\n##[error]old\n::add-mask::a',
  '{0} {1} [0](1)',
  '\ud800 \udfff \uffff "quoted" \'single\' \\',
].join(' ');

/** What no line of ours may hold. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose.
export const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/;
