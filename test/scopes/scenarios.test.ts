// What a scope has to get right, scenario by scenario: on real servers of node:http with a real PostgreSQL, every server of the process
// watched as queryscope/register does it.

import { once } from 'node:events';
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { enterRequests } from '../../src/capture/http-servers.js';
import { state } from '../../src/capture/state.js';
import { createProfiler, type Profiler, type Report } from '../../src/index.js';
import { freshDatabase } from '../postgres.js';

let url: string;
let pool: pg.Pool;
let profiler: Profiler;
let stop: () => void;

beforeAll(async () => {
  url = await freshDatabase();
  pool = new pg.Pool({ connectionString: url, max: 1 });
  profiler = createProfiler({ outputs: [], values: 'sample' });
  profiler.instrument(pg);
  stop = enterRequests(profiler.express());
});

afterEach(() => expect(state.openScopes).toBe(0));

afterAll(async () => {
  stop();
  await profiler.close();
  await pool.end();
});

const say = (whose: string) => pool.query('select $1::text as whose', [whose]);

const whose = ({ profile }: Report) => profile.statements.map(({ values }) => values?.join()).join(' ');

/** `GET /chats/:id 200: one two [inside: three]`. */
function line(report: Report): string {
  const { label, outcome } = report.profile;
  const children = report.children.map((child) => `[${line(child)}]`);
  const status = `${outcome.status ?? '-'}${outcome.aborted ? ' aborted' : ''}`;
  return [`${label} ${status}:`, whose(report), ...children].filter((part) => part !== '').join(' ');
}

/** Serves a listener while `visit` runs; answers a line for each scope that closed, when as many have as are expected. */
async function served(
  listener: RequestListener,
  visit: (port: number, server: http.Server) => Promise<unknown>,
  expected: number,
): Promise<string[]> {
  const lines: string[] = [];
  const around = state.openScopes;
  const heard = profiler.onReport((report) => {
    if (report.profile.parent === null) lines.push(line(report));
  });
  const server = http.createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  await visit((server.address() as AddressInfo).port, server);
  await vi.waitFor(() => expect(lines.length).toBeGreaterThanOrEqual(expected), { timeout: 20_000, interval: 5 });
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  await vi.waitFor(() => expect(state.openScopes).toBe(around), { timeout: 20_000, interval: 5 });
  heard();
  expect(lines).toHaveLength(expected);
  return lines;
}

const get = async (port: number, path: string): Promise<string> =>
  (await fetch(`http://127.0.0.1:${port}${path}`)).text();

/** Sends text as it is; answers all that comes back. */
async function raw(port: number, text: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  socket.write(text);
  const parts: Buffer[] = await socket.toArray();
  return Buffer.concat(parts).toString('latin1');
}

const answering =
  (act: (path: string, req: IncomingMessage, res: ServerResponse) => Promise<unknown>): RequestListener =>
  (req, res) => {
    act(new URL(req.url ?? '/', 'http://here').pathname, req, res).then(
      () => res.end(),
      () => {
        res.statusCode = 500;
        res.end();
      },
    );
  };

describe('concurrent requests keep their statements apart', () => {
  const forms: Record<string, (pool: pg.Pool, whose: string) => Promise<unknown>> = {
    promises: (own, name) => own.query('select $1::text as whose', [name]),
    callbacks: (own, name) =>
      new Promise((done, failed) =>
        own.query('select $1::text as whose', [name], (error, result) => (error ? failed(error) : done(result))),
      ),
    'explicit clients': async (own, name) => {
      const client = await own.connect();
      await client.query('select $1::text as whose', [name]).finally(() => client.release());
    },
  };
  const pools = { cold: { max: 4, warm: false }, warm: { max: 4, warm: true }, saturated: { max: 1, warm: true } };

  describe.each(Object.entries(pools))('on a %s pool', (_kind, { max, warm }) => {
    test.each(Object.entries(forms))('through %s', async (_form, ask) => {
      const own = new pg.Pool({ connectionString: url, max });
      if (warm) await Promise.all(Array.from({ length: max }, () => own.query('select 1')));
      const names = Array.from({ length: 8 }, (_, index) => `r${index}`);
      const lines = await served(
        answering(async (path) => {
          for (let time = 0; time < 3; time++) await ask(own, path.slice(1));
        }),
        (port) => Promise.all(names.map((name) => get(port, `/${name}`))),
        8,
      );
      expect(lines.sort()).toEqual(names.map((name) => `GET /${name} 200: ${name} ${name} ${name}`));
      await own.end();
    });
  });
});

