// Colour by meaning: the drawing code says what a piece of text is, one table says how that looks.

/** SGR codes (ECMA-48 8.3.117) that switch each style on and off. Of the 16 named colours, so a terminal's own theme holds. */
const CODES = {
  strong: [1, 22],
  faint: [2, 22],
  error: [31, 39],
  warning: [33, 39],
  info: [34, 39],
  place: [36, 39],
} as const;

export type Style = keyof typeof CODES;
export type Paint = (style: Style, text: string) => string;

export const plain: Paint = (_style, text) => text;

export const colourful: Paint = (style, text) => {
  const [on, off] = CODES[style];
  return text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`;
};
