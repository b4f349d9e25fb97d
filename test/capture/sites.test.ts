// What stacks say about real code: which lines they name, and which executions are one call site.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type CallSites, captureAnswer, SiteCounters, type Trace } from '../../src/capture/call-site.js';
import { entryOf, forgetSites, textMemory } from '../../src/capture/site-memory.js';
import { AppSites, type SitesOptions } from '../../src/capture/sites.js';
import { sameSite, siteOf } from '../../src/profile/call-sites.js';
import type { CallSite, Frame, Shape } from '../../src/profile/types.js';
import { compile, compileSource, runNode, temporaryDirectory } from './compiled.js';
import { loopingCode, type Send } from './looping-code.js';

const here = dirname(__filename);
const fixture = readFileSync(`${here}/looping-code.ts`, 'utf8').split('\n');

afterEach(forgetSites);

/** Stands where a driver does: notes who called it, and answers in a later turn of the event loop. */
function driver(mode: CallSites = 'always') {
  const counters = new SiteCounters(mode);
  const traces: (Trace | null)[] = [];
  const send: Send = function send(text) {
    traces.push(counters.capture(text, 0, send, null));
    return new Promise((done) => setImmediate(done, text));
  };
  return { send, traces };
}

const framesOf = (sites: AppSites, stack: unknown): readonly Frame[] => sites.siteOf(stack)?.frames ?? [];

/** `helper#helper < loop#loop`: the functions and marks of the lines in looping-code.ts, frames elsewhere left out. */
function picture(frames: readonly Frame[]): string {
  return frames
    .filter(({ file }) => file === 'looping-code.ts')
    .map(
      ({ line, function: name, async }) =>
        `${async ? 'async ' : ''}${name ?? ''}${/#\w+$/.exec(fixture[line - 1] ?? '')?.[0] ?? `:${line}`}`,
    )
    .join(' < ');
}

async function stacksOf(name: string, options: Partial<SitesOptions> = {}): Promise<(readonly Frame[])[]> {
  const { send, traces } = driver();
  await loopingCode[name]?.(send);
  const sites = new AppSites({ root: here, ...options });
  return traces.map((trace) => framesOf(sites, trace));
}

function sitesAmong(stacks: readonly (readonly Frame[])[]): CallSite[] {
  const shown: CallSite[][] = [];
  for (const frames of stacks) {
    const site = siteOf(frames);
    if (site === null) continue;
    const known = shown.find((others) => others.every((other) => sameSite(other, site)));
    if (known === undefined) shown.push([site]);
    else known.push(site);
  }
  return shown.flatMap(([site]) => site ?? []);
}

