// Whether a value fits a JSON Schema, for the part of the language that the published schema uses: so that what is read is checked by the very schema
// that others are given, and no package has to come along for it.

/** The keywords that are checked. Any other is refused, since it would be believed to be. */
export interface Schema {
  $ref?: string;
  anyOf?: readonly Schema[];
  enum?: readonly unknown[];
  const?: unknown;
  type?: string | readonly string[];
  minimum?: number;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  additionalProperties?: Schema;
  items?: Schema;
  $defs?: Readonly<Record<string, Schema>>;
  /** Say nothing of a value. */
  $schema?: string;
  title?: string;
  description?: string;
}

export type Fits = (value: unknown) => boolean;

/** Answers the check of a whole schema. Throws where it uses a keyword, or names a definition, that is not known. */
export function fits(schema: Schema): Fits {
  return new Compiler(schema.$defs ?? {}).check(schema);
}

const POINTER = '#/$defs/';

class Compiler {
  readonly #definitions: Readonly<Record<string, Schema>>;
  readonly #known = new Map<string, Fits>();

  constructor(definitions: Readonly<Record<string, Schema>>) {
    this.#definitions = definitions;
  }

  check(schema: Schema): Fits {
    const checks = Object.keys(schema).flatMap((keyword) => this.#checkOf(keyword as keyof Schema, schema) ?? []);
    const [first, ...others] = checks;
    if (first === undefined) return () => true;
    return others.length === 0 ? first : (value) => checks.every((check) => check(value));
  }

  /** The check of one keyword; null: it says nothing of a value, or is part of another's. */
  #checkOf(keyword: keyof Schema, schema: Schema): Fits | null {
    switch (keyword) {
      case '$ref':
        return this.#definition(schema.$ref as string);
      case 'anyOf': {
        const checks = (schema.anyOf as readonly Schema[]).map((one) => this.check(one));
        return (value) => checks.some((check) => check(value));
      }
      case 'enum':
        return (value) => schema.enum?.includes(value) === true;
      case 'const':
        return (value) => value === schema.const;
      case 'type':
        return hasType([schema.type as string | readonly string[]].flat());
      case 'minimum':
        return (value) => typeof value !== 'number' || value >= (schema.minimum as number);
      case 'properties':
        return this.#properties(Object.entries(schema.properties ?? {}));
      case 'required':
        return (value) => !isRecord(value) || schema.required?.every((name) => Object.hasOwn(value, name)) === true;
      case 'additionalProperties':
        return this.#additional(schema);
      case 'items': {
        const check = this.check(schema.items as Schema);
        return (value) => !Array.isArray(value) || value.every(check);
      }
      case '$defs':
      case '$schema':
      case 'title':
      case 'description':
        return null;
      default:
        throw new TypeError(`the keyword '${keyword}' is not checked`);
    }
  }

  /** Definitions may hold themselves: each is compiled once, when it is first asked. */
  #definition(reference: string): Fits {
    const name = reference.slice(POINTER.length);
    const schema = this.#definitions[name];
    if (!reference.startsWith(POINTER) || schema === undefined) throw new TypeError(`there is no '${reference}'`);
    let check = this.#known.get(name);
    if (check !== undefined) return check;
    this.#known.set(name, (value) => (check as Fits)(value));
    check = this.check(schema);
    this.#known.set(name, check);
    return check;
  }

  #properties(properties: readonly [string, Schema][]): Fits {
    const checks = properties.map(([name, schema]) => [name, this.check(schema)] as const);
    return (value) =>
      !isRecord(value) || checks.every(([name, check]) => !Object.hasOwn(value, name) || check(value[name]));
  }

  #additional({ additionalProperties, properties = {} }: Schema): Fits {
    const check = this.check(additionalProperties as Schema);
    return (value) =>
      !isRecord(value) ||
      Object.entries(value).every(([name, member]) => Object.hasOwn(properties, name) || check(member));
  }
}

function hasType(types: readonly string[]): Fits {
  const [first, ...others] = types.map(typeCheck);
  if (first !== undefined && others.length === 0) return first;
  const checks = types.map(typeCheck);
  return (value) => checks.some((check) => check(value));
}

function typeCheck(type: string): Fits {
  switch (type) {
    case 'null':
      return (value) => value === null;
    case 'array':
      return Array.isArray;
    case 'object':
      return isRecord;
    case 'integer':
      return Number.isInteger;
    case 'string':
    case 'number':
    case 'boolean':
      return (value) => typeof value === type;
    default:
      throw new TypeError(`the type '${type}' is not checked`);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
