// A csvlog as large as is asked for, as PostgreSQL writes it for a pool of an app whose statements carry their request's name: sessions go on for the whole
// file, requests of several stand between each other's lines, and no two send quite the same.

import { closeSync, openSync, writeSync } from 'node:fs';
import { LOOP, randomFrom, type Written } from './exported-traces.js';

const SESSIONS = 40;
const ROUTES = Array.from({ length: 40 }, (_, index) => `/things/${index}/:id`);
const MOST_TURNS = 30;
const HELD_BYTES = 4 * 1024 * 1024;

interface Session {
  pid: number;
  lines: number;
  /** The statements that its request still sends, the next one last. */
  texts: { text: string; value: number }[];
  tags: string;
}

/** Writes at least `bytes`. */
export function writeLog(file: string, bytes: number): Written {
  const written: Written = { bytes: 0, statements: 0, requests: 0, loops: 0 };
  const out = openSync(file, 'w');
  const random = randomFrom(7);
  const sessions = Array.from(
    { length: SESSIONS },
    (_, index): Session => ({ pid: 4_000 + index, lines: 0, texts: [], tags: '' }),
  );
  let nowMs = Date.UTC(2026, 0, 1);
  let held = '';
  const isFull = () => written.bytes + held.length >= bytes;
  for (let busy = SESSIONS; busy > 0; ) {
    nowMs += 0.3;
    const session = sessions[Math.floor(random() * SESSIONS)] as Session;
    if (session.texts.length === 0) {
      if (isFull()) {
        busy = sessions.filter(({ texts }) => texts.length > 0).length;
        continue;
      }
      begin(session, written, random);
    }
    held += line(session, nowMs);
    if (held.length < HELD_BYTES) continue;
    written.bytes += writeSync(out, held);
    held = '';
  }
  written.bytes += writeSync(out, held);
  closeSync(out);
  return written;
}

function begin(session: Session, written: Written, random: () => number): void {
  const thing = written.requests % ROUTES.length;
  const turns = Math.floor(random() * MOST_TURNS);
  const first = Math.floor(random() * 1_000_000);
  session.texts = [
    ...Array.from({ length: turns }, (_, turn) => ({
      text: `select id, name, created_at, owner_id from part where thing_id = $1 and kind = 'k${thing}'`,
      value: first + turn * 7,
    })),
    { text: `select id, name, state from thing_${thing} where id = $1`, value: first },
  ];
  const trace = (written.requests + 1).toString(16).padStart(32, '0');
  session.tags = `/*route='${encodeURIComponent(ROUTES[thing] as string)}',traceparent='00-${trace}-f000000000000000-01'*/`;
  written.requests += 1;
  written.statements += session.texts.length;
  if (turns > LOOP) written.loops += 1;
}

function line(session: Session, nowMs: number): string {
  const { text, value } = session.texts.pop() as Session['texts'][number];
  session.lines += 1;
  const at = new Date(nowMs).toISOString().replace('T', ' ').replace('Z', ' UTC');
  const message = `duration: 0.123 ms  execute <unnamed>: ${text} ${session.tags}`.replaceAll('"', '""');
  const id = `69564f00.${session.pid.toString(16)}`;
  return `${at},"app","app",${session.pid},"10.0.0.7:46712",${id},${session.lines},"SELECT",2026-01-01 00:00:00 UTC,3/0,0,LOG,00000,"${message}","Parameters: $1 = '${value}'",,,,,,,,"app","client backend",,0\n`;
}
