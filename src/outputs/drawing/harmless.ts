// SQL, labels and source lines come from anywhere; a terminal obeys what they contain, and a page may show them in another order than they
// stand. Nothing reaches either before it went through here: control characters are shown as pictures, never sent.

/** C0 and C1 controls, DEL, line and paragraph separators, and the marks that turn the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose.
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** One line that a terminal can only print: layout becomes a blank, a control character its picture (`␛`). */
export function oneLine(text: string): string {
  return visible(text.replace(/\s+/g, ' ').trim());
}

/** The same with its lines and indentation kept. */
export function lines(text: string): string[] {
  return text.split(/\r\n|[\n\r]/).map((line) => visible(line.replace(/\t/g, '  ')));
}

/** The same with its layout kept as it stands. */
export function harmless(text: string): string {
  return text.replace(/[^\n\t]+/g, visible);
}

function visible(text: string): string {
  return text
    .replace(UNSAFE, (character) => {
      const code = character.charCodeAt(0);
      if (code < 0x20) return String.fromCharCode(0x2400 + code);
      return code === 0x7f ? '␡' : '�';
    })
    .replace(LONE_SURROGATE, '�');
}
