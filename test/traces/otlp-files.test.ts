// Files of traces as they are found: in every framing that writers have, packed, rotated, mixed, broken and empty. What can be read is judged, and what
// cannot is counted with its first place.

import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { zstd } from '../../src/sources/zstd.js';
import { judgedFiles, lost, told } from '../analyze/judged-files.js';
import { encoded, http, requestOf, SERVER, sql } from './request.js';

/** A message with a request of six statements. */
function message(number: number): object {
  const trace = String(number + 1);
  return requestOf([
    { id: 'r', trace, kind: SERVER, at: [number, number + 100], attributes: http(`/${number}`) },
    ...Array.from({ length: 6 }, (_, turn) => ({
      id: `s${turn}`,
      parent: 'r',
      trace,
      at: [number + turn, number + turn + 1] as const,
      attributes: sql('select * from users where id = $1'),
    })),
  ]);
}

const JUDGED = (number: number) => [`shop: GET /${number}`, 6, ['n-plus-one likely 6']];
const line = (number: number) => JSON.stringify(message(number));

function framed(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** As protobuf: ids are bytes there. */
function proto(number: number): Buffer {
  const json = JSON.stringify(message(number), (key, value) =>
    /^(?:traceId|spanId|parentSpanId)$/.test(key) ? [...Buffer.from(value, 'hex')] : value,
  );
  return encoded(JSON.parse(json));
}

const FRAMINGS: Readonly<Record<string, string | Buffer>> = {
  'a line each': `${line(0)}\n${line(1)}\n`,
  'lines without the last end': `${line(0)}\r\n\n${line(1)}`,
  'a mark of the encoding': `\ufeff${line(0)}\n${line(1)}\n`,
  'one document of several lines': `${JSON.stringify(message(0), null, 2)}\n${JSON.stringify(message(1), null, '\t')}`,
  'a list of documents': JSON.stringify([message(0), message(1)], null, 2),
  'a list with an element a line': `[\n${line(0)},\n${line(1)}\n]\n`,
  'protobuf with lengths': Buffer.concat([framed(proto(0)), framed(proto(1))]),
  'one message of protobuf': Buffer.concat([proto(0), proto(1)]),
  'JSON with lengths': Buffer.concat([framed(Buffer.from(line(0))), framed(Buffer.from(line(1)))]),
};

test.each(Object.entries(FRAMINGS))('%s', async (_, content) => {
  for (const file of [content, gzipSync(content)]) {
    const run = await judgedFiles({ 'any.name': file });
    expect([told(run), lost(run)]).toEqual([[JUDGED(0), JUDGED(1)], []]);
  }
});

/** Only its first bytes are looked at where there is no zstd. */
const ZSTD = Buffer.from('28b52ffd240b5900006e6f207472616365730a', 'hex');

const withZstd = async () => {
  const { zstdCompressSync } = (await import('node:zlib')) as unknown as { zstdCompressSync(bytes: Buffer): Buffer };
  for (const file of [
    zstdCompressSync(Buffer.from(`${line(0)}\n${line(1)}`)),
    Buffer.concat([framed(zstdCompressSync(proto(0))), framed(zstdCompressSync(proto(1)))]),
    Buffer.concat([framed(zstdCompressSync(Buffer.from(line(0)))), framed(zstdCompressSync(Buffer.from(line(1))))]),
  ]) {
    const run = await judgedFiles({ 'traces.zst': file });
    expect([told(run), lost(run)]).toEqual([[JUDGED(0), JUDGED(1)], []]);
  }
};

const withoutZstd = async () => {
  const run = await judgedFiles({ 'a.zst': ZSTD, 'b.bin': framed(ZSTD), 'c.json': line(0) });
  expect(told(run)).toEqual([JUDGED(0)]);
  expect(lost(run)).toEqual([
    '1× files are compressed by zstd, which Node.js can read from 22.15 on: a.zst',
    '1× messages are compressed by zstd, which Node.js can read from 22.15 on: b.bin byte 0',
  ]);
};

// One of both on each Node.js.
if (zstd === null) test('zstd where Node.js has none', withoutZstd);
else test('zstd, of a whole file and of each message, as the collector writes both', withZstd);

test('a request in two files of a rotated set, one of them packed', async () => {
  const whole = line(0);
  const { resourceSpans } = JSON.parse(whole);
  const spans = resourceSpans[0].scopeSpans[0].spans;
  const part = (some: unknown[]) =>
    JSON.stringify({ resourceSpans: [{ ...resourceSpans[0], scopeSpans: [{ spans: some }] }] });
  const run = await judgedFiles({
    'traces.json': part(spans.slice(0, 3)),
    'traces.json.1': gzipSync(part(spans.slice(3))),
  });
  expect([told(run), lost(run)]).toEqual([[JUDGED(0)], []]);
});

const BROKEN: Readonly<Record<string, { content: string | Buffer; judged: number[]; lost: string[] }>> = {
  'a broken line between whole ones': {
    content: `${line(0)}\n{"resourceSpans": [{\n${line(1)}\n`,
    judged: [0, 1],
    lost: ['1× lines could not be read as JSON: t line 2'],
  },
  'lines of something else': {
    content: `${line(0)}\nstarting\n"text"\n{"a":1}\n{"resourceMetrics":[]}\n{"resourceLogs":[]}\n${line(1)}`,
    judged: [0, 1],
    lost: [
      '1× lines could not be read as JSON: t line 2',
      '2× messages are JSON and no traces: t line 3 first',
      '2× messages hold metrics or logs, and no traces: t line 5 first',
    ],
  },
  'the last line cut off': {
    content: `${line(0)}\n${line(1).slice(0, -20)}`,
    judged: [0],
    lost: ['1× files end in the middle of a message: t line 2'],
  },
  'protobuf cut off': {
    content: Buffer.concat([framed(proto(0)), framed(proto(1)).subarray(0, -5)]),
    judged: [0],
    lost: [`1× files end in the middle of a message: t byte ${framed(proto(0)).length}`],
  },
  'a message of protobuf that is none': {
    content: Buffer.concat([framed(proto(0)), framed(Buffer.from('0a05ff', 'hex')), framed(proto(1))]),
    judged: [0, 1],
    lost: [`1× messages could not be understood as traces: t byte ${framed(proto(0)).length}`],
  },
  'gzip cut off': {
    content: gzipSync(`${line(0)}\n${line(1)}\n${'x'.repeat(100_000)}`).subarray(0, -9),
    judged: [0, 1],
    lost: [],
  },
  'spans without ids and times': {
    content: `{"resourceSpans":[{"scopeSpans":[{"spans":[{},{"traceId":"1","spanId":"2","startTimeUnixNano":"x"}]}]},7]}\n${line(0)}`,
    judged: [0],
    lost: ['2× spans have no id or no time: t line 1 first'],
  },
};

test.each(Object.entries(BROKEN))('%s', async (_, { content, judged, lost: expected }) => {
  const run = await judgedFiles({ t: content });
  expect(told(run)).toEqual(judged.map(JUDGED));
  for (const each of expected) expect(lost(run)).toContain(each);
  expect(lost(run).length).toBeGreaterThan(0);
});

test('empty files, files of no format and files that are broken from the beginning beside a whole one', async () => {
  const run = await judgedFiles({
    'empty.json': '',
    'empty.gz': gzipSync(''),
    'readme.txt': 'Nothing that anybody traced.\n',
    'broken.gz': Buffer.concat([Buffer.from('1f8b', 'hex'), Buffer.from('no gzip at all')]),
    'whole.json': line(0),
  });
  expect(told(run)).toEqual([JUDGED(0)]);
  expect(
    run.losses.map(({ code, count, message }) => [code, count, message.replace(/\(.* names a format\)/, '(…)')]),
  ).toEqual([
    ['not-judged', 2, 'files are empty: empty.json first'],
    ['file-unreadable', 1, 'files are in no format that is known (…): readme.txt'],
    ['file-unreadable', 1, 'files could not be read to their end (Z_DATA_ERROR): broken.gz'],
  ]);
});

test('whatever is broken in a file, nothing is thrown, and it is either judged or counted', async () => {
  const whole = Buffer.from(`${line(0)}\n${line(1)}\n`);
  const lengths = Buffer.concat([framed(proto(0)), framed(proto(1))]);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(whole, lengths, gzipSync(whole)),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.integer({ min: 1, max: 255 }),
      fc.boolean(),
      async (file, where, flipped, isCut) => {
        const at = Math.floor(where * file.length);
        const broken = Buffer.from(isCut ? file.subarray(0, at) : file);
        if (!isCut) broken[at] = (broken[at] as number) ^ flipped;
        const run = await judgedFiles({ t: broken }, { from: 'otlp' });
        expect(run.reports.length + run.losses.length).toBeGreaterThan(0);
      },
    ),
    { numRuns: 150 },
  );
});
