// queryscope/register in front of apps that never name it: every framework, over http and https, on connections that are kept and on ones
// that are piped full, with a pool of one connection. Each request's report holds its own statements, under its route.

import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../src/index.js';
import { freshDatabase } from '../postgres.js';
import { type Installed, installApps } from './installed.js';
import { RunningApp } from './running-app.js';

let installed: Installed;
let database: string;

beforeAll(async () => {
  [installed, database] = await Promise.all([installApps(), freshDatabase()]);
}, 240_000);

type Scheme = 'http' | 'https';

/** Answers of an app over one agent. */
class Browser {
  readonly #agent: http.Agent;
  readonly #origin: string;
  readonly #client: typeof http | typeof https;

  constructor(scheme: Scheme, port: number, sockets: number) {
    const options = { keepAlive: true, maxSockets: sockets };
    this.#client = scheme === 'https' ? https : http;
    this.#agent =
      scheme === 'https' ? new https.Agent({ ...options, rejectUnauthorized: false }) : new http.Agent(options);
    this.#origin = `${scheme}://127.0.0.1:${port}`;
  }

  async visit(path: string, body?: object): Promise<{ status: number; text: string }> {
    const method = body === undefined ? 'GET' : 'POST';
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const request = this.#client.request(this.#origin + path, { agent: this.#agent, method, headers });
    request.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const parts: Buffer[] = await response.toArray();
    return { status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() };
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** `GET /users/:id 200 · 7 7 7`: what a report is named, how it ended, and whose statements are in it. */
function line({ profile }: Report): string {
  const { label, outcome, statements, parent } = profile;
  const whose = statements.map(({ values }) => values?.join() ?? '?').join(' ');
  const odd = [outcome.aborted ? 'aborted' : '', parent === null ? '' : 'inside another'].filter((word) => word !== '');
  return [`${label} ${outcome.status ?? '-'}`, ...odd, ...(whose === '' ? [] : [whose])].join(' · ');
}

const linesOf = (reports: readonly Report[]) => reports.map(line).sort();

/** Bytes of several requests at once, as a client that pipelines sends them; answers what came back. */
async function pipelined(scheme: Scheme, port: number, paths: readonly string[]): Promise<string> {
  const socket =
    scheme === 'https'
      ? tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
      : net.connect({ port, host: '127.0.0.1' });
  await once(socket, scheme === 'https' ? 'secureConnect' : 'connect');
  const requests = paths.map((path, index) => {
    const connection = index === paths.length - 1 ? 'Connection: close\r\n' : '';
    return `GET ${path} HTTP/1.1\r\nHost: here\r\n${connection}\r\n`;
  });
  socket.write(requests.join(''));
  const parts: Buffer[] = await socket.toArray();
  return Buffer.concat(parts).toString();
}

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);

const apps: [name: string, file: string][] = [
  ['plain http', 'plain.cjs'],
  ['Express 4', 'express4.cjs'],
  ['Express 5', 'express5.cjs'],
  ['Fastify 4', 'fastify4.mjs'],
  ['Fastify 5', 'fastify5.mjs'],
  ['Koa 2', 'koa2.mjs'],
  ['Koa 3', 'koa3.mjs'],
  ['NestJS on Express', 'nest-express.cjs'],
  ['NestJS on Fastify', 'nest-fastify.cjs'],
];

describe.each(apps)('%s', (_name, file) => {
  describe.each<Scheme>(['http', 'https'])('%s', (scheme) => {
    let app: RunningApp;

    beforeAll(async () => {
      app = await RunningApp.start(installed.apps, file, { DATABASE: database, SCHEME: scheme, ...installed.tls });
    });

    afterAll(() => app.stop());

    test('concurrent requests on kept connections have each their own statements, named by their route', async () => {
      const browser = new Browser(scheme, app.port, 4);
      const ids = numbers(1, 12);
      const answers = await Promise.all(ids.map((id) => browser.visit(`/users/${id}?token=secret`)));
      browser.close();
      expect(answers.map(({ text }) => JSON.parse(text))).toEqual(ids.map((request) => ({ request })));
      expect(linesOf(await app.reported(12))).toEqual(ids.map((id) => `GET /users/:id 200 · ${id} ${id} ${id}`).sort());
    });

    test('pipelined requests, several in one segment, have each their own', async () => {
      const ids = numbers(20, 5);
      const text = await pipelined(
        scheme,
        app.port,
        ids.map((id) => `/users/${id}`),
      );
      expect([...text.matchAll(/\{"request":(\d+)\}/g)].map(([, id]) => Number(id))).toEqual(ids);
      expect(linesOf(await app.reported(5))).toEqual(ids.map((id) => `GET /users/:id 200 · ${id} ${id} ${id}`));
    });

    test('a body that its parser reads, an error and a path that there is not', async () => {
      const browser = new Browser(scheme, app.port, 1);
      expect(JSON.parse((await browser.visit('/echo/31', { said: 'this' })).text)).toEqual({
        request: 31,
        said: 'this',
      });
      expect((await browser.visit('/boom/32')).status).toBe(500);
      expect((await browser.visit('/nowhere/33?token=secret')).status).toBe(404);
      browser.close();
      expect(linesOf(await app.reported(3))).toEqual([
        'GET /boom/:id 500 · 32 32 32',
        'GET /nowhere/:id 404',
        'POST /echo/:id 200 · 31 31 31',
      ]);
    });

    test('nothing is left open, and what was sent outside is counted', async () => {
      const { outside } = await app.counts();
      await app.sayOutside();
      expect(await app.counts()).toEqual({ open: 0, outside: outside + 1 });
    });
  });
});

describe.each<Scheme>(['http', 'https'])('HTTP/2 by the compatibility API, %s', (scheme) => {
  test('streams of one session have each their own statements', async () => {
    const app = await RunningApp.start(installed.apps, 'http2.cjs', {
      DATABASE: database,
      SCHEME: scheme,
      ...installed.tls,
    });
    const session = http2.connect(`${scheme}://127.0.0.1:${app.port}`, { rejectUnauthorized: false });
    const ids = numbers(1, 6);
    const answers = await Promise.all(
      ids.map(async (id) => {
        const parts: Buffer[] = await session.request({ ':path': `/users/${id}?token=secret` }).toArray();
        return JSON.parse(Buffer.concat(parts).toString());
      }),
    );
    expect(answers).toEqual(ids.map((request) => ({ request })));
    session.close();
    expect(linesOf(await app.reported(6))).toEqual(ids.map((id) => `GET /users/:id 200 · ${id} ${id} ${id}`));
    if (scheme === 'https') {
      const browser = new Browser(scheme, app.port, 1);
      await browser.visit('/users/9');
      browser.close();
      expect(linesOf(await app.reported(1))).toEqual(['GET /users/:id 200 · 9 9 9']);
    }
    await app.stop();
  });
});

test('a route that a hook answered before its handler is named by its pattern: Fastify', async () => {
  for (const file of ['fastify4.mjs', 'fastify5.mjs']) {
    const app = await RunningApp.start(installed.apps, file, { DATABASE: database });
    const browser = new Browser('http', app.port, 1);
    expect((await browser.visit('/users/7?stop=1')).status).toBe(401);
    browser.close();
    expect(linesOf(await app.reported(1))).toEqual(['GET /users/:id 401 · 7 7 7']);
    await app.stop();
  }
});

test('an app that is mounted in another is named with the path it is mounted at: Koa', async () => {
  for (const file of ['koa2.mjs', 'koa3.mjs']) {
    const app = await RunningApp.start(installed.apps, file, { DATABASE: database });
    const browser = new Browser('http', app.port, 1);
    await browser.visit('/shops/7/items/8?token=secret');
    browser.close();
    expect(linesOf(await app.reported(1))).toEqual(['GET /shops/:id/items/:item 200 · 8 8 8']);
    await app.stop();
  }
});