/** What each turn of the code shows; turns that show the same are written once. */
const seen: Record<string, { sites: number; stacks: string[] }> = {
  'a loop that awaits': { sites: 1, stacks: ['a loop that awaits#loop'] },
  'through a helper': { sites: 1, stacks: ['user#helper < through a helper#loop'] },
  'all at once': { sites: 1, stacks: ['#map < all at once#map'] },
  'all at once, through an async helper': {
    sites: 1,
    stacks: ['user#helper < #map < all at once, through an async helper#map'],
  },
  'a walk down a tree': {
    sites: 1,
    stacks: ['walk#walk < a walk down a tree#root', 'walk#walk < async a walk down a tree#root'],
  },
  'a walk down the branches of a tree, all at once': {
    // The root's own statement has no branch around it.
    sites: 2,
    stacks: [
      'walk#walk < a walk down the branches of a tree, all at once#root',
      'walk#walk < #branches < walk#branches < async a walk down the branches of a tree, all at once#root',
    ],
  },
  'a chain of then': { sites: 1, stacks: ['#then < async a chain of then#end'] },
  'an event each': { sites: 1, stacks: ['#listener < an event each#emit'] },
  'for await': { sites: 1, stacks: ['for await#loop'] },
  'a timer each': { sites: 1, stacks: ['#timer'] },
  'two lines': { sites: 2, stacks: ['two lines#first', 'two lines#second'] },
  'one helper, called from two lines': {
    sites: 2,
    stacks: [
      'user#helper < one helper, called from two lines#first',
      'user#helper < one helper, called from two lines#second',
    ],
  },
  'for each': { sites: 1, stacks: ['each#each < for each#for'] },
  'a callback that begins the next': {
    // Who began it and who went on are two functions in one line each.
    sites: 2,
    stacks: ['next#next < a callback that begins the next#start', 'next#next < #next'],
  },
  'a loop in a function that is called twice in one line': {
    sites: 2,
    stacks: [
      'users#loop < a loop in a function that is called twice in one line#twice',
      'users#loop < async a loop in a function that is called twice in one line#twice',
    ],
  },
  'a loop that calls twice in one line': { sites: 2, stacks: ['a loop that calls twice in one line#twice'] },
  'a loop that calls either or in one line': { sites: 2, stacks: ['a loop that calls either or in one line#either'] },
  'all at once, twice in one line': { sites: 2, stacks: ['#both < all at once, twice in one line#both'] },
  'three calls in one expression': { sites: 3, stacks: ['three calls in one expression#three'] },
  'three calls in one expression, through an async helper': {
    sites: 3,
    stacks: ['user#helper < three calls in one expression, through an async helper#three'],
  },
  'three calls in one expression, through a helper that waits first': {
    sites: 3,
    stacks: ['user#helper < async three calls in one expression, through a helper that waits first#three'],
  },
  'three calls in one expression, through a helper that waits the first time': {
    // The first of them is shown waiting, and fits both of the others.
    sites: 2,
    stacks: [
      'user#helper < async three calls in one expression, through a helper that waits the first time#three',
      'user#helper < three calls in one expression, through a helper that waits the first time#three',
    ],
  },
  'a loop through a helper that waits the first time': {
    sites: 1,
    stacks: [
      'user#helper < async a loop through a helper that waits the first time#loop',
      'user#helper < a loop through a helper that waits the first time#loop',
    ],
  },
  'three calls at once in one line': { sites: 3, stacks: ['three calls at once in one line#three'] },
  'three calls at once in one line, through an async helper': {
    sites: 3,
    stacks: ['user#helper < three calls at once in one line, through an async helper#three'],
  },
  'three calls at once in one line, through a helper that waits first': {
    // All three are shown at the `await` of the whole: nothing tells them from a loop.
    sites: 1,
    stacks: ['user#helper < async three calls at once in one line, through a helper that waits first#three'],
  },
  'three calls at once in one line, through a method that awaits': {
    sites: 3,
    stacks: ['find#find < three calls at once in one line, through a method that awaits#three'],
  },
};

describe('the stacks of', () => {
  test.each(Object.keys(loopingCode))('%s', async (name) => {
    const stacks = await stacksOf(name);
    expect({ sites: sitesAmong(stacks).length, stacks: [...new Set(stacks.map(picture))] }).toEqual(seen[name]);
  });
});

/** Below es2017 TypeScript writes generators, whose callers V8 knows only until they wait. */
const LOST_BELOW_ES2017 = new Map([['three calls in one expression, through a helper that waits first', 1]]);

describe('call sites are told apart in a process of', () => {
  const directory = temporaryDirectory();
  let env: Record<string, string>;
  const source = join(directory.path, 'app', 'looping-code.ts');
  const program = join(directory.path, 'count.cjs');

  beforeAll(() => {
    mkdirSync(join(directory.path, 'app'));
    writeFileSync(source, fixture.join('\n'));
    writeFileSync(
      program,
      `const from = process.env.QUERYSCOPE_SOURCE;
      const { SiteCounters } = require(from + '/capture/call-site.js');
      const { forgetSites } = require(from + '/capture/site-memory.js');
      const { AppSites } = require(from + '/capture/sites.js');
      const { sameSite, siteOf } = require(from + '/profile/call-sites.js');
      const { loopingCode } = require(process.argv[2]);
      void (async () => {
        const counts = {};
        for (const [name, run] of Object.entries(loopingCode)) {
          forgetSites();
          const counters = new SiteCounters('always');
          const traces = [];
          const send = (text) => {
            traces.push(counters.capture(text, 0, send, null));
            return new Promise((done) => setImmediate(done, text));
          };
          await run(send);
          const sites = new AppSites({ root: process.env.QUERYSCOPE_ROOT + '/app' });
          const shown = [];
          for (const trace of traces) {
            const site = siteOf((sites.siteOf(trace)?.frames ?? []).filter(({ file }) => file === 'looping-code.ts'));
            const known = shown.find((others) => others.every((other) => sameSite(other, site)));
            if (known === undefined) shown.push([site]);
            else known.push(site);
          }
          counts[name] = shown.length;
        }
        console.log(JSON.stringify(counts));
      })();`,
    );
    env = {
      QUERYSCOPE_SOURCE: compileSource(['capture/call-site.ts', 'capture/sites.ts'], directory.path),
      QUERYSCOPE_ROOT: directory.path,
    };
  });
  afterAll(() => directory.remove());

  const counted = Object.entries(seen).map(([name, { sites }]): [string, number] => [name, sites]);

  test('tsx', () => {
    const counts = JSON.parse(runNode(['--require', 'tsx/cjs', program, source], directory.path, env));
    expect(counts).toEqual(Object.fromEntries(counted));
  });

  test.each(['es2022', 'es2017', 'es2016'])('tsc --target %s', (target) => {
    const out = join(directory.path, target);
    compile([source], join(directory.path, 'app'), out, '--sourceMap', '--target', target);
    const counts = JSON.parse(runNode([program, join(out, 'looping-code.js')], directory.path, env));
    expect(counts).toEqual(Object.fromEntries([...counted, ...(target === 'es2016' ? LOST_BELOW_ES2017 : [])]));
  });
});