describe('a request that throws or is aborted closes its scope once', () => {
  test('it rejects, and its server answers 500', async () => {
    const act = async () => {
      await say('before');
      throw new Error('thrown');
    };
    expect(await served(answering(act), (port) => get(port, '/throws'), 1)).toEqual(['GET /throws 500: before']);
  });

  test('its listener throws, and the app goes on', async () => {
    const thrown = new Promise((resolve) => process.once('uncaughtException', resolve));
    const others = process
      .listeners('uncaughtException')
      .filter((listener) => listener !== process.listeners('uncaughtException').at(-1));
    for (const other of others) process.off('uncaughtException', other);
    try {
      const lines = await served(
        () => {
          void say('before');
          throw new Error('thrown');
        },
        async (port) => {
          const request = http.get({ port, host: '127.0.0.1', path: '/throws', agent: false }).on('error', () => {});
          expect(await thrown).toMatchObject({ message: 'thrown' });
          await sleep(20);
          request.destroy();
        },
        1,
      );
      expect(lines).toEqual(['GET /throws - aborted: before']);
    } finally {
      for (const other of others) process.on('uncaughtException', other);
    }
  });

  test.each<[when: string, write: boolean, expected: string]>([
    ['before an answer', false, 'GET /slow - aborted: before'],
    ['in the middle of the answer', true, 'GET /slow 200 aborted: before'],
  ])('its client goes away %s', async (_when, write, expected) => {
    let entered = () => {};
    const lines = await served(
      async (_req, res) => {
        await say('before');
        if (write) res.write('some');
        entered();
        await once(res, 'close');
        res.end();
      },
      async (port) => {
        const inside = new Promise<void>((resolve) => {
          entered = resolve;
        });
        const request = http.get({ port, host: '127.0.0.1', path: '/slow', agent: false }).on('error', () => {});
        request.on('response', (response) => response.on('error', () => {}));
        await inside;
        request.destroy();
      },
      1,
    );
    expect(lines).toEqual([expected]);
  });

  test('its body never comes to an end', async () => {
    let entered = () => {};
    const inside = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const lines = await served(
      answering(async (_path, req) => {
        await say('before');
        entered();
        for await (const _chunk of req);
        await say('never');
      }),
      async (port) => {
        const socket = net.connect(port, '127.0.0.1');
        socket.write('POST /body HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\nsome');
        await inside;
        socket.destroy();
      },
      1,
    );
    expect(lines).toEqual(['POST /body - aborted: before']);
  });
});

