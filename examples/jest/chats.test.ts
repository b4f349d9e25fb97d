// The story as a suite in Jest, with ts-jest and CommonJS: what lists chats lazily fails, what lists them at once passes, and growth decides.

import { Pool } from 'pg';
import { capture, queryscope } from 'queryscope/jest';
import { batchedChats, joinedChats, lazyChats } from '../chats/chats';
import { createTables, seed } from '../chats/seed';

const pool = new Pool({ connectionString: process.env.DATABASE_URL });
const populate = (chats: number) => seed(pool, { chats });

beforeAll(() => createTables(pool));
beforeEach(() => populate(2));
afterAll(() => pool.end());

test('lists all chats in three statements', async () => {
  await batchedChats(pool);
  const report = await queryscope.report();
  expect(report).toHaveNoNPlusOne();
  expect(report).toHaveStatementCount({ max: 3 });
  expect(report).toMatchStatementsSnapshot();
  expect(report).toMatchStatementsInlineSnapshot(`
"1× select … from chat
1× select … from message where chat_id = any(?)
1× select … from users where id = any(?)"
`);
  expect({ report }).toEqual({ report: expect.toHaveStatementCount(3) });
});

test('a join for each chat passes a count of three, and is a loop', async () => {
  const { report } = await capture(() => joinedChats(pool));
  expect(report).toHaveStatementCount(3);
  expect(report).not.toHaveNoNPlusOne();
});

test('costs the same however many chats there are', async () => {
  await expect(() => batchedChats(pool)).toScaleConstantly({ scales: [2, 10], populate });
});

test('callbacks', (done) => {
  pool.query('select 1', async () => {
    expect(await queryscope.report()).toHaveStatementCount(1);
    done();
  });
});

test.failing('lazily it is a loop', async () => {
  await lazyChats(pool);
  expect(await queryscope.report()).toHaveNoNPlusOne();
});
test('lazily it is a loop 2', async () => {
  await lazyChats(pool);
  expect(await queryscope.report()).toHaveNoNPlusOne();
});
test('fake', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick'] });
  const { report } = await capture(() => pool.query('select 1'));
  expect(report).toHaveStatementCount(1);
  jest.useRealTimers();
});
