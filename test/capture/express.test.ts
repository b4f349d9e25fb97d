// The middleware in real apps: Express 4 and 5 on real HTTP, with statements on a real PostgreSQL.

import { once } from 'node:events';
import http, { type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createRequire } from 'node:module';
import net, { type AddressInfo } from 'node:net';
import { basename } from 'node:path';
import express5, { type Express, type Request, type Response } from 'express';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { state } from '../../src/capture/state.js';
import { createProfiler, type Profiler, type Report } from '../../src/index.js';
import { freshDatabase } from '../postgres.js';

const require = createRequire(__filename);
const express4 = require('express4') as typeof express5;
const bodyParser = require('body-parser-old') as { json(): express5.RequestHandler };

let pool: pg.Pool;
let profiler: Profiler;

beforeAll(async () => {
  pool = new pg.Pool({ connectionString: await freshDatabase(), max: 2 });
  profiler = createProfiler({ outputs: [] });
  profiler.instrument(pg);
});

afterAll(async () => {
  await profiler.close();
  await pool.end();
});

/** Sends a statement that tells, in the report, whose it is. */
const say = (what: string) => pool.query(`select '${what}' as "${what}"`);

/** What was said in a report: the names of its statements' columns. */
const said = (report: Report) => report.profile.statements.map(({ sql }) => /as "(.*)"/.exec(sql)?.[1] ?? sql);

/** One line a report: `GET /chats/:id 200 · what was said`. */
function line(report: Report): string {
  const { label, outcome, statements } = report.profile;
  const status = [outcome.status ?? '-', outcome.aborted ? 'aborted' : ''].join(' ').trim();
  const late = statements.some((statement) => statement.late) ? ' late' : '';
  return [`${label} ${status}${late}`, ...said(report)].join(' · ');
}

