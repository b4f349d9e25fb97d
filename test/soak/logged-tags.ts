// Which statements a server was sent, by the tags in its log (`log_statement = all`). Read line by line: the log of ten minutes at saturation is no text to hold.

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** Entries that tell of a statement: as it is begun, what was bound to it, and the text of one that failed before. Not what an error quotes of other entries. */
const TELLING = /^\[\d+ [^\]]*\] (?:LOG: {2}(?:statement|execute)|DETAIL: {2}[Pp]arameters|STATEMENT:)/;
const TAG = /\bt\d+\.\d+\b/g;

export async function loggedTags(logFile: string): Promise<Set<string>> {
  const tags = new Set<string>();
  for await (const line of createInterface({ input: createReadStream(logFile) })) {
    if (!TELLING.test(line)) continue;
    for (const [tag] of line.matchAll(TAG)) tags.add(tag);
  }
  return tags;
}
