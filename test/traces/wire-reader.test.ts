// Protobuf's wire format, held against OpenTelemetry's own generated encoder, and against bytes that are no message.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ExportedSpan, Resources } from '../../src/traces/exported-span.js';
import { spansOfProto } from '../../src/traces/otlp-proto.js';
import { WireError, WireReader } from '../../src/traces/wire-reader.js';
import { encoded } from './request.js';

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');

/** One span with what differs from the usual, through the generated encoder and back. */
function readBack(span: object, resource: object = {}): ExportedSpan | undefined {
  const usual = {
    traceId: bytes('0102030405060708090a0b0c0d0e0f10'),
    spanId: bytes('1112131415161718'),
    name: 'name',
    startTimeUnixNano: 1_767_225_600_000_250_000n.toString(),
    endTimeUnixNano: 1_767_225_600_001_500_000n.toString(),
  };
  return spansOfProto(
    encoded({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'x' }, spans: [{ ...usual, ...span }] }] }] }),
    new Resources(),
  )[0];
}

test('a span as the generated encoder writes it', () => {
  const attribute = (key: string, value: object) => ({ key, value });
  const span = readBack(
    {
      parentSpanId: bytes('2122232425262728'),
      traceState: 'ot=th:8',
      kind: 2,
      droppedAttributesCount: 4,
      status: { code: 2, message: 'no' },
      events: [{ name: 'passed over', timeUnixNano: 1 }],
      attributes: [
        attribute('db.text', { stringValue: 'ä€😀' }),
        attribute('db.true', { boolValue: true }),
        attribute('db.negative', { intValue: -5 }),
        attribute('db.large', { intValue: '9007199254740993' }),
        attribute('db.double', { doubleValue: 2.5 }),
        attribute('db.list', { arrayValue: { values: [{ stringValue: 'a' }, { intValue: 1 }] } }),
        attribute('db.map', { kvlistValue: { values: [attribute('x', { intValue: 1 })] } }),
        attribute('other', { stringValue: 'not kept' }),
      ],
    },
    { attributes: [attribute('service.name', { stringValue: 'shop' })] },
  );
  expect(span).toEqual({
    traceId: '0102030405060708090a0b0c0d0e0f10',
    spanId: '1112131415161718',
    parentId: '2122232425262728',
    name: 'name',
    kind: 2,
    startMs: 1_767_225_600_000.25,
    endMs: 1_767_225_600_001.5,
    failed: true,
    attributes: {
      'db.text': 'ä€😀',
      'db.true': true,
      'db.negative': -5,
      'db.large': '9007199254740993',
      'db.double': 2.5,
      'db.list': ['a', 1],
      'db.map': null,
    },
    resource: { service: 'shop' },
    // That encoder is older than the field.
    isRemote: null,
    isSampled: true,
    droppedAttributes: 4,
  });
});

test('any integer of 64 bits, and any text', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.string(), (integer, text) => {
      const span = readBack({
        attributes: [
          { key: 'db.integer', value: { intValue: integer.toString() } },
          { key: 'db.text', value: { stringValue: text } },
        ],
      });
      const expected = Number.isSafeInteger(Number(integer)) ? Number(integer) : integer.toString();
      expect(span?.attributes).toEqual({ 'db.integer': expected, 'db.text': Buffer.from(text).toString() });
    }),
    { numRuns: 200 },
  );
});

test('one process is one resource, over all messages', () => {
  const resources = new Resources();
  const request = (service: string) =>
    encoded({
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
          scopeSpans: [
            { spans: [{ traceId: Buffer.alloc(16, 1), spanId: Buffer.alloc(8, 1), startTimeUnixNano: 1, name: 'n' }] },
          ],
        },
      ],
    });
  const [a, b, c] = ['shop', 'shop', 'billing'].map((name) => spansOfProto(request(name), resources)[0]?.resource);
  expect(a).toBe(b);
  expect([a?.service, c?.service]).toEqual(['shop', 'billing']);
});

test.each([
  ['a field that is longer than its message', '0a05 0102'],
  ['a number that never ends', '08ff ffff ffff ffff ffff ffff'],
  ['a type that there is not', '0b'],
  ['a field without a number', '0000'],
  ['a number cut off', '0880'],
])('%s is refused', (_, hex) => {
  const reader = new WireReader(bytes(hex));
  expect(() => {
    while (reader.next());
  }).toThrow(WireError);
});

test('any bytes are either read or refused, and nothing else is thrown', () => {
  const whole = encoded({
    resourceSpans: [
      {
        scopeSpans: [
          { spans: [{ traceId: Buffer.alloc(16, 1), spanId: Buffer.alloc(8, 1), startTimeUnixNano: 1, name: 'n' }] },
        ],
      },
    ],
  });
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      fc.nat(whole.length - 1),
      fc.integer({ min: 1, max: 255 }),
      (noise, at, flipped) => {
        const broken = Buffer.from(whole);
        broken[at] = (broken[at] as number) ^ flipped;
        for (const each of [Buffer.from(noise), broken, whole.subarray(0, at)]) {
          try {
            spansOfProto(each, new Resources());
          } catch (error) {
            expect(error).toBeInstanceOf(WireError);
          }
        }
      },
    ),
    { numRuns: 1_000 },
  );
});
