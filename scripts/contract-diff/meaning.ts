import { isNode, type Node, resolvePlace } from '../contract-lint/document.ts';

/** What is for readers alone. */
const ANNOTATIONS = new Set(['description', 'summary', 'title', 'example', 'examples', 'externalDocs', 'bearerFormat']);

/** A text that is the same for two parts of contracts exactly when they say the same: names of components don't count. */
export function meaningOf(document: Node, value: unknown): string {
  return textOf(document, value, []);
}

/** @param above what the value is in, from the outside in: one of them again is told by how far up it is. */
function textOf(document: Node, value: unknown, above: readonly Node[], areNames = false): string {
  if (Array.isArray(value)) return `[${value.map((item) => textOf(document, item, above)).join()}]`;
  if (!isNode(value)) return JSON.stringify(value) ?? 'null';
  const node = resolvePlace(document, { pointer: '', node: value })?.node ?? {};
  if (above.includes(node)) return `"${above.length - above.indexOf(node)} up"`;
  const parts = Object.keys(node)
    .filter((name) => areNames || !ANNOTATIONS.has(name))
    .sort()
    // The keys under `properties` are the contract's own: one may be called `title`.
    .map((name) => `${JSON.stringify(name)}:${textOf(document, node[name], [...above, node], name === 'properties')}`);
  return `{${parts.join()}}`;
}
