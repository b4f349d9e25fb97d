// The filter: words that all have to be met, some of them of one kind only (`route:/chats`).

export const TOKENS = ['detector', 'route', 'table', 'file'] as const;
export type Token = (typeof TOKENS)[number];

/** What one line of a list can be found by. */
export type Searched = Readonly<Record<Token, readonly string[]>> & { text: readonly string[] };

export interface Filter {
  words: readonly { token: Token | null; word: string }[];
}

/** Words are parted by blanks; quotes hold some together: `route:"GET /chats"`. */
export function filterFrom(text: string): Filter {
  const parts = text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? [];
  return { words: parts.map(wordFrom).filter(({ word }) => word !== '') };
}

function wordFrom(part: string): Filter['words'][number] {
  const plain = part.replaceAll('"', '').toLowerCase();
  const token = TOKENS.find((each) => plain.startsWith(`${each}:`)) ?? null;
  return { token, word: token === null ? plain : plain.slice(token.length + 1) };
}

export function meets({ words }: Filter, searched: Searched): boolean {
  return words.every(({ token, word }) => {
    const places = token === null ? [searched.text, ...TOKENS.map((each) => searched[each])].flat() : searched[token];
    return places.some((place) => place.toLowerCase().includes(word));
  });
}