describe("the app's own wrappers", () => {
  const pictures = async (wrappers: string[]) => (await stacksOf('through a helper', { wrappers })).map(picture);

  test('are left out by the name of the function where a caller follows', async () => {
    expect(await pictures(['user'])).toEqual(Array(3).fill('through a helper#loop'));
  });

  test('are kept where nothing else is left', async () => {
    expect(await pictures(['*.ts'])).toEqual(Array(3).fill('user#helper < through a helper#loop'));
  });
});

describe('frames', () => {
  test('are named from the root, and by pathMap', async () => {
    const [frame] = (await stacksOf('a loop that awaits', { root: dirname(here) }))[0] ?? [];
    expect(frame).toMatchObject({ file: 'capture/looping-code.ts', function: 'a loop that awaits' });
    const [mapped] =
      (await stacksOf('a loop that awaits', { root: '/repository', pathMap: { [here]: 'shop/test' } }))[0] ?? [];
    expect(mapped?.file).toBe('shop/test/looping-code.ts');
  });

  test('are read whatever Error.prepareStackTrace the app has, and it is left in place', async () => {
    const formatters: (typeof Error.prepareStackTrace)[] = [
      () => 'not a stack',
      (_error, callSites) => callSites,
      () => {
        throw new Error('no formatter for this');
      },
    ];
    const before = Error.prepareStackTrace;
    try {
      for (const formatter of formatters) {
        Error.prepareStackTrace = formatter;
        expect((await stacksOf('through a helper')).map(picture)).toEqual(
          Array(3).fill('user#helper < through a helper#loop'),
        );
        expect(Error.prepareStackTrace).toBe(formatter);
      }
    } finally {
      Error.prepareStackTrace = before;
    }
  });

  test('are taken from the formatter of a require hook where nobody else knows its source maps', async () => {
    const directory = temporaryDirectory('installed');
    writeFileSync(
      join(directory.path, 'hooked.js'),
      'exports.load = function load(send) {\n  return send("select 1");\n};\n',
    );
    const { load } = createRequire(join(directory.path, 'app.js'))('./hooked.js') as {
      load(send: Send): Promise<string>;
    };
    const { send, traces } = driver();
    await load(send);
    directory.remove();
    const before = Error.prepareStackTrace;
    Error.prepareStackTrace = (_error, callSites) =>
      callSites
        .map((site) => `    at ${site.getFunctionName()} (/app/hooked.ts:${(site.getLineNumber() ?? 0) + 100}:1)`)
        .join('\n');
    const [hooked] = framesOf(new AppSites({ root: '/app' }), traces[0]);
    Error.prepareStackTrace = before;
    expect(hooked).toEqual({ file: 'hooked.ts', line: 102, column: 1, function: 'load' });
  });

  test('are taken as they ran where a source map says nothing of any', async () => {
    const directory = temporaryDirectory('installed');
    const map = { version: 3, sources: ['load.ts'], names: [], mappings: '' };
    writeFileSync(join(directory.path, 'load.js.map'), JSON.stringify(map));
    writeFileSync(
      join(directory.path, 'load.js'),
      'exports.load = (send) =>\n  send("select 1");\n//# sourceMappingURL=load.js.map',
    );
    const { load } = createRequire(join(directory.path, 'app.js'))('./load.js') as {
      load(send: Send): Promise<string>;
    };
    const { send, traces } = driver();
    setImmediate(load, send);
    await new Promise(setImmediate);
    const [frame] = framesOf(new AppSites({ root: directory.path }), traces[0]);
    directory.remove();
    expect(frame).toMatchObject({ file: 'load.js', line: 2 });
  });

  test('are read from a text where somebody has made one of the stack', () => {
    const sent = {
      stack: 'Error\n    at send (/app/node_modules/x/y.js:1:2)\n    at async load (/app/src/chats.ts:14:5)',
    };
    const trace: Trace = { text: textMemory('select 1'), sent, connected: null, answered: null };
    expect(framesOf(new AppSites({ root: '/app' }), trace)).toEqual([
      { file: 'src/chats.ts', line: 14, column: 5, function: 'load', async: true },
    ]);
  });

  test('are at most eight, the innermost', async () => {
    const { send, traces } = driver();
    const nest = Array.from({ length: 12 }).reduce<() => Promise<string>>(
      (inner, _, depth) => Object.defineProperty(async () => await inner(), 'name', { value: `level${depth}` }),
      () => send('select 1'),
    );
    await nest();
    const frames = framesOf(new AppSites({ root: here }), traces[0]);
    expect(frames.map((frame) => frame.function)).toEqual([
      null,
      ...Array.from({ length: 7 }, (_, depth) => `level${depth}`),
    ]);
  });

  test('are none for what is not a captured stack', () => {
    const sites = new AppSites({ root: here });
    for (const stack of [null, undefined, 'Error\n    at x (y.ts:1:2)', {}, []])
      expect(framesOf(sites, stack)).toEqual([]);
  });
});

