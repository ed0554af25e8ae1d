import {
  headersOf,
  join,
  lookUp,
  type Node,
  nodeOf,
  operationsOf,
  type Place,
  parametersOf,
  responsesOf,
  schemasOf,
} from './document.ts';
import type { Fault } from './index.ts';

/** Words that a name doesn't have, and that tell nothing. */
const FILLERS = ['a', 'an', 'the', 'of', 'its', 'this', 'and', 'for', 'is', 'it'];
const FEWEST_WORDS = 4;

/** What a number's name says that it counts, and how its description has to say it. */
const UNITS: [name: RegExp, text: RegExp, unit: string][] = [
  [/(?:^|_)seconds$|^Retry-After$|^X-RateLimit-Reset$/, /\bseconds?\b/i, 'seconds'],
  [/_ms$/, /\bmilliseconds?\b/i, 'milliseconds'],
  [/_minutes$/, /\bminutes?\b/i, 'minutes'],
  [/_bytes$/, /\bbytes?\b/i, 'bytes'],
  [/_kbps$/, /\bkilobits? per second\b/i, 'kilobits per second'],
  [/_pct$/, /\bper ?cent\b/i, 'percent'],
  [/_port$/, /\b(?:UDP|TCP) port\b/, 'UDP port, or TCP port'],
  [/_(?:conns|relays|count)$|^limit$|^X-RateLimit-(?:Limit|Remaining)$/, /\bhow many\b/i, 'how many'],
];
const NUMBERS = ['integer', 'number'];
const MOMENT = /\b(?:when|moment|instant)\b/i;
const TIME_NAME = /(?:^|_)at$|^as_of$|_(?:start|end|time|date)$/;

/** Descriptions are sentences that say more than the name they stand beside. */
export function descriptionTexts(document: Node): Fault[] {
  return [...describedPlaces(document), ...operationsOf(document)].flatMap(({ pointer, node }) => {
    const { description } = node;
    if (typeof description !== 'string' || description.trim() === '') return [];
    const at = (message: string): Fault => ({ pointer: join(pointer, 'description'), message });
    return [
      ...(description.trimEnd().endsWith('.') ? [] : [at('must end with a period')]),
      ...(saysMore(nameOf({ pointer, node }), description) ? [] : [at('must say more than the name does')]),
    ];
  });
}

/** Numbers have a unit. */
export function units(document: Node): Fault[] {
  return describedPlaces(document).flatMap(({ pointer, node }) => {
    const type = node.type ?? nodeOf(node.schema).type;
    if (!NUMBERS.includes(String(type))) return [];
    const missing = UNITS.filter(
      ([name, text]) => name.test(nameOf({ pointer, node })) && !text.test(String(node.description)),
    );
    return missing.map(([, , unit]) => ({ pointer: join(pointer, 'description'), message: `must say: ${unit}` }));
  });
}

/** Times have the one format, and it is said of which moment they are. Bodies of raw bytes are in the words of others. */
export function moments(document: Node): Fault[] {
  const raw = rawSchemas(document);
  return schemasOf(document).flatMap(({ pointer, node, role, name = '' }) => {
    const isTime = role === 'property' && TIME_NAME.test(name) && node.type === 'string';
    if (isTime && node.format !== 'date-time' && !raw.some((schema) => pointer.startsWith(`${schema}/`))) {
      return [{ pointer: join(pointer, 'format'), message: 'must be date-time' }];
    }
    if (node.format !== 'date-time' || MOMENT.test(descriptionOf(document, { pointer, node }))) return [];
    return [{ pointer: join(pointer, 'description'), message: 'must say when, or of which moment' }];
  });
}

/** Of each value that there may be, it is said what it means. */
export function enumValues(document: Node): Fault[] {
  return schemasOf(document).flatMap(({ pointer, node }) => {
    const values: unknown[] = Array.isArray(node.enum) ? node.enum : [];
    const text = descriptionOf(document, { pointer, node });
    const untold = values.filter((value) => value !== null && !text.includes(`\`${value}\``));
    return untold.map((value) => ({ pointer: join(pointer, 'enum'), message: `\`${value}\` must be described` }));
  });
}

/** Everything with a description and a name of its own. */
function describedPlaces(document: Node): Place[] {
  const schemas = schemasOf(document).filter(({ role }) => ['component', 'property'].includes(role));
  const places = [...parametersOf(document), ...headersOf(document), ...responsesOf(document), ...schemas];
  return places.filter(({ node }) => node.$ref === undefined);
}

/** A parameter's or a header's schema is described by what it belongs to. */
function descriptionOf(document: Node, { pointer, node }: Place): string {
  const owner = nodeOf(lookUp(document, pointer.slice(0, pointer.lastIndexOf('/'))));
  return String(node.description ?? owner.description ?? '');
}

/** As in the pointer; of a header under components, as it is sent (`RetryAfter` is `Retry-After`). */
function nameOf({ pointer, node }: Place): string {
  if (typeof node.name === 'string') return node.name;
  const name = pointer.slice(pointer.lastIndexOf('/') + 1);
  const isHeader = pointer.startsWith('#/components/headers/');
  return isHeader
    ? name.replace(/(?<=[a-z])(?=[A-Z])|(?<=^X)(?=[A-Z])/g, '-').replace('Rate-Limit', 'RateLimit')
    : name;
}

function saysMore(name: string, description: string): boolean {
  const words = wordsOf(description);
  const own = new Set([...wordsOf(name), ...FILLERS]);
  return words.length >= FEWEST_WORDS && words.some((word) => !own.has(word));
}

function wordsOf(text: string): string[] {
  const apart = text.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
  return apart.match(/[a-z0-9]+/g) ?? [];
}

function rawSchemas(document: Node): string[] {
  return operationsOf(document)
    .filter(({ node }) => node['x-raw-body'] === true)
    .flatMap(({ node }) => Object.values(nodeOf(nodeOf(node.requestBody).content)))
    .map((content) => String(nodeOf(nodeOf(content).schema).$ref));
}
