// Figures as columns of text.

/** The first column begins at the left, the others end at the right. */
export function tableLines(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[0]!) : `   ${cell.padStart(widths[i]!)}`))
      .join('')
      .trimEnd(),
  );
}
