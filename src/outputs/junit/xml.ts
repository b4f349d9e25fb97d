// Text as XML 1.0 can hold it. Labels, SQL and source lines come from anywhere, and XML has no way at all to write most control characters.

/** What XML 1.0 has no place for, not even escaped: C0 controls but tab and line breaks, lone surrogates, U+FFFE and U+FFFF. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose.
const IMPOSSIBLE = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Cs}/gu;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** The text of an element. No CDATA: `]]>` would end it. */
export function text(content: string): string {
  return content
    .replace(IMPOSSIBLE, (character) =>
      character < ' ' ? String.fromCharCode(0x2400 + character.charCodeAt(0)) : '\ufffd',
    )
    .replace(/[&<>"]/g, (character) => ENTITIES[character] as string)
    .replace(/\r/g, '&#13;');
}

/** An attribute's value with its quotes. Line breaks and tabs would be read as blanks. */
export function attribute(value: string): string {
  return `"${text(value).replace(/[\n\t]/g, (character) => `&#${character.charCodeAt(0)};`)}"`;
}
