// Indexes of statements as runs, `1,12-14`: a loop names thousands that mostly follow each other.

/** `indexes` in ascending order. */
export function indexRuns(indexes: readonly number[]): string {
  const runs: string[] = [];
  for (let at = 0; at < indexes.length; ) {
    let end = at;
    while (indexes[end + 1] === (indexes[end] as number) + 1) end += 1;
    runs.push(end === at ? `${indexes[at]}` : `${indexes[at]}-${indexes[end]}`);
    at = end + 1;
  }
  return runs.join();
}

export function indexesOf(runs: string): number[] {
  if (runs === '') return [];
  return runs.split(',').flatMap((run) => {
    const [first, last = first] = run.split('-').map(Number) as [number, number?];
    return Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
  });
}
