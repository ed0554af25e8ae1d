import { children, deep, join, type Node, nodeOf, operationsOf, type Place, resolvePlace } from './document.ts';

/** The schemas of an operation's request body, one for each media type; none when it has no body. */
export function requestSchemas(document: Node, { pointer, node }: Place): Place[] {
  const body = resolvePlace(document, { pointer: join(pointer, 'requestBody'), node: nodeOf(node.requestBody) });
  return body ? contentSchemas(children(body.pointer, body.node, 'content')) : [];
}

/** The schemas of media types. */
export function contentSchemas(contents: Place[]): Place[] {
  return contents.map(({ pointer, node }) => ({ pointer: join(pointer, 'schema'), node: nodeOf(node.schema) }));
}

/** The schemas and all that they are made of, references followed, each once. */
export function reachable(document: Node, roots: Place[]): Place[] {
  const found = new Map<string, Place>();
  const queue = [...roots];
  for (let next = queue.pop(); next; next = queue.pop()) {
    const place = resolvePlace(document, next);
    if (!place || found.has(place.pointer)) continue;
    for (const part of deep({ ...place, role: 'part' })) {
      if (part.node.$ref === undefined) found.set(part.pointer, part);
      else queue.push(part);
    }
  }
  return [...found.values()];
}

/** Every schema that something sent by a client is held against: bodies of raw bytes are not. */
export function sentSchemas(document: Node): Place[] {
  const operations = operationsOf(document).filter(({ node }) => node['x-raw-body'] === undefined);
  const roots = operations.flatMap((operation) => [
    ...requestSchemas(document, operation),
    ...operation.parameters.filter(({ node }) => canBeWrong(node)).map(schemaOf),
  ]);
  return reachable(document, roots);
}

/** A header that may be absent and may hold any text cannot make a request invalid. */
export function canBeWrong(parameter: Node): boolean {
  const isFreeText = Object.keys(nodeOf(parameter.schema)).every((key) => key === 'type' || key === 'description');
  return parameter.in !== 'header' || parameter.required === true || !isFreeText;
}

function schemaOf({ pointer, node }: Place): Place {
  return { pointer: join(pointer, 'schema'), node: nodeOf(node.schema) };
}
