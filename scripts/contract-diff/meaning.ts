import { isNode, type Node, resolvePlace } from '../contract-lint/document.ts';

/** What is for readers alone. */
const ANNOTATIONS = new Set(['description', 'summary', 'title', 'example', 'examples', 'externalDocs', 'bearerFormat']);
/** Beyond this depth a schema is taken to contain itself. */
const DEEPEST = 12;

/** A text that is the same for two parts of contracts exactly when they say the same: names of components don't count. */
export function meaningOf(document: Node, value: unknown, depth = 0, areNames = false): string {
  if (depth > DEEPEST) return '"…"';
  if (Array.isArray(value)) return `[${value.map((item) => meaningOf(document, item, depth + 1)).join()}]`;
  if (!isNode(value)) return JSON.stringify(value) ?? 'null';
  const node = resolvePlace(document, { pointer: '', node: value })?.node ?? {};
  const parts = Object.keys(node)
    .filter((name) => areNames || !ANNOTATIONS.has(name))
    .sort()
    // The keys under `properties` are the contract's own: one may be called `title`.
    .map((name) => `${JSON.stringify(name)}:${meaningOf(document, node[name], depth + 1, name === 'properties')}`);
  return `{${parts.join()}}`;
}
