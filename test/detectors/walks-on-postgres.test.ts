// Walks as apps write them, over a real PostgreSQL and with their real stacks: however the code goes through the tree it is
// one walk, no loop besides, and the SQL that is offered instead returns the rows that the app saw.

import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createProfiler, type Profiler } from '../../src/index.js';
import { freshDatabase } from '../postgres.js';
import { TIMELESS } from '../support/timeless.js';

interface Folder {
  id: number;
  parent_id: number | null;
  name: string;
}

const ROWS = 25;

let pool: pg.Pool;
let profiler: Profiler;
let sent = 0;

beforeAll(async () => {
  pool = new pg.Pool({ connectionString: await freshDatabase(), max: 4 });
  await pool.query(`
    create table folder (id int primary key, parent_id int, name text);
    insert into folder select n, nullif(n / 3, 0), 'folder ' || n from generate_series(1, ${ROWS}) n`);
  profiler = createProfiler({ outputs: [], detectors: TIMELESS });
  profiler.instrument(pg);
});

afterAll(async () => {
  await profiler.close();
  await pool.end();
});

const CHILDREN = 'select id, parent_id, name from folder where parent_id = $1 order by id';
const BY_ID = 'select id, parent_id, name from folder where id = $1';

async function query(sql: string, value: unknown): Promise<Folder[]> {
  sent++;
  return (await pool.query<Folder>(sql, [value])).rows;
}

async function deep(id: number, seen: Folder[]): Promise<void> {
  for (const child of await query(CHILDREN, id)) {
    seen.push(child);
    await deep(child.id, seen);
  }
}

async function wide(id: number, seen: Folder[]): Promise<void> {
  const waiting = [id];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    for (const child of await query(CHILDREN, next)) {
      seen.push(child);
      waiting.push(child.id);
    }
  }
}

async function inParallel(id: number, seen: Folder[]): Promise<void> {
  const children = await query(CHILDREN, id);
  seen.push(...children);
  await Promise.all(children.map((child) => inParallel(child.id, seen)));
}

async function levelInParallel(id: number, seen: Folder[]): Promise<void> {
  for (let level = [id]; level.length > 0; ) {
    const rows = (await Promise.all(level.map((one) => query(CHILDREN, one)))).flat();
    seen.push(...rows);
    level = rows.map((row) => row.id);
  }
}

function byCallback(id: number, seen: Folder[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let open = 0;
    const visit = (next: number): void => {
      open++;
      sent++;
      pool.query<Folder>(CHILDREN, [next], (error, result) => {
        if (error) return reject(error);
        for (const child of result.rows) {
          seen.push(child);
          visit(child.id);
        }
        if (--open === 0) resolve();
      });
    };
    visit(id);
  });
}

async function byLevel(id: number, seen: Folder[]): Promise<void> {
  for (let level = [id]; level.length > 0; ) {
    const rows = await query('select id, parent_id, name from folder where parent_id = any($1)', level);
    seen.push(...rows);
    level = rows.map((row) => row.id);
  }
}

async function up(id: number, seen: Folder[]): Promise<void> {
  for (let next: number | null | undefined = id; next; ) {
    const [row] = await query(BY_ID, next);
    if (row) seen.push(row);
    next = row?.parent_id;
  }
}

async function upByCallingItself(id: number, seen: Folder[]): Promise<void> {
  const [row] = await query(BY_ID, id);
  if (!row) return;
  seen.push(row);
  if (row.parent_id !== null) await upByCallingItself(row.parent_id, seen);
}

it.each<[string, (id: number, seen: Folder[]) => Promise<void>, start: number, severity: string]>([
  ['depth-first, a function that calls itself', deep, 1, 'warning'],
  ['breadth-first, with a queue', wide, 1, 'warning'],
  ['the children of each in parallel', inParallel, 1, 'warning'],
  ['the rows of each level in parallel', levelInParallel, 1, 'warning'],
  ['by callbacks', byCallback, 1, 'warning'],
  ['up, in a loop', up, 25, 'warning'],
  ['up, a function that calls itself', upByCallingItself, 25, 'warning'],
  ['level by level', byLevel, 1, 'info'],
])('%s', async (_, walk, start, severity) => {
  const seen: Folder[] = [];
  sent = 0;
  const { report } = await profiler.capture('walk', () => walk(start, seen));
  expect(report.profile.statements).toHaveLength(sent);
  expect(report.findings).toMatchObject([{ detector: 'recursive-walk', confidence: 'proven', severity }]);
  expect(report.dismissals).toEqual([]);

  const [finding] = report.findings;
  expect(finding!.statements).toHaveLength(sent);
  const { rows } = await pool.query(finding!.replacement!, [walk === byLevel ? [start] : start]);
  expect(seen.length).toBeGreaterThan(2);
  const ids = (folders: Folder[]) => folders.map(({ id }) => id).sort((a, b) => a - b);
  expect(ids(rows)).toEqual(ids(seen));
});
