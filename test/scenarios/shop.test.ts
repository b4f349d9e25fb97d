// Handlers as back-end developers write them, each with what is true of it: layers, caches, batch loaders, transactions, pages, reports,
// middleware. They were written to find false alarms and misses; what is found is what is there, and nothing else.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import DataLoader from 'dataloader';
import type { Pool, PoolClient } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { forgetSites } from '../../src/capture/site-memory.js';
import { dismissalsOf, findingsOf, type Handler, Stage } from './stage.js';

// ── What is between the handlers and the driver ──────────────────────────────────────────────────────────────

interface Row {
  id: number;
  // biome-ignore lint/suspicious/noExplicitAny: rows are read as apps without an ORM read them
  [column: string]: any;
}
type Sender = Pick<PoolClient, 'query'>;

/** The app's one way to the database. */
async function many(db: Sender, text: string, values: unknown[] = []): Promise<Row[]> {
  const { rows } = await db.query(text, values); // #many
  return rows;
}
async function one(db: Sender, text: string, values: unknown[] = []): Promise<Row | undefined> {
  return (await many(db, text, values))[0];
}
async function transaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}

const customerById = (db: Sender, id: unknown) => one(db, 'select * from customer where id = $1', [id]);
const productById = (db: Sender, id: unknown) => one(db, 'select * from product where id = $1', [id]);
const itemsOf = (db: Sender, orderId: unknown) =>
  many(db, 'select * from order_item where order_id = $1 order by id', [orderId]);
const openOrders = (db: Sender) => many(db, "select * from orders where status = 'open' order by id");
const flag = async (db: Sender, name: string) =>
  (await one(db, 'select enabled from flag where name = $1', [name]))?.enabled;

async function withItems(db: Sender, orders: Row[]): Promise<void> {
  for (const order of orders) order.items = await itemsOf(db, order.id);
}

/** What authentication does before each handler. */
async function authenticate(db: Sender, token: unknown): Promise<Row> {
  const session = await one(db, 'select customer_id from session where token = $1', [token]);
  return (await customerById(db, session?.customer_id)) as Row;
}

interface Truth {
  handler: Handler;
  finds?: string[];
  dismisses?: string[];
}

