// Requests that a capture makes to a server of its own process, one that listened before: whichever client sends them, they are its children, and
// nobody else's requests are.

import { once } from 'node:events';
import http, { type IncomingMessage, type RequestListener, type RequestOptions, type Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { enterRequests } from '../../src/capture/http-servers.js';
import { LINK_HEADER } from '../../src/capture/scope-link.js';
import { state } from '../../src/capture/state.js';
import { createProfiler, type Profiler, type Report } from '../../src/index.js';
import { freshDatabase } from '../postgres.js';

let pool: pg.Pool;
let profiler: Profiler;
let server: Server;
let port: number;
let stop: () => void;
/** What reached the server, as it came. */
const headers: IncomingMessage['rawHeaders'][] = [];

beforeAll(async () => {
  pool = new pg.Pool({ connectionString: await freshDatabase(), max: 2 });
  profiler = createProfiler({ outputs: [], values: 'sample', sampleRate: 0 });
  profiler.instrument(pg);
  stop = enterRequests(profiler.express());
  server = http.createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});

afterEach(() => {
  vi.unstubAllEnvs();
  headers.length = 0;
  expect(state.openScopes).toBe(0);
});

afterAll(async () => {
  stop();
  await profiler.close();
  server.closeAllConnections();
  server.close();
  await pool.end();
});

/** Sends the request's path as the value of a statement. */
const answer: RequestListener = async (request, response) => {
  headers.push(request.rawHeaders);
  await pool.query('select $1::text as path', [request.url]);
  response.end('answered');
};

const linksSent = () =>
  headers.map((raw) => raw.filter((_, i) => i % 2 === 1 && raw[i - 1]?.toLowerCase() === LINK_HEADER));

/** `label: path path` of each child. */
const children = (report: Report) =>
  report.children.map(
    ({ profile }) => `${profile.label}: ${profile.statements.map(({ values }) => values?.[0]).join(' ')}`,
  );

const watched = ({ profile }: Report) => profile.activities.map((activity) => activity.watched);

async function request(options: RequestOptions): Promise<string> {
  const sent = http.request({ port, host: '127.0.0.1', agent: false, ...options }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return text(response);
}

const origin = () => `http://127.0.0.1:${port}`;

describe('a request to a server that listened before is a child', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['fetch', async () => (await fetch(`${origin()}/a`)).text()],
    ['fetch of localhost', async () => (await fetch(`http://localhost:${port}/a`)).text()],
    ['http.request', () => request({ path: '/a' })],
    ['http.request with headers', () => request({ path: '/a', headers: { accept: 'text/plain' } })],
    ['http.request with a list of headers', () => request({ path: '/a', headers: ['Host', 'here', 'Accept', '*/*'] })],
    ['http.get', async () => text((await once(http.get(`${origin()}/a`), 'response'))[0])],
  ])('%s', async (_, send) => {
    const { report } = await profiler.capture(send);
    expect(children(report)).toEqual(['GET /a: /a']);
    expect(watched(report)).toEqual([true]);
    expect(report.profile.statements).toEqual([]);
  });

  test('over a socket of the file system', async () => {
    const socketPath = join(tmpdir(), `link-${process.pid}.sock`);
    const local = http.createServer(answer).listen(socketPath);
    await once(local, 'listening');
    const { report } = await profiler.capture(() => request({ socketPath, path: '/a' }));
    local.close();
    expect(children(report)).toEqual(['GET /a: /a']);
  });

  test('each of its own capture, over connections that other captures opened', async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });
    const captures = Array.from({ length: 20 }, (_, i) =>
      profiler.capture(`capture ${i}`, async () => {
        await request({ agent, path: `/a${i}` });
        await request({ agent, path: `/b${i}` });
      }),
    );
    const reports = (await Promise.all(captures)).map(({ report }) => report);
    agent.destroy();
    // Reports are understood in slices, and may overtake each other.
    const asked = (report: Report) => children(report).map((child) => child.split(' ').at(-1));
    expect(reports.map((report) => asked(report).sort())).toEqual(
      Array.from({ length: 20 }, (_, i) => [`/a${i}`, `/b${i}`]),
    );
  });

  test('of the capture around, where a request asks for another', async () => {
    const relay = http.createServer(async (_, response) => response.end(await request({ path: '/inner' })));
    await once(relay.listen(0, '127.0.0.1'), 'listening');
    const { report } = await profiler.capture(() =>
      request({ port: (relay.address() as AddressInfo).port, path: '/' }),
    );
    relay.close();
    expect(children(report).sort()).toEqual(['GET /: ', 'GET /inner: /inner']);
  });
});

