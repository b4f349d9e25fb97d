// The published schema: it is a schema, our files fit it by somebody else's validator too, ours judges as that one does, and it says what the types say.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import { compile } from 'json-schema-to-typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fits } from '../../../src/outputs/json/fits.js';
import schema from '../../../src/outputs/json/line-1.json';
import fc from '../../support/properties.js';
import { exampleLines } from './example-lines.js';

const root = join(__dirname, '../../..');
const ajv = new Ajv({ strict: true, allowUnionTypes: true });
const byAjv = ajv.compile(schema);
const ours = fits(schema);

describe('what is written', () => {
  it('fits the schema, every kind of line', () => {
    const lines = exampleLines();
    expect(new Set(lines.map(({ is }) => is))).toEqual(new Set(['process', 'sources', 'state', 'scope']));
    for (const line of lines) {
      byAjv(JSON.parse(JSON.stringify(line)));
      expect([byAjv.errors, ours(line)]).toEqual([null, true]);
    }
  });

  it('says nothing that the schema does not name', () => {
    const strict = ajv.compile(closed(schema));
    for (const line of exampleLines()) {
      strict(JSON.parse(JSON.stringify(line)));
      expect(strict.errors).toBeNull();
    }
  });
});

it('is judged by us as by another validator, also where a member is replaced or missing', () => {
  const lines = exampleLines().map((line) => JSON.stringify(line));
  let refused = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...lines),
      fc.nat(),
      fc.constantFrom(undefined, null, -1, 1.5, 'x', true, [], {}, [1], [{}]),
      (text, where, put) => {
        const line = JSON.parse(text);
        replace(line, where, put);
        expect(ours(line)).toBe(byAjv(line));
        if (!ours(line)) refused++;
      },
    ),
    { numRuns: 2_000 },
  );
  expect(refused).toBeGreaterThan(500);
});

it.each([
  ['a keyword', { type: 'string', maxLength: 3 }, "the keyword 'maxLength' is not checked"],
  ['a type', { type: 'date' }, "the type 'date' is not checked"],
  ['a definition', { $ref: '#/$defs/none' }, "there is no '#/$defs/none'"],
])('is not taken with %s that is not checked', (_, given, message) => {
  expect(() => fits(given)).toThrow(message);
});

describe('schema and types', () => {
  let scratch: string;
  beforeAll(() => {
    mkdirSync(join(root, 'node_modules/.cache'), { recursive: true });
    scratch = mkdtempSync(join(root, 'node_modules/.cache/schema-'));
  });
  afterAll(() => rmSync(scratch, { recursive: true }));

  it('say the same', async () => {
    expect(await differences(scratch, schema)).toBe('');
  });

  it.each<[string, (changed: typeof schema) => void]>([
    [
      'a member that the types lack',
      ({ $defs: { slot } }) =>
        Object.assign(slot.properties, { more: { type: 'string' } }) && slot.required.push('more'),
    ],
    ['a member less', ({ $defs: { frame } }) => Reflect.deleteProperty(frame.properties, 'place')],
    ['another type', ({ $defs: { finding } }) => Object.assign(finding.properties.message, { type: 'integer' })],
    [
      'null where the types have none',
      ({ $defs: { profile } }) => Object.assign(profile.properties.label, { type: ['string', 'null'] }),
    ],
    [
      'an optional member that is not',
      ({ $defs: { profile } }) => profile.required.splice(profile.required.indexOf('flows'), 1),
    ],
  ])('would not with %s', async (_, change) => {
    const changed = structuredClone(schema);
    change(changed);
    expect(await differences(scratch, changed)).toMatch(/error TS\d+/);
  });
});

/** What the compiler has against taking lines by the schema for lines by the types, and the other way round. */
async function differences(scratch: string, given: object): Promise<string> {
  const types = await compile(given as Parameters<typeof compile>[0], 'SchemaLine', {
    additionalProperties: false,
    bannerComment: '',
  });
  const program = `${types}
import type { Line } from '${join(root, 'src/outputs/json/line.js')}';
type Name = ${types.match(/export type (\w+) = Process\b/)?.[1]};
export const bySchema = (line: Name): Line => line;
export const byTypes = (line: Line): Name => line;
type Members<T> = T extends readonly (infer V)[] ? Members<V>[] : T extends object ? { [K in keyof Required<T>]: Members<Required<T>[K]> } : 1;
export const sameMembers = (line: Members<Name>): Members<Line> => line;
export const membersSame = (line: Members<Line>): Members<Name> => line;
`;
  writeFileSync(join(scratch, 'agree.ts'), program);
  const config = { extends: join(root, 'tsconfig.json'), include: [join(scratch, 'agree.ts')] };
  writeFileSync(
    join(scratch, 'tsconfig.json'),
    JSON.stringify({ ...config, compilerOptions: { exactOptionalPropertyTypes: false } }),
  );
  try {
    return execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', scratch], {
      encoding: 'utf8',
    });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

/** The schema with no room for members that it does not name. */
function closed(part: unknown): object {
  const close = (_: string, value: unknown) => {
    const { type, properties, additionalProperties } = (value ?? {}) as Record<string, unknown>;
    return type === 'object' && properties && !additionalProperties
      ? { ...(value as object), additionalProperties: false }
      : value;
  };
  return JSON.parse(JSON.stringify(part, close));
}

/** Puts a value in the place of one of all the members below `value`; undefined takes it away. */
function replace(value: object, where: number, put: unknown): void {
  const places: [object, string][] = [];
  const collect = (holder: object) => {
    for (const [name, member] of Object.entries(holder)) {
      places.push([holder, name]);
      if (typeof member === 'object' && member !== null) collect(member);
    }
  };
  collect(value);
  const [holder, name] = places[where % places.length] as [object, string];
  if (put !== undefined) Reflect.set(holder, name, put);
  else if (Array.isArray(holder)) holder.splice(Number(name), 1);
  else Reflect.deleteProperty(holder, name);
}