const HANDLERS: Record<string, Truth> = {
  'a page behind authentication: its customer, its order, its items': {
    async handler({ pool }) {
      const customer = await authenticate(pool, 'token-a');
      const order = await one(pool, 'select * from orders where customer_id = $1 limit 1', [customer.id]);
      return itemsOf(pool, order?.id ?? 1);
    },
  },
  'the session is read by middleware and again by the handler': {
    async handler({ pool }) {
      await authenticate(pool, 'token-a');
      await many(pool, 'select * from category');
      return await authenticate(pool, 'token-a'); // #again
    },
    finds: [
      'duplicate-statement proven: 2 of session at #again',
      'duplicate-statement proven: 2 of customer at #again',
    ],
  },
  'two flags, and one of them twice': {
    async handler({ pool }) {
      const beta = await flag(pool, 'beta');
      const reviews = await flag(pool, 'reviews');
      return { beta, reviews, again: await flag(pool, 'beta') }; // #again
    },
    finds: ['duplicate-statement proven: 2 of flag at #again'],
  },
  'an order with its customer, and the customer who referred that one': {
    async handler({ pool }) {
      const order = await one(pool, 'select * from orders where id = $1', [4]);
      const customer = await customerById(pool, order?.customer_id);
      const referrer = await customerById(pool, customer?.referred_by);
      return { order, customer, referrer };
    },
  },
  'open orders, each with its items: a loop in a service': {
    async handler({ pool }) {
      const orders = await openOrders(pool);
      for (const order of orders) {
        order.items = await itemsOf(pool, order.id); // #items
      }
      return orders;
    },
    finds: ['n-plus-one proven: 1 of orders.id → 4 of order_item.order_id at #items'],
  },
  'orders, items and products, in parallel': {
    async handler({ pool }) {
      const orders = await openOrders(pool);
      return Promise.all(
        orders.map(async (order) => {
          const items = await itemsOf(pool, order.id); // #items
          const products = await Promise.all(items.map((item) => productById(pool, item.product_id))); // #products
          return { order, items, products };
        }),
      );
    },
    finds: [
      'n-plus-one proven: 1 of orders.id → 4 of order_item.order_id at #items',
      'n-plus-one proven: 4 of order_item.product_id → 12 of product.id at #products, below 1',
    ],
  },
  'a batch loader for products, used from two resolvers': {
    async handler({ pool }) {
      const loader = new DataLoader<number, Row | undefined>(async (ids) => {
        const rows = await many(pool, 'select * from product where id = any($1)', [ids]);
        return ids.map((id) => rows.find((row) => row.id === id));
      });
      const items = await many(pool, 'select * from order_item order by id limit 10');
      await Promise.all(items.map((item) => loader.load(item.product_id)));
      const reviews = await many(pool, 'select * from review order by id limit 10');
      return Promise.all(reviews.map((review) => loader.load(review.product_id)));
    },
  },
  'a batch loader that is awaited one by one: a loop with ANY': {
    async handler({ pool }) {
      const loader = new DataLoader<number, Row | undefined>(async (ids) => {
        const rows = await many(pool, 'select * from product where id = any($1)', [ids]); // #loader
        return ids.map((id) => rows.find((row) => row.id === id));
      });
      const items = await many(pool, 'select * from order_item order by id limit 5');
      for (const item of items) await loader.load(item.product_id);
    },
    finds: ['n-plus-one proven: 1 of order_item.product_id → 5 of product.id at #loader'],
  },
  'a cache in front: only what is missing is asked for': {
    async handler({ pool }) {
      const cache = new Map<number, Row | undefined>();
      for (const item of await many(pool, 'select * from order_item order by id limit 9')) {
        if (!cache.has(item.product_id)) cache.set(item.product_id, await productById(pool, item.product_id)); // #miss
      }
    },
    finds: ['n-plus-one proven: 1 of order_item.product_id → 9 of product.id at #miss'],
  },
  'a checkout in one transaction: stock taken per item': {
    async handler({ pool }) {
      const items = await itemsOf(pool, 2);
      await transaction(pool, async (client) => {
        const order = await one(
          client,
          "insert into orders (customer_id, status, placed_on) values ($1, 'open', $2) returning id",
          [3, '2026-05-05'],
        );
        for (const item of items) {
          await client.query('update stock set amount = amount - $1 where product_id = $2', [
            item.quantity,
            item.product_id,
          ]); // #stock
          await client.query('insert into order_item (order_id, product_id, quantity) values ($1, $2, $3)', [
            order?.id,
            item.product_id,
            item.quantity,
          ]); // #item
        }
      });
    },
    finds: [
      'write-loop proven: 1 of order_item.product_id → 3 of stock.product_id at #stock',
      'write-loop proven: 1 of order_item.product_id → 3 of order_item.product_id at #item',
    ],
  },
  'a money transfer: two rows locked, two updated': {
    async handler({ pool }) {
      await transaction(pool, async (client) => {
        const from = await one(client, 'select * from stock where product_id = $1 for update', [8]);
        const to = await one(client, 'select * from stock where product_id = $1 for update', [3]);
        await client.query('update stock set amount = $1 where product_id = $2', [from?.amount - 1, 8]);
        await client.query('update stock set amount = $1 where product_id = $2', [to?.amount + 1, 3]);
      });
    },
  },
  'a report by keyset, each page with its totals in one statement': {
    async handler({ pool }) {
      let last = 0;
      for (;;) {
        const page = await many(pool, 'select id, customer_id from orders where id > $1 order by id limit 4', [last]);
        if (page.length === 0) return;
        await many(pool, 'select order_id, sum(quantity) from order_item where order_id = any($1) group by 1', [
          page.map(({ id }) => id),
        ]);
        last = page.at(-1)?.id as number;
      }
    },
    dismisses: ['pagination 4 by n-plus-one', 'chunked 3 by n-plus-one'],
  },
  'a report by day, twelve days that nothing was read for': {
    async handler({ pool }) {
      for (let day = 2; day <= 13; day++) {
        await one(pool, 'select count(*) from orders where placed_on = $1', [
          `2026-01-${String(day).padStart(2, '0')}`,
        ]); // #day
      }
    },
    finds: ['n-plus-one likely: 12 of orders at #day'],
  },
  'a dashboard: unrelated counts, at once': {
    async handler({ pool }) {
      return Promise.all([
        one(pool, 'select count(*) from orders'),
        one(pool, 'select count(*) from customer'),
        one(pool, 'select count(*) from orders where status = $1', ['open']),
        one(pool, 'select count(*) from orders where status = $1', ['paid']),
        one(pool, 'select count(*) from product'),
      ]);
    },
  },
  'filters from the query: one lookup each, at different lines': {
    async handler({ pool }) {
      const category = await one(pool, 'select * from category where id = $1', [2]);
      const customers = await many(pool, 'select id from customer order by id limit 3');
      const product = await productById(pool, 1);
      const other = await productById(pool, 2);
      const third = await productById(pool, 3);
      return { category, customers, product, other, third };
    },
    dismisses: ['separate-call-sites 3 by n-plus-one'],
  },
  'breadcrumbs: up the categories, one statement a level': {
    async handler({ pool }) {
      let id: number | null = 9;
      while (id !== null) {
        const category: Row | undefined = await one(pool, 'select id, parent_id from category where id = $1', [id]); // #up
        id = category?.parent_id ?? null;
      }
    },
    finds: ['recursive-walk proven: 3 of category.id at #up'],
  },
  'an import: upsert per row of an upload, then one read for all': {
    async handler({ pool }) {
      const upload = Array.from({ length: 6 }, (_, i) => ({ sku: `NEW-${i * 31}`, price: 500 - i }));
      for (const { sku, price } of upload) {
        await pool.query(
          'insert into product (sku, category_id, price) values ($1, 1, $2) on conflict (sku) do update set price = excluded.price',
          [sku, price],
        ); // #upsert
      }
      return many(pool, 'select * from product where sku = any($1)', [upload.map(({ sku }) => sku)]);
    },
    finds: ['write-loop likely: 6 of product at #upsert'],
  },
  'audit rows from three services of one request': {
    async handler({ pool }) {
      const audit = (action: string, actor: number) =>
        // #audit
        pool.query('insert into audit (actor_id, action) values ($1, $2)', [actor, action]);
      await audit('login', 3);
      await many(pool, 'select * from category');
      await audit('list', 3);
      await audit('logout', 3);
    },
    finds: ['missing-transaction possible: 3 of audit at #audit'],
  },
  'a graph: orders with customers preloaded, carriers of paid ones in a loop': {
    async handler({ pool }) {
      const orders = await many(pool, 'select * from orders order by placed_on desc');
      const customers = await many(pool, 'select * from customer where id = any($1)', [
        orders.map((o) => o.customer_id),
      ]);
      const shipments: (Row | undefined)[] = [];
      for (const order of orders) {
        if (order.status === 'paid')
          shipments.push(await one(pool, 'select carrier from shipment where order_id = $1', [order.id])); // #shipment
      }
      return { orders, customers, shipments };
    },
    finds: ['n-plus-one proven: 1 of orders.id → 8 of shipment.order_id at #shipment'],
  },
  'a serialisation failure that is tried again': {
    async handler({ pool, body }) {
      for (let attempt = 0; ; attempt++) {
        try {
          return await transaction(pool, async (client) => {
            await one(client, 'select amount from stock where product_id = $1', [5]);
            await client.query('update stock set amount = amount + 1 where product_id = $1', [5]);
            if (attempt < 2) await client.query("do $$ begin raise exception using errcode = '40001'; end $$");
            body.attempts = attempt;
          });
        } catch (error) {
          if ((error as { code?: string }).code !== '40001') throw error;
        }
      }
    },
    dismisses: ['reread-after-write 3 by duplicate-statement', 'retry 3 by write-loop'],
  },
  'reviews with authors: a join per product, of products read by sku': {
    async handler({ pool }) {
      const products = await many(
        pool,
        'select id, sku from product where price > $1 order by price desc limit 5',
        [200],
      );
      for (const product of products) {
        product.reviews = await many(
          pool,
          'select r.stars, c.email from review r join customer c on c.id = r.author_id where r.product_id = $1',
          [product.id],
        ); // #reviews
      }
      return products;
    },
    finds: ['n-plus-one proven: 1 of product.id → 5 of review.product_id at #reviews'],
  },
  'settings of two customers, compared': {
    async handler({ pool }) {
      const [a, b] = await Promise.all([customerById(pool, 4), customerById(pool, 9)]);
      return { a, b };
    },
  },
  'a search that falls back: three ways to find one product': {
    async handler({ pool }) {
      return (
        (await one(pool, 'select * from product where sku = $1', ['17'])) ??
        (await one(pool, 'select * from product where sku = $1', ['SKU-'])) ??
        (await one(pool, 'select * from product where sku = $1', ['SKU-17']))
      );
    },
    dismisses: ['separate-call-sites 3 by n-plus-one'],
  },
  'a bulk edit: ids from the request, each read, changed and written': {
    async handler({ pool, body }) {
      await transaction(pool, async (client) => {
        for (const id of body.ids as number[]) {
          const product = await productById(client, id); // #read
          await client.query('update product set price = $1 where id = $2', [(product as Row).price + 1, id]); // #write
        }
      });
    },
    finds: [
      'n-plus-one likely: 4 of product at #read',
      'write-loop likely: 4 of product at #write',
      'lost-update possible: 4 of ? → 4 of product at #write',
    ],
  },
  'every statement with the tenant beside the key: the loop is over the key': {
    async handler({ pool }) {
      const tier = 'plain';
      const customers = await many(pool, 'select id, tier from customer where tier = $1 order by id limit 4', [tier]);
      for (const customer of customers) {
        const text = 'select * from orders where customer_id = $1 and status = $2';
        customer.orders = await many(pool, text, [customer.id, 'paid']); // #orders
      }
      return customers;
    },
    finds: ['n-plus-one proven: 1 of customer.id → 4 of orders.customer_id at #orders'],
  },
  'three at a time, never more': {
    async handler({ pool }) {
      const queue = await many(pool, 'select id from orders order by id');
      const results: Row[][] = [];
      const work = async () => {
        for (let next = queue.shift(); next; next = queue.shift()) {
          results.push(await itemsOf(pool, next.id));
        }
      };
      await Promise.all([work(), work(), work()]); // #limited
      return results;
    },
    finds: ['n-plus-one proven: 1 of orders.id → 12 of order_item.order_id at #limited'],
  },
  'three flags in one line, after three rows were read that have nothing to do with them': {
    async handler({ pool }) {
      const enabled = (name: string) => one(pool, 'select enabled from flag where name = $1', [name]);
      const customers = await many(pool, 'select id, tier from customer order by id limit 3');
      return [customers, await Promise.all([enabled('beta'), enabled('search'), enabled('mail')])];
    },
    finds: [],
    dismisses: ['separate-call-sites 3 by n-plus-one'],
  },
  'three flags in one line, through a helper that waits when it is first called': {
    async handler({ pool }) {
      let ready = false;
      const enabled = async (name: string) => {
        if (!ready) await null;
        ready = true;
        return await one(pool, 'select enabled from flag where name = $1', [name]);
      };
      const customers = await many(pool, 'select id, tier from customer order by id limit 3');
      return [customers, await enabled('beta'), await enabled('search'), await enabled('mail')];
    },
    finds: [],
    dismisses: ['separate-call-sites 3 by n-plus-one'],
  },
  'counts of three constants, after three rows were read that have nothing to do with them': {
    async handler({ pool }) {
      await many(pool, 'select id from customer order by id limit 3');
      const stars = async (count: number) => one(pool, 'select count(*) from review where stars = $1', [count]);
      const low = await stars(1);
      const middle = await stars(2);
      const high = await stars(3);
      return { low, middle, high };
    },
    dismisses: ['separate-call-sites 3 by n-plus-one'],
  },
  'a chain of three look-ups of one kind, written out, that leads back to the first': {
    async handler({ pool }) {
      const first = await customerById(pool, 1);
      const second = await customerById(pool, first?.referred_by);
      const third = await customerById(pool, second?.referred_by); // #third
      return [first, second, third];
    },
    finds: ['duplicate-statement proven: 2 of customer at #third'],
  },
  'an advisory lock, a sequence and a notification': {
    async handler({ pool }) {
      await transaction(pool, async (client) => {
        await client.query('select pg_advisory_xact_lock($1)', [7]);
        await client.query('select pg_advisory_xact_lock($1)', [9]);
        await client.query("select nextval('orders_id_seq')");
        await client.query("select nextval('orders_id_seq')");
        await client.query('select pg_notify($1, $2)', ['orders', 'x']);
      });
    },
  },
  'a page and how many there are': {
    async handler({ pool }) {
      const page = await many(pool, 'select * from orders where status = $1 order by id limit $2 offset $3', [
        'paid',
        5,
        0,
      ]);
      const total = await one(pool, 'select count(*) from orders where status = $1', ['paid']);
      return { page, total };
    },
  },
  'an outbox: events of one batch sent and marked one by one': {
    async handler({ pool }) {
      const orders = await many(
        pool,
        "select id from orders where status = 'paid' order by id limit 3 for update skip locked",
      );
      for (const { id } of orders) {
        await pool.query('insert into audit (actor_id, action) values ($1, $2)', [id, 'sent']); // #sent
        await pool.query("update orders set status = 'paid' where id = $1", [id]); // #marked
      }
    },
    finds: [
      'ineffective-lock proven: 1 of orders at #many',
      'write-loop proven: 1 of orders.id → 3 of audit.actor_id at #sent',
      'write-loop proven: 1 of orders.id → 3 of orders.id at #marked',
      'missing-transaction possible: 6 of audit, orders at #marked',
    ],
  },
  'a savepoint per row of an upload': {
    async handler({ pool }) {
      await transaction(pool, async (client) => {
        for (const [i, email] of ['x@example.com', 'c3@example.com', 'y@example.com'].entries()) {
          await client.query(`savepoint row_${i}`);
          try {
            await client.query("insert into customer (email, tier) values ($1, 'plain')", [email]); // #row
          } catch {
            await client.query(`rollback to savepoint row_${i}`);
          }
        }
      });
    },
    finds: ['write-loop likely: 3 of customer at #row'],
  },
  'a hydrated graph: each level one statement': {
    async handler({ pool }) {
      const orders = await many(pool, 'select * from orders order by id');
      const items = await many(pool, 'select * from order_item where order_id = any($1)', [orders.map(({ id }) => id)]);
      const products = await many(pool, 'select * from product where id = any($1)', [
        items.map((item) => item.product_id),
      ]);
      const categories = await many(pool, 'select * from category where id = any($1)', [
        products.map((p) => p.category_id),
      ]);
      const customers = await many(pool, 'select * from customer where id = any($1)', [
        orders.map((o) => o.customer_id),
      ]);
      return { orders, items, products, categories, customers };
    },
  },
  'the loop in a function of its own, called after the rows were read: its call is named': {
    async handler({ pool }) {
      const orders = await openOrders(pool);
      await withItems(pool, orders); // #call
      return orders;
    },
    finds: ['n-plus-one proven: 1 of orders.id → 4 of order_item.order_id at #call'],
  },
  'a computed property with its own query, read in a template': {
    async handler({ pool }) {
      const products = await many(pool, 'select * from product order by price desc limit 5');
      const views = products.map((product) => ({
        ...product,
        get inStock() {
          return one(pool, 'select amount from stock where product_id = $1', [product.id]);
        },
      }));
      return Promise.all(views.map(async (view) => ((await view.inStock)?.amount as number) > 0)); // #stock
    },
    finds: ['n-plus-one proven: 1 of product.id → 5 of stock.product_id at #stock'],
  },
  'a cache that is warm: nothing is asked': {
    async handler({ pool }) {
      const categories = new Map(
        (await many(pool, 'select * from category')).map((category) => [category.id, category]),
      );
      const products = await many(pool, 'select * from product order by id limit 10');
      return products.map((product) => ({ product, category: categories.get(product.category_id) }));
    },
  },
};

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage?.close());
beforeEach(async () => {
  forgetSites();
  await stage.poolOf(10).query('drop schema public cascade; create schema public');
  await stage.poolOf(10).query(readFileSync(join(__dirname, 'shop.sql'), 'utf8'));
});

describe('a handler', () => {
  test.each(Object.entries(HANDLERS))('%s', async (_, { handler, finds = [], dismisses = [] }) => {
    const visit = stage.route(handler);
    for (let visits = 0; visits < 5; visits++) {
      const { report, status } = await visit({ ids: [7, 2, 9, 4] });
      expect([visits, status, ...findingsOf(report), ...dismissalsOf(report)]).toEqual([
        visits,
        200,
        ...finds,
        ...dismisses,
      ]);
    }
  });
});