/** As installed, so that its frames are not the app's: queries that are sent when somebody awaits them, and a pool's own queue. */
const builder = `
  exports.query = (send) => ({ then: (done, failed) => run(send).then(done, failed) });
  async function run(send) { return await send(); }
  exports.queue = (send) => new Promise((done) => setImmediate(() => done(send())));
`;

describe('a statement whose own stack does not show the app', () => {
  const directory = temporaryDirectory('installed');
  mkdirSync(join(directory.path, 'node_modules', 'builder'), { recursive: true });
  writeFileSync(join(directory.path, 'node_modules', 'builder', 'index.js'), builder);
  const { query, queue } = createRequire(join(directory.path, 'app.js'))('builder') as {
    query(send: () => Promise<unknown>): PromiseLike<unknown>;
    queue(send: () => Promise<unknown>): Promise<unknown>;
  };
  afterAll(() => directory.remove());

  const sites = new AppSites({ root: here });

  /** Sends one statement in a scope of its own; answers the functions that its stacks name. */
  async function sendOnce(through: typeof query | typeof queue, captureConnect = false): Promise<(string | null)[]> {
    const counters = new SiteCounters('auto');
    const traces: (Trace | null)[] = [];
    const connected = captureConnect ? counters.captureConnect(sendOnce) : null;
    const send = () => {
      const trace = counters.capture('select 1', 0, send, connected);
      traces.push(trace);
      return new Promise((done) => setImmediate(done)).then(function answered() {
        captureAnswer(trace, answered);
      });
    };
    async function asksForIt() {
      await through(send);
    }
    await asksForIt();
    return framesOf(sites, traces[0]).map((frame) => frame.function);
  }

  test('has the site of whoever awaits its answer, from the first one on', async () => {
    const turns = [];
    for (let turn = 0; turn < 5; turn++) turns.push((await sendOnce(query)).slice(0, 2));
    expect(turns).toEqual(Array(5).fill(['asksForIt', 'sendOnce']));
  });

  test('has the site where its client was taken from the pool, the first time too', async () => {
    const connecting = async () => await sendOnce(queue, true);
    expect((await connecting())[0]).toBe('connecting');
    expect((await connecting())[0]).toBe('connecting');
  });

  test('is looked for there only until a stack of the text was read, whatever the scopes were opened for', () => {
    const sent = (entry: string | null) => {
      const trace = new SiteCounters('auto', entry).capture('select 2', 0, sent, null) as Trace;
      captureAnswer(trace, sent);
      return trace;
    };
    const first = sent(null);
    expect(first.answered).not.toBeNull();
    const seen = sites.siteOf(first) as CallSite;
    sites.in(null).learn(first, { id: 'select 2' } as Shape, seen);
    expect([sent(null).answered, sent('GET /chats').answered]).toEqual([null, null]);
  });

  test('is given up after twelve that showed it nowhere', async () => {
    const nowhere = () => new Promise<void>((done) => setImmediate(() => void queue(send).then(() => done())));
    const traces: (Trace | null)[] = [];
    const send = () => {
      const trace = new SiteCounters('auto').capture('select 1', 0, send, null);
      traces.push(trace);
      return new Promise((done) => setImmediate(done)).then(function answered() {
        captureAnswer(trace, answered);
      });
    };
    for (let turn = 0; turn < 14; turn++) {
      await nowhere();
      expect(framesOf(sites, traces[turn])).toEqual([]);
    }
    expect(
      traces.map((trace) => (trace === null ? '-' : trace.answered === null ? 'sent' : 'answered')).join(' '),
    ).toBe(`${'answered '.repeat(12)}- -`);
  });
});