describe('a nested scope shadows and restores', () => {
  test('a capture inside a request is its child, and what follows is the request again', async () => {
    const act = async () => {
      await say('before');
      await profiler.capture('inside', async () => {
        await say('within');
        await profiler.capture('further in', () => say('deep'));
        await say('within again');
      });
      await say('after');
    };
    expect(await served(answering(act), (port) => get(port, '/'), 1)).toEqual([
      'GET / 200: before after [inside -: within within again [further in -: deep]]',
    ]);
  });

  test('also where it throws, and beside one of the same request', async () => {
    const act = async () => {
      const failing = profiler.capture('failing', async () => {
        await say('a');
        throw new Error('inside');
      });
      const other = profiler.capture('other', () => say('b'));
      await Promise.allSettled([failing, other]);
      await say('after');
    };
    const [only] = await served(answering(act), (port) => get(port, '/'), 1);
    expect(only).toMatch(/^GET \/ 200: after \[/);
    expect(only).toContain('[failing -: a]');
    expect(only).toContain('[other -: b]');
  });

  test('a request inside a test is its child; one that comes in while another is answered is not', async () => {
    let inner: http.Server | undefined;
    // A server that is started by a request: what it accepts comes in where that request runs.
    const listener = answering(async (path) => {
      if (path !== '/start') return say(path);
      inner = http.createServer(answering((innerPath) => say(`inner ${innerPath}`))).listen(0, '127.0.0.1');
      await once(inner, 'listening');
      return get((inner.address() as AddressInfo).port, '/one');
    });
    let lines: string[] = [];
    const { report } = await profiler.capture('test', async () => {
      lines = await served(listener, (port) => get(port, '/start').then(() => get(port, '/two')), 0);
    });
    inner?.closeAllConnections();
    inner?.close();
    expect(lines).toEqual([]);
    expect([line({ ...report, children: [] }), ...report.children.map(line).sort()]).toEqual([
      'test -:',
      'GET /one 200: inner /one',
      'GET /start 200:',
      'GET /two 200: /two',
    ]);
  });
});

describe('statements outside a scope are counted', () => {
  test('of what is no request: connections, upgrades, errors of clients, a job beside', async () => {
    const before = state.unattributed;
    const lines = await served(
      answering((path) => say(path)),
      async (port, server) => {
        const sent: Promise<unknown>[] = [];
        server.once('connection', () => sent.push(say('connection')));
        server.once('upgrade', (_req, socket) => {
          sent.push(say('upgrade'));
          socket.end('HTTP/1.1 426 Upgrade Required\r\n\r\n');
        });
        server.once('clientError', (_error, socket) => {
          sent.push(say('clientError'));
          socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
        });
        // After a request on the same connection, whose context must not be there any more.
        const socket = net.connect(port, '127.0.0.1');
        socket.write('GET /first HTTP/1.1\r\nHost: here\r\n\r\n');
        await once(socket, 'data');
        socket.write('nonsense\r\n\r\n');
        await once(socket.resume(), 'close');
        await raw(port, 'GET /up HTTP/1.1\r\nHost: here\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n');
        sent.push(say('job'));
        await Promise.all(sent);
        expect(sent).toHaveLength(4);
      },
      1,
    );
    expect(lines).toEqual(['GET /first 200: /first']);
    expect(state.unattributed - before).toBe(4);
  });

  test('a request that is not recorded is nobody else’s', async () => {
    const rare = createProfiler({ outputs: [], sampleRate: 0 });
    stop();
    const stopRare = enterRequests(rare.express());
    const before = { ...state.unsampled, unattributed: state.unattributed };
    expect(
      await served(
        answering((path) => say(path)),
        (port) => get(port, '/one').then(() => get(port, '/two')),
        0,
      ),
    ).toEqual([]);
    expect(state.unsampled).toEqual({ requests: before.requests + 2, statements: before.statements + 2 });
    expect(state.unattributed).toBe(before.unattributed);
    stopRare();
    await rare.close();
    stop = enterRequests(profiler.express());
  });
});

test('`Expect: 100-continue` is one request, whoever hears of it', async () => {
  const lines = await served(
    answering((path) => say(path)),
    async (port, server) => {
      const ask =
        'POST /expecting HTTP/1.1\r\nHost: here\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
      expect(await raw(port, ask)).toContain('200 OK');
      server.on('checkContinue', (req, res) => {
        res.writeContinue();
        server.emit('request', req, res);
      });
      expect(await raw(port, ask)).toContain('200 OK');
    },
    2,
  );
  expect(lines).toEqual(['POST /expecting 200: /expecting', 'POST /expecting 200: /expecting']);
});

test('a request that an app makes up, without the events of one, opens no scope', async () => {
  const server = http.createServer((req) => void expect(req.url).toBe('/made-up'));
  expect(server.emit('request', { url: '/made-up', method: 'GET' }, {})).toBe(true);
  expect(new http.Server().emit('request', {}, {})).toBe(false);
});

describe('installing twice does nothing; uninstalling restores identity', () => {
  const prototypes = [http.Server.prototype, https.Server.prototype];

  test('of the servers', () => {
    const patched = prototypes.map(({ emit }) => emit);
    const again = enterRequests(profiler.express());
    expect(prototypes.map(({ emit }) => emit)).toEqual(patched);
    again();
    expect(prototypes.map(({ emit }) => emit)).toEqual(patched);
    stop();
    expect(prototypes.map((prototype) => Object.hasOwn(prototype, 'emit'))).toEqual([false, false]);
    expect(prototypes.every(({ emit }) => emit === net.Server.prototype.emit)).toBe(true);
    stop = enterRequests(profiler.express());
    expect(prototypes.map((prototype) => Object.hasOwn(prototype, 'emit'))).toEqual([true, true]);
  });

  test('of a server that another tool watches too', async () => {
    const ours = http.Server.prototype.emit;
    http.Server.prototype.emit = function theirs(this: http.Server, ...args: Parameters<typeof ours>) {
      return ours.apply(this, args);
    } as typeof ours;
    const theirs = http.Server.prototype.emit;
    stop();
    expect(http.Server.prototype.emit).toBe(theirs);
    const before = state.unattributed;
    expect(
      await served(
        answering((path) => say(path)),
        (port) => get(port, '/'),
        0,
      ),
    ).toEqual([]);
    expect(state.unattributed - before).toBe(1);
    stop = enterRequests(profiler.express());
    expect(
      await served(
        answering((path) => say(path)),
        (port) => get(port, '/'),
        1,
      ),
    ).toEqual(['GET / 200: /']);
    http.Server.prototype.emit = ours;
  });

  test('a request that two watch is one scope', async () => {
    const other = createProfiler({ outputs: [] });
    const heard: string[] = [];
    other.onReport(({ profile }) => heard.push(profile.label));
    const stopOther = enterRequests(other.express());
    expect(
      await served(
        answering((path) => say(path)),
        (port) => get(port, '/7'),
        1,
      ),
    ).toEqual(['GET /:id 200: /7']);
    expect(heard).toEqual(['GET /:id']);
    stopOther();
    await other.close();
  });
});

test('two copies of the module share their state', async () => {
  vi.resetModules();
  const [copy, servers] = await Promise.all([
    import('../../src/index.js'),
    import('../../src/capture/http-servers.js'),
  ]);
  expect(servers.enterRequests).not.toBe(enterRequests);
  const theirs = copy.createProfiler({ outputs: [], values: 'sample' });
  theirs.instrument(pg);
  const heard: string[] = [];
  theirs.onReport((report) => heard.push(line(report)));
  const emit = http.Server.prototype.emit;
  const stopTheirs = servers.enterRequests(theirs.express());
  expect(http.Server.prototype.emit).toBe(emit);
  const act = async () => {
    await say('request');
    await theirs.capture('inside', () => say('inside'));
  };
  const lines = await served(answering(act), (port) => get(port, '/chats/7'), 1);
  expect(lines).toEqual(['GET /chats/:id 200: request [inside -: inside]']);
  expect(heard.map((text) => text.replace(/ \[.*/, ''))).toEqual(['inside -: inside', 'GET /chats/:id 200: request']);
  stopTheirs();
  await theirs.close();
});

test.each<[path: string, label: string]>([
  ['/nowhere', 'GET /nowhere'],
  ['/nowhere/7', 'GET /nowhere/:id'],
  ['/nowhere?token=secret', 'GET /nowhere'],
  ['/nowhere?token=secret#there', 'GET /nowhere'],
  ['/?token=secret', 'GET /'],
  ['/users/0b9c7a52-0a3c-4a49-9f53-1d6a4e6f0d11/posts', 'GET /users/:id/posts'],
  ['http://other.example/chats/7?token=secret', 'GET /chats/:id'],
])('a 404 has a name, and a query string is not part of a name: %s', async (path, label) => {
  const listener: RequestListener = (_req, res) => {
    res.statusCode = 404;
    res.end();
  };
  const lines = await served(
    listener,
    (port) => raw(port, `GET ${path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n`),
    1,
  );
  expect(lines).toEqual([`${label} 404:`]);
});

test('the response is byte-identical with and without queryscope', async () => {
  const listener: RequestListener = async (req, res) => {
    res.sendDate = false;
    if (req.url === '/keys')
      return res.end(JSON.stringify([Object.keys(req).filter((key) => key !== 'emit'), 'route' in { ...req }]));
    if (req.url === '/statement') return res.end(JSON.stringify((await say('me')).rows));
    if (req.url === '/chunks') {
      res.write('one');
      return setImmediate(() => res.end('two'));
    }
    if (req.url === '/trailers') {
      res.writeHead(203, { trailer: 'after', 'x-some': ['a', 'b'] });
      res.addTrailers({ after: 'all' });
      return res.end('body');
    }
    if (req.url === '/echo') return void req.pipe(res);
    res.statusCode = 404;
    return res.end();
  };
  const answers = async (port: number) => {
    const received: string[] = [];
    for (const path of ['/keys', '/statement', '/chunks', '/trailers', '/nowhere']) {
      received.push(await raw(port, `GET ${path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n`));
    }
    const body = 'Connection: close\r\nContent-Length: 4\r\n\r\nsome';
    return [...received, await raw(port, `POST /echo HTTP/1.1\r\nHost: here\r\n${body}`)];
  };
  let withIt: string[] = [];
  let without: string[] = [];
  await served(
    listener,
    async (port) => {
      withIt = await answers(port);
    },
    6,
  );
  stop();
  await served(
    listener,
    async (port) => {
      without = await answers(port);
    },
    0,
  );
  stop = enterRequests(profiler.express());
  expect(withIt).toEqual(without);
  expect(without[1]).toContain('[{"whose":"me"}]');
});
