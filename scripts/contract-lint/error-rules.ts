import { children, join, lookUp, type Node, nodeOf, operationsOf, type Place, resolvePlace } from './document.ts';
import { examplesOf } from './example-rules.ts';
import type { Fault } from './index.ts';

const CODES = '#/components/schemas/ErrorCode';
/** Codes of answers that belong to no operation, such as those for unknown paths. */
const OUTSIDE = 'x-outside-operations';
const WAITING = ['429', '503'];

/** Every code is said to be answered with by some operation, and shown. */
export function errorCodes(document: Node): Fault[] {
  const schema = nodeOf(lookUp(document, CODES));
  const codes = listOf(schema.enum);
  if (codes.length === 0) return [{ pointer: join(CODES, 'enum'), message: 'must list the codes of all errors' }];
  const outside = listOf(schema[OUTSIDE]);
  const shown = new Set(errorResponses(document).flatMap((response) => shownCodes(document, response)));
  const unshown = codes.filter((code) => !shown.has(code) && !outside.includes(code));
  const needless = outside.filter((code) => shown.has(code) || !codes.includes(code));
  return [
    ...unshown.map((code) => ({ pointer: join(CODES, 'enum'), message: `'${code}' is in no example of a response` })),
    ...needless.map((code) => ({ pointer: join(CODES, OUTSIDE), message: `'${code}' is no such code` })),
  ];
}

/** An error's description names the codes that it may have, and each of them is shown. */
export function errorExamples(document: Node): Fault[] {
  const codes = listOf(nodeOf(lookUp(document, CODES)).enum);
  return errorResponses(document).flatMap((response) => {
    const named = codes.filter((code) => String(response.node.description).includes(`\`${code}\``));
    const shown = shownCodes(document, response);
    const pointer = join(response.pointer, 'description');
    return [
      ...(named.length === 0 ? [{ pointer, message: 'must name the codes of this error' }] : []),
      ...shown.filter((code) => !named.includes(code)).map((code) => ({ pointer, message: `must name '${code}'` })),
      ...named
        .filter((code) => !shown.includes(code))
        .map((code) => ({ pointer: join(response.pointer, 'content'), message: `must show an example of '${code}'` })),
    ];
  });
}

/** Who is told to wait is told for how long. */
export function retryAfter(document: Node): Fault[] {
  const waiting = operationsOf(document).flatMap(({ pointer, node }) =>
    children(pointer, node, 'responses').filter(({ name }) => WAITING.includes(name)),
  );
  const responses = new Map(
    waiting.flatMap((place) => resolvePlace(document, place) ?? []).map((place) => [place.pointer, place]),
  );
  return [...responses.values()].flatMap((response) => {
    const header = nodeOf(nodeOf(response.node.headers)['Retry-After']);
    const place = resolvePlace(document, { pointer: join(response.pointer, 'headers', 'Retry-After'), node: header });
    if (place?.node.schema === undefined)
      return [{ pointer: response.pointer, message: 'must have the header Retry-After' }];
    return place.node.required === true ? [] : [{ pointer: join(place.pointer, 'required'), message: 'must be true' }];
  });
}

/** Under components, where errors are written. */
function errorResponses(document: Node): Place[] {
  const used = operationsOf(document).flatMap(({ pointer, node }) =>
    children(pointer, node, 'responses').filter(({ name }) => /^[45]/.test(name)),
  );
  const places = used.flatMap((place) => resolvePlace(document, place) ?? []);
  return [...new Map(places.map((place) => [place.pointer, place])).values()];
}

function shownCodes(document: Node, { pointer, node }: Place): string[] {
  const examples = children(pointer, node, 'content').flatMap((content) =>
    examplesOf(content.pointer, document, content.node),
  );
  return [...new Set(examples.map(({ value }) => String(nodeOf(nodeOf(value).error).code)))];
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
