// JSON.stringify in slices: one call of it for a scope of 10,000 statements would hold the app up.

/** Values of an array that are written in one go. */
const LOT = 512;

/** The text of plain data, on one line. Members that are undefined are left out. */
export function* jsonText(value: unknown): Generator<void, string> {
  const parts: string[] = [];
  yield* write(value, parts);
  return parts.join('');
}

function* write(value: unknown, parts: string[]): Generator<void, void> {
  if (Array.isArray(value)) yield* writeArray(value, parts);
  else if (isRecord(value)) yield* writeObject(value, parts);
  else parts.push(JSON.stringify(value));
}

function* writeObject(value: object, parts: string[]): Generator<void, void> {
  let before = '{';
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    parts.push(`${before}${JSON.stringify(name)}:`);
    yield* write(member, parts);
    before = ',';
  }
  parts.push(before === '{' ? '{}' : '}');
  yield;
}

function* writeArray(values: readonly unknown[], parts: string[]): Generator<void, void> {
  let before = '[';
  for (let i = 0; i < values.length; ) {
    parts.push(before);
    before = ',';
    if (isRecord(values[i])) {
      yield* write(values[i++], parts);
      continue;
    }
    const end = endOfLot(values, i);
    parts.push(JSON.stringify(values.slice(i, end)).slice(1, -1));
    i = end;
    yield;
  }
  parts.push(before === '[' ? '[]' : ']');
}

/** Behind the last of the values from `start` on that are no records, and make one lot. */
function endOfLot(values: readonly unknown[], start: number): number {
  let end = start + 1;
  while (end < values.length && end - start < LOT && !isRecord(values[end])) end++;
  return end;
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
