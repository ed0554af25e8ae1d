import fc from 'fast-check';
import { conforms, type Schema } from './schema-check.ts';

/** Values that mean something to the running application, by the name of the field they go in. */
export type Dictionary = Record<string, unknown[]>;

const DATE_TIMES = [
  '2026-12-31T23:59:60Z',
  '2026-11-24t12:00:00z',
  '2999-01-01T00:00:00Z',
  '0000-01-01T00:00:00+14:00',
];

/** Values that conform to a schema; where the dictionary knows the field, mostly its values. */
export function validValue(schema: Schema, dictionary: Dictionary, name = ''): fc.Arbitrary<unknown> {
  const made = makeUp(schema, dictionary).filter((value) => conforms(schema, value));
  const known = (Object.hasOwn(dictionary, name) ? (dictionary[name] as unknown[]) : []).filter((value) =>
    conforms(schema, value),
  );
  if (known.length === 0) return made;
  return fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: made });
}

function makeUp(schema: Schema, dictionary: Dictionary): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'string':
      return text(schema);
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -1000, max: schema.maximum ?? 1000 });
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(validValue(schema.items ?? {}, dictionary), { maxLength: 3 });
    case 'object':
      return object(schema, dictionary);
    default:
      throw new Error(`The fuzzer makes no values of the type ${schema.type}.`);
  }
}

function object({ properties = {}, required = [] }: Schema, dictionary: Dictionary): fc.Arbitrary<unknown> {
  const fields = Object.entries(properties).map(([name, schema]) => [name, validValue(schema, dictionary, name)]);
  return fc.record(Object.fromEntries(fields) as Record<string, fc.Arbitrary<unknown>>, {
    requiredKeys: required,
    noNullPrototype: true,
  });
}

function text({ pattern, format, minLength = 0, maxLength = 40 }: Schema): fc.Arbitrary<string> {
  if (format === 'date-time') {
    const now = fc.integer({ min: -300, max: 300 }).map((s) => new Date(Date.now() + s * 1000).toISOString());
    return fc.oneof(now, fc.constantFrom(...DATE_TIMES));
  }
  if (pattern !== undefined && !pattern.startsWith('^[^')) return matching(pattern);
  // Patterns of free text only keep control characters out; text from everywhere is worth more there.
  const any = fc.string({
    unit: fc.constantFrom(...'aZ09 -_äß漢字🎥👩‍👩‍👧"\'\\<%&;\u202e\u2028'),
    minLength,
    maxLength,
  });
  const longest = fc.constantFrom('a', '🎥').map((unit) => unit.repeat(maxLength));
  return fc.oneof({ weight: 5, arbitrary: any }, { weight: 1, arbitrary: longest });
}

const byPattern = new Map<string, fc.Arbitrary<string>>();

/** Made once for each pattern: fast-check takes its time to prepare them. */
function matching(pattern: string): fc.Arbitrary<string> {
  const arbitrary = byPattern.get(pattern) ?? fc.stringMatching(new RegExp(pattern));
  byPattern.set(pattern, arbitrary);
  return arbitrary;
}