/** Stacks as texts, innermost first, of a process that runs in /app. */
function shownBy(
  sent: readonly string[],
  connected: readonly string[] | null = null,
  sites = new AppSites({ root: '/app' }),
) {
  const stackOf = (frames: readonly string[]) => ({
    stack: `Error\n${frames.map((frame) => `    at ${frame}`).join('\n')}`,
  });
  const trace: Trace = {
    text: textMemory('select 1'),
    sent: stackOf(sent),
    connected: connected && stackOf(connected),
    answered: null,
  };
  return sites.siteOf(trace);
}

const load = 'load (/app/src/chats.ts:14:5)';
const installed = (file: string) => `inside (/app/node_modules/${file}:1:1)`;

describe('packages between the app and the driver', () => {
  test.each<[string, string[], string[] | undefined]>([
    ['none', [load], undefined],
    [
      'a library',
      [installed('knex/lib/client.js'), 'new Promise (<anonymous>)', installed('knex/lib/run.js'), load],
      ['knex'],
    ],
    [
      'one on top of another, the outer one first',
      [installed('knex/lib/client.js'), `async ${installed('objection/lib/query.js')}`, `async ${load}`],
      ['objection', 'knex'],
    ],
    ['not the driver', [installed('pg-pool/index.js'), installed('pg/lib/client.js'), load], undefined],
    ['not queryscope', [installed('queryscope/dist/prisma.js'), load], undefined],
    ['not what calls the app', [load, installed('express/lib/router.js'), installed('dataloader/index.js')], undefined],
  ])('%s', (_, frames, expected) => {
    expect(shownBy(frames)).toMatchObject({ file: 'src/chats.ts', line: 14 });
    expect(shownBy(frames)?.through).toEqual(expected);
  });

  test('are those of both stacks where only the second shows the app', () => {
    const queued = [installed('typeorm/driver.js')];
    expect(shownBy(queued, [installed('nest-typeorm/source.js'), load])?.through).toEqual(['nest-typeorm', 'typeorm']);
  });

  test('are told by where the first client was taken, once the callers are gone from the stack', () => {
    const sites = new AppSites({ root: '/app' });
    const sent = [installed('pg-promise/lib/query.js'), `async ${load}`];
    const connected = [installed('pg-promise/lib/connect.js'), installed('massive/lib/database.js'), load];
    expect(shownBy(sent, null, sites)?.through).toEqual(['pg-promise']);
    expect(shownBy(sent, connected, sites)?.through).toEqual(['massive', 'pg-promise']);
    expect(shownBy(sent, null, sites)?.through).toEqual(['massive', 'pg-promise']);
  });
});

test('a resolver is what GraphQL has just called, through whatever wraps it', () => {
  const running = installed('graphql/execution/execute.js');
  const waiting = `async ${running}`;
  const wrapped = installed('@apollo/server/dist/schemaInstrumentation.js');
  const others = ['@graphql-tools/executor/esm/execute.js', 'graphql-jit/dist/runtime.js'].map(installed);
  const isResolver = (frames: string[]) => shownBy(frames)?.resolver ?? false;
  const called = [running, ...others].flatMap((executor) => [
    [load, executor],
    [load, wrapped, executor, load],
  ]);
  expect(called.map(isResolver)).toEqual(Array(6).fill(true));
  expect([[load, waiting], [load], [running, load]].map(isResolver)).toEqual([false, false, false]);
});