/** Serves an app while `visit` runs; answers the reports of the requests, in the order in which they closed. */
async function served(
  listener: RequestListener,
  visit: (origin: string) => Promise<unknown>,
  expected: number,
): Promise<Report[]> {
  const reports: Report[] = [];
  const server = http.createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const all = new Promise<void>((resolve) => {
    if (expected === 0) resolve();
    const stop = profiler.onReport((report) => {
      reports.push(report);
      if (reports.length !== expected) return;
      // One more turn, for a report too many to show itself.
      setImmediate(() => {
        stop();
        resolve();
      });
    });
  });
  await visit(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await all;
  await stopped(server);
  expect(reports).toHaveLength(expected);
  expect(state.openScopes).toBe(0);
  return reports;
}

async function stopped(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

/** Requests one path; answers the line of its report. */
async function visited(app: Express, path: string, init?: RequestInit): Promise<string> {
  const [report] = await served(app, async (origin) => (await fetch(origin + path, init)).text(), 1);
  return line(report as Report);
}

describe.each([
  ['Express 4', express4],
  ['Express 5', express5],
])('%s', (name, express) => {
  const saying = (what: string) => async (_req: Request, res: Response) => {
    await say(what);
    res.json(what);
  };

  function shop(): Express {
    const app = express();
    app.set('env', 'test');
    app.use(profiler.express());
    app.get('/', saying('home'));
    app.get('/chats', saying('chats'));
    app.get('/chats/:id', saying('chat'));
    app.get(/^\/files\/.*$/, saying('file'));
    app.get(['/about', '/imprint'], saying('about'));
    app.post('/chats', saying('posted'));

    const posts = express.Router();
    posts.get('/', saying('posts'));
    posts.get('/:postId', saying('post'));
    posts.get('/:postId/broken', async (_req, _res, next) => {
      await say('about to break');
      next(new Error('broken'));
    });
    const users = express.Router();
    users.get('/:id', saying('user'));
    users.use('/:userId/posts', posts);
    app.use('/api/users', users);

    const skipping = express.Router();
    skipping.get('/nothing', saying('nothing'));
    app.use('/shops/:shop', skipping);
    app.use('/shops/:name', express.Router().get('/items/:item', saying('item')));

    const admin = express();
    admin.get('/reports/:id', saying('report'));
    app.use('/admin', admin);

    app.get('/throws', () => {
      throw new Error('thrown');
    });
    app.get('/teapot', (_req, _res, next) => next(Object.assign(new Error('short and stout'), { status: 418 })));
    app.use('/assets', (_req, res) => void res.send('a file'));
    return app;
  }

  test.each([
    ['/', 'GET / 200 · home'],
    ['/chats', 'GET /chats 200 · chats'],
    ['/chats?token=secret', 'GET /chats 200 · chats'],
    ['/chats/7', 'GET /chats/:id 200 · chat'],
    ['/files/a/b', 'GET /^\\/files\\/.*$/ 200 · file'],
    ['/imprint', 'GET /about | /imprint 200 · about'],
    ['/api/users/7', 'GET /api/users/:id 200 · user'],
    ['/api/users/7/posts', 'GET /api/users/:userId/posts 200 · posts'],
    ['/api/users/ann/posts/first-post?page=2', 'GET /api/users/:userId/posts/:postId 200 · post'],
    ['/api/users/ann/posts/9/broken', 'GET /api/users/:userId/posts/:postId/broken 500 · about to break'],
    ['/shops/corner/items/9', 'GET /shops/:name/items/:item 200 · item'],
    ['/admin/reports/7', 'GET /admin/reports/:id 200 · report'],
    ['/throws', 'GET /throws 500'],
    ['/teapot', 'GET /teapot 418'],
    ['/assets/logo.png', 'GET /assets/logo.png 200'],
    ['/nowhere', 'GET /nowhere 404'],
    ['/nowhere/42/0b9c7a52-0a3c-4a49-9f53-1d6a4e6f0d11?q=1', 'GET /nowhere/:id/:id 404'],
    ['/nowhere/ann@example.org', 'GET /nowhere/:id 404'],
    ['/%E0%A4%A', 'GET /:id 404'],
  ])('names %s', async (path, expected) => {
    expect(await visited(shop(), path)).toBe(expected);
  });

  test('names other methods', async () => {
    expect(await visited(shop(), '/chats', { method: 'POST' })).toBe('POST /chats 200 · posted');
    expect(await visited(shop(), '/chats/7', { method: 'HEAD' })).toBe('HEAD /chats/:id 200 · chat');
    expect(await visited(shop(), '/chats/7', { method: 'OPTIONS' })).toBe('OPTIONS /chats/:id 200');
  });

  test('names what it did not see from the start: inside a router, and for one route', async () => {
    const app = express();
    app.use('/shops/:shop', express.Router().use(profiler.express()).get('/items/:item', saying('item')));
    app.get('/orders/:order', profiler.express(), saying('order'));
    expect(await visited(app, '/shops/77/items/9')).toBe('GET /shops/:id/items/:item 200 · item');
    expect(await visited(app, '/orders/9')).toBe('GET /orders/:order 200 · order');
  });

  test('survives an app that writes nonsense where Express keeps its route', async () => {
    const app = express();
    app.use(profiler.express());
    app.use((req, _res, next) => {
      Object.assign(req, { baseUrl: null, route: { path: Object.create(null) } });
      next();
    });
    app.get('/chats/:id', saying('chat'));
    expect(await visited(app, '/chats/7')).toBe('GET /chats/:id 200 · chat');
  });

  test('answers the very same bytes with and without it', async () => {
    const answers = async (middleware: express5.RequestHandler[]) => {
      const app = express();
      app.set('env', 'test');
      app.use(...middleware, (_req, res, next) => {
        res.sendDate = false;
        next();
      });
      app.get('/json', (_req, res) => void res.json({ some: ['thing'] }));
      app.get('/keys', (req, res) => void res.json([req.route.path, req.baseUrl, req.originalUrl]));
      app.get('/chunks', (_req, res) => {
        res.write('one');
        setImmediate(() => res.end('two'));
      });
      app.get('/throws', () => {
        throw Object.assign(new Error('thrown'), { stack: 'at home' });
      });
      const server = app.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const received: string[] = [];
      for (const path of ['/json', '/keys', '/chunks', '/throws', '/nowhere']) {
        const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
        socket.write(`GET ${path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n`);
        const parts: Buffer[] = await socket.toArray();
        received.push(Buffer.concat(parts).toString('latin1'));
      }
      await stopped(server);
      return received;
    };
    const without = await answers([express.urlencoded({ extended: false })]);
    const withIt = await answers([profiler.express(), express.urlencoded({ extended: false })]);
    expect(withIt).toEqual(without);
    expect(without[0]).toContain('{"some":["thing"]}');
    expect(without[3]).toContain('500 Internal Server Error');
  });

  test('keeps a request whose parser loses the async context', async () => {
    const app = express();
    app.use(profiler.express());
    app.post('/parsed', bodyParser.json(), saying('parsed'));
    app.post('/drained', (req, _res, next) => void req.resume().on('end', next), saying('drained'));
    const post = { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } };
    expect(await visited(app, '/parsed', post)).toBe('POST /parsed 200 · parsed');
    expect(await visited(app, '/drained', post)).toBe('POST /drained 200 · drained');
  });

  test('keeps requests apart: at once, and one after the other on one connection', async () => {
    const app = express();
    app.use(profiler.express());
    app.get('/say/:what', async (req, res) => {
      await say(req.params.what);
      await say(req.params.what);
      res.end();
    });
    const words = Array.from({ length: 8 }, (_, n) => `word${n}`);
    const atOnce = await served(
      app,
      (origin) => Promise.all(words.map(async (word) => (await fetch(`${origin}/say/${word}`)).text())),
      8,
    );
    expect(atOnce.map(said).sort()).toEqual(words.map((word) => [word, word]));
    const sites = atOnce.flatMap(({ profile }) => profile.statements.map(({ callSite }) => callSite));
    const files = new Set(
      sites.flatMap((site) => (site === null ? ['unknown'] : site.frames.map(({ file }) => basename(file)))),
    );
    expect([...files]).toEqual([basename(__filename)]);
    // Both lines of the handler, which calls the helper that is the innermost frame of all.
    expect(new Set(sites.map((site) => site?.line)).size).toBe(1);
    expect(new Set(sites.map((site) => site?.frames[1]?.line)).size).toBe(2);

    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    const inTurn = await served(
      app,
      async (origin) => {
        for (const word of words.slice(0, 3)) {
          const [response] = (await once(http.get(`${origin}/say/${word}`, { agent }), 'response')) as [
            IncomingMessage,
          ];
          ports.add(response.socket.localPort);
          await response.resume().toArray();
        }
        agent.destroy();
      },
      3,
    );
    expect(ports.size).toBe(1);
    // Reports are understood in slices, and may overtake each other.
    expect(inTurn.map(said).sort()).toEqual(words.slice(0, 3).map((word) => [word, word]));
    expect(inTurn.map(({ profile }) => profile.parent)).toEqual([null, null, null]);
  });

  test('tells a client that went away from one that was answered', async () => {
    const app = express();
    app.use(profiler.express());
    let entered = () => {};
    app.get('/slow', async (_req, res) => {
      await say('before');
      entered();
      await once(res, 'close');
      await say('after');
    });
    const [report] = await served(
      app,
      async (origin) => {
        const inside = new Promise<void>((resolve) => {
          entered = resolve;
        });
        const request = http.get(`${origin}/slow`).on('error', () => {});
        await inside;
        request.destroy();
      },
      1,
    );
    expect(line(report as Report)).toBe('GET /slow - aborted late · before · after');
  });

  test('has what is sent after the response in the report while the scope is open, in one of its own afterwards', async () => {
    const app = express();
    app.use(profiler.express());
    let soon: Promise<unknown> | undefined;
    app.get('/soon', (_req, res) => {
      res.once('finish', () => {
        soon = say('soon');
      });
      res.end();
    });
    app.get('/later', async (_req, res) => {
      res.end();
      while (state.openScopes > 0) await new Promise(setImmediate);
      await say('later');
    });
    expect(await visited(app, '/soon')).toBe('GET /soon 200 late · soon');
    await soon;
    const both = await served(app, async (origin) => (await fetch(`${origin}/later`)).text(), 2);
    const [request, after] = both.sort((a, b) => b.profile.label.localeCompare(a.profile.label));
    expect([request, after].map((report) => line(report as Report))).toEqual([
      'GET /later 200',
      'after GET /later - late · later',
    ]);
    expect(after?.profile.parent).toBe(request?.profile.id);
  });

  test('is one scope however often it is mounted, by however many profilers', async () => {
    const other = createProfiler({ outputs: [] });
    const heard: string[] = [];
    other.onReport((report) => heard.push(line(report)));
    const app = express();
    app.use(profiler.express(), other.express());
    app.use('/shops/:shop', other.express(), profiler.express(), express.Router().get('/items/:item', saying('item')));
    expect(await visited(app, '/shops/77/items/9')).toBe('GET /shops/:shop/items/:item 200 · item');
    expect(heard).toEqual(['GET /shops/:shop/items/:item 200 · item']);
    await other.close();
  });

  test('does nothing while it is off', async () => {
    const off = createProfiler({ outputs: [], enabled: false });
    const app = express();
    app.use(off.express());
    app.get(
      '/',
      (req, res) =>
        void res.json([Object.hasOwn(req, 'emit'), Object.hasOwn(res, 'emit'), res.listenerCount('finish')]),
    );
    const bare = express();
    bare.get(
      '/',
      (req, res) =>
        void res.json([Object.hasOwn(req, 'emit'), Object.hasOwn(res, 'emit'), res.listenerCount('finish')]),
    );
    const bodies: string[] = [];
    for (const each of [app, bare]) {
      await served(each, async (origin) => bodies.push(await (await fetch(origin)).text()), 0);
    }
    expect(bodies[0]).toBe(bodies[1]);
  });

  if (name === 'Express 5') {
    test('sees a rejected handler as the error it becomes', async () => {
      const app = express();
      app.set('env', 'test');
      app.use(profiler.express());
      app.get('/rejects', async () => {
        await say('about to reject');
        throw new Error('rejected');
      });
      expect(await visited(app, '/rejects')).toBe('GET /rejects 500 · about to reject');
    });
  }
});

test('what is sent after res.end() is late, also before `finish` says that the response is out', async () => {
  const app = express5();
  app.use(profiler.express());
  app.get('/', (_req, res) => {
    let when = 'before finish';
    res.once('finish', () => {
      when = 'after finish';
    });
    void say('before end');
    res.end();
    void say(`after end, ${when}`);
  });
  const [report] = await served(app, async (origin) => (await fetch(origin)).text(), 1);
  expect(said(report as Report)).toEqual(['before end', 'after end, before finish']);
  expect((report as Report).profile.statements.map(({ late }) => late)).toEqual([false, true]);
});

test.each<[string, (req: Request, res: Response) => Promise<unknown>]>([
  ['is over', (_req, res) => new Promise<void>((done) => res.end(done))],
  [
    'has lost its client',
    (req, res) => {
      req.socket.destroy();
      return once(res, 'close');
    },
  ],
])('a response that %s before the middleware runs opens no scope, and the app goes on', async (_how, before) => {
  const app = express5();
  let reached = () => {};
  const handler = new Promise<void>((resolve) => {
    reached = resolve;
  });
  app.use((req, res, next) => void before(req, res).then(() => next()));
  app.use(profiler.express(), () => reached());
  await served(
    app,
    async (origin) => {
      await fetch(origin).catch(() => {});
      await handler;
    },
    0,
  );
});