describe('nothing is linked', () => {
  test('outside a capture', async () => {
    await request({ path: '/a' });
    expect(linksSent()).toEqual([[]]);
  });

  test('in production', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    const { report } = await profiler.capture(async () => {
      await request({ path: '/a' });
      await (await fetch(origin())).text();
    });
    expect(linksSent()).toEqual([[], []]);
    expect(children(report)).toEqual([]);
    expect(watched(report)).toEqual([undefined, undefined]);
  });

  test('by a header that production does not read', async () => {
    let link = '';
    const { report } = await profiler.capture(async () => {
      await request({ path: '/a' });
      link = linksSent()[0]?.[0] ?? '';
      vi.stubEnv('NODE_ENV', 'production');
      await request({ path: '/b', headers: { [LINK_HEADER]: link } });
    });
    expect(link).not.toBe('');
    expect(children(report)).toEqual(['GET /a: /a']);
  });

  test('by a header that names a capture which is over, or none', async () => {
    await profiler.capture(() => request({ path: '/a' }));
    const [[link]] = linksSent() as [[string]];
    const { report } = await profiler.capture(async () => {
      for (const forged of [link, '', '.', 'undefined', '__proto__.1', '0'.repeat(10_000)]) await raw(forged);
    });
    expect(children(report)).toEqual([]);
  });

  test('to another machine', async () => {
    const lookup: net.LookupFunction = (_, options, done) =>
      options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
    const { report } = await profiler.capture(() => request({ host: 'example.com', lookup, path: '/a' }));
    expect(linksSent()).toEqual([[]]);
    expect(children(report)).toEqual([]);
    expect(watched(report)).toEqual([undefined]);
  });

  test('where nobody answers', async () => {
    const closed = net.createServer().listen(0);
    const free = (closed.address() as AddressInfo).port;
    closed.close();
    const { report } = await profiler.capture(async () => {
      await fetch(`http://127.0.0.1:${free}`).catch(() => {});
    });
    expect(watched(report)).toEqual([undefined]);
  });
});

test('a server that is not watched is known by its answer', async () => {
  stop();
  const { report } = await profiler.capture(async () => {
    await request({ path: '/a' });
    await (await fetch(origin())).text();
  });
  stop = enterRequests(profiler.express());
  expect(watched(report)).toEqual([false, false]);
  expect(children(report)).toEqual([]);
});

test('the headers of the app stay as they are', async () => {
  const own = { accept: 'text/plain' };
  let sent: string[] = [];
  await profiler.capture(async () => {
    const out = http.request({ port, host: '127.0.0.1', headers: own, agent: false });
    out.end();
    const [response] = (await once(out, 'response')) as [IncomingMessage];
    await text(response);
    sent = out.getHeaderNames();
    expect(response.headers).not.toHaveProperty(LINK_HEADER);
  });
  expect(own).toEqual({ accept: 'text/plain' });
  expect(sent).not.toContain(LINK_HEADER);
  expect(linksSent()[0]).toHaveLength(1);
});

test('closing the profiler takes the link off', async () => {
  const { _storeHeader } = http.ClientRequest.prototype as unknown as Record<string, unknown>;
  const other = createProfiler({ outputs: [] });
  await other.capture(() => {});
  await profiler.close();
  expect(http.ClientRequest.prototype).toHaveProperty('_storeHeader', _storeHeader);
  await other.close();
  expect(Object.hasOwn(http.ClientRequest.prototype, '_storeHeader')).toBe(false);
  profiler = createProfiler({ outputs: [] });
});

/** A request with a header as an outsider may send it: no client of ours stands in between. */
async function raw(link: string): Promise<void> {
  const socket = net.connect(port, '127.0.0.1');
  socket.end(`GET /raw HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${LINK_HEADER}: ${link}\r\n\r\n`);
  await text(socket);
}