test('a line of what an ORM generated into the app is never shown', () => {
  const directory = temporaryDirectory('installed');
  const client = join(directory.path, 'generated', 'prisma');
  mkdirSync(join(client, 'runtime'), { recursive: true });
  writeFileSync(join(client, 'package.json'), JSON.stringify({ name: `prisma-client-${'0a'.repeat(32)}` }, null, 2));
  const frames = [`request (${client}/runtime/client.js:15:1)`, `load (${directory.path}/runtime/client.js:14:5)`];
  const site = shownBy(frames, null, new AppSites({ root: directory.path }));
  directory.remove();
  expect(site).toMatchObject({ file: 'runtime/client.js', line: 14, through: ['@prisma/client'] });
});

const traceOf = (text: string): Trace => ({ text: textMemory(text), sent: {}, connected: null, answered: null });

describe('what is remembered of a shape', () => {
  const shape: Shape = { id: 's1', text: '?', verb: 'select', reads: [], writes: [], locks: false, slots: [] };
  const site = (line: number, ...callers: number[]): CallSite =>
    siteOf([line, ...callers].map((at) => ({ file: 'a.ts', line: at, column: 1, function: 'f' }))) as CallSite;

  test('is its one site, in its longest form, until it has another', () => {
    const sites = new AppSites({ root: here }).in(entryOf(''));
    expect(sites.only(shape)).toBeNull();
    sites.learn(traceOf('select 1'), shape, site(1));
    expect(sites.only(shape)).toEqual(site(1));
    sites.learn(traceOf('select 1'), shape, site(1, 7));
    expect(sites.only(shape)).toEqual(site(1, 7));
    sites.learn(traceOf('select 1'), shape, site(1));
    expect(sites.only(shape)).toEqual(site(1, 7));
    sites.learn(traceOf('select 2'), shape, site(2));
    expect(sites.only(shape)).toBeNull();
    sites.learn(traceOf('select 1'), shape, site(1));
    expect(sites.only(shape)).toBeNull();
  });

  test('is nothing once it was doubted, and each execution is captured', () => {
    const sites = new AppSites({ root: here }).in(entryOf(''));
    const before = driver('auto');
    for (let i = 0; i < 3; i++) void before.send('select 1');
    sites.learn(traceOf('select 1'), shape, site(1));
    const { send, traces } = driver('auto');
    void send('select 1');
    sites.doubt(shape);
    expect(sites.only(shape)).toBeNull();
    for (let i = 0; i < 2; i++) void send('select 1');
    expect(traces.map((trace) => (trace === null ? '-' : 'stack')).join(' ')).toBe('- stack stack');
  });

  test('is asked of the entry first: what others send from elsewhere is nothing to it', () => {
    const app = new AppSites({ root: here });
    const [chats, users, jobs] = ['GET /chats', 'GET /users', 'GET /jobs'].map((name) => app.in(entryOf(name)));
    chats?.learn(traceOf('select 1'), shape, site(1));
    expect(users?.only(shape)).toEqual(site(1));
    users?.learn(traceOf('select 1'), shape, site(2));
    expect([chats, users, jobs].map((entry) => entry?.only(shape))).toEqual([site(1), site(2), null]);
    expect(app.in(null).only(shape)).toBeNull();
    users?.doubt(shape);
    expect([chats, users].map((entry) => entry?.only(shape))).toEqual([site(1), null]);
  });

  test('is the same for all of the process, and bounded', () => {
    new AppSites({ root: here }).in(entryOf('')).learn(traceOf('select 1'), shape, site(1));
    const sites = new AppSites({ root: here }).in(entryOf(''));
    expect(sites.only(shape)).toEqual(site(1));
    for (let i = 0; i < 4_000; i++) sites.learn(traceOf(`select ${i}`), { ...shape, id: `other ${i}` }, site(i));
    expect(sites.only(shape)).toBeNull();
    expect(sites.only({ ...shape, id: 'other 3999' })).toEqual(site(3999));
  });
});
