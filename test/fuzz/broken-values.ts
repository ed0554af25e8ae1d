import fc from 'fast-check';

const HOSTILE_TEXTS = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  'a\udfffb',
  '\u202eabc',
  '\r\nX-Injected: 1',
  "' or '1'='1",
  '$1; drop table users; --',
  '../../etc/passwd',
  '{{7*7}}',
  '%00',
  '__proto__',
  'constructor',
  'null',
  'ses_',
  `ses_${'x'.repeat(65)}`,
  'usr_\u0000',
  '00000000-0000-0000-0000-000000000000',
  'urn:uuid:5f0c8a9e-2b7d-4e31-8f64-9d1c2a3b4e5f',
  'x'.repeat(129),
  '🎥'.repeat(129),
  'x'.repeat(70_000),
];
const HOSTILE_NUMBERS = [0, -1, 1.5, 1001, 2 ** 31, 2 ** 53, -(2 ** 63), 1e21, 1e308, 5e-324, 604_801];
const HOSTILE_OTHERS: unknown[] = [null, true, false, [], {}, [[]], [null], { length: 1 }, { toString: 1 }];
const STRANGE_NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  '\u0000',
  'unknown_field',
  '$ref',
  '0',
];

/** Values that hardly any field is made for. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<unknown>(...HOSTILE_TEXTS) },
  { weight: 3, arbitrary: fc.constantFrom<unknown>(...HOSTILE_NUMBERS) },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(...HOSTILE_OTHERS) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
);

/** Such as fit into a request line. */
export const hostileText: fc.Arbitrary<string> = fc.constantFrom(...HOSTILE_TEXTS.filter((text) => text.length < 1000));

type Change = { at: number; how: 'replace' | 'remove' | 'add' | 'wrap'; name: string; value: unknown };

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(1000),
  how: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'add', 'wrap'),
  name: fc.constantFrom(...STRANGE_NAMES),
  value: hostileValue,
});

/** A JSON value with one to three things in it changed for the worse. It may still conform to its schema. */
export function brokenValue(valid: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(valid, fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([value, changes]) => changes.reduce(applyChange, structuredClone(value)));
}

/** Changes the place with the number `at`, counted through the whole value, modulo their count. */
function applyChange(value: unknown, { at, how, name, value: shared }: Change): unknown {
  const hostile = structuredClone(shared);
  const places = listPlaces(value);
  const { parent, key } = places[at % places.length] as Place;
  const target = parent === undefined ? value : parent[key];
  if (how === 'add' && isObject(target)) {
    // Assigning to `__proto__` would be something else.
    Object.defineProperty(target, name, { value: hostile, enumerable: true, configurable: true, writable: true });
    return value;
  }
  if (how === 'remove' && parent !== undefined) {
    delete parent[key];
    return value;
  }
  const instead = how === 'wrap' ? [target] : hostile;
  if (parent === undefined) return instead;
  parent[key] = instead;
  return value;
}

interface Place {
  parent: Record<string, unknown> | undefined;
  key: string;
}

function listPlaces(value: unknown): Place[] {
  const below = (parent: Record<string, unknown>): Place[] =>
    Object.keys(parent).flatMap((key) => {
      const part = parent[key];
      return [{ parent, key }, ...(isObject(part) ? below(part) : [])];
    });
  return [{ parent: undefined, key: '' }, ...(isObject(value) ? below(value) : [])];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Bytes that are almost the JSON of a value, or not at all. */
export function brokenBytes(value: fc.Arbitrary<unknown>): fc.Arbitrary<Buffer> {
  const spoilers: ((text: string) => string | Buffer)[] = [
    () => '',
    () => ' ',
    () => '{',
    () => 'null',
    () => '"text"',
    () => '[]',
    () => 'undefined',
    (text) => text.slice(0, -1),
    (text) => `${text}}`,
    (text) => `${text} trailing`,
    (text) => `${text}${text}`,
    (text) => text.replaceAll('"', "'"),
    (text) => text.replace(/\}$/, ',}'),
    (text) => `/* comment */${text}`,
    (text) => text.replace(/:\s*[^,}]+/, ':1e400'),
    (text) => text.replace(/:\s*[^,}]+/, ':NaN'),
    (text) => text.replace(/:\s*[^,}]+/, ':01'),
    (text) => text.replace(/:\s*[^,}]+/, ':123456789012345678901234567890'),
    (text) => text.replace(/\}$/, `${text === '{}' ? '' : ','}"x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`),
    (text) => text.replace(/:\s*"/, ':"\u0001'),
    (text) => Buffer.concat([Buffer.from(text.slice(0, 5)), Buffer.from([0xff, 0xfe]), Buffer.from(text.slice(5))]),
    (text) => Buffer.from(text, 'utf16le'),
    (text) => text.replace(/\}$/, ' '.repeat(1_048_600)),
  ];
  return fc
    .tuple(value, fc.constantFrom(...spoilers))
    .map(([valid, spoil]) => Buffer.from(spoil(JSON.stringify(valid))));
}
