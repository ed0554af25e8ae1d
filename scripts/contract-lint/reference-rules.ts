import { children, isNode, join, lookUp, type Node, nodeOf, operationsOf, type Place } from './document.ts';
import type { Fault } from './index.ts';

/** Every reference leads to a part of this document; what stands beside one is ignored by tools, so nothing may. */
export function references(document: Node): Fault[] {
  return referencesIn({ pointer: '#', node: document }).flatMap(({ pointer, node }) => {
    const target = String(node.$ref);
    if (!target.startsWith('#/') || lookUp(document, target) === undefined) {
      return [{ pointer, message: `'${target}' leads nowhere` }];
    }
    return Object.keys(node).length === 1 ? [] : [{ pointer, message: 'has something beside its $ref' }];
  });
}

/** Every component is used by an operation, directly or through others. */
export function usedComponents(document: Node): Fault[] {
  const { components, ...rest } = document;
  const used = new Set<string>();
  const queue = referencesIn({ pointer: '#', node: rest }).map(({ node }) => String(node.$ref));
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (used.has(next)) continue;
    used.add(next);
    const target = lookUp(document, next);
    if (isNode(target))
      queue.push(...referencesIn({ pointer: next, node: target }).map(({ node }) => String(node.$ref)));
  }
  for (const scheme of namedSchemes(document)) used.add(join('#/components/securitySchemes', scheme));
  return Object.keys(nodeOf(components))
    .flatMap((section) => children('#/components', components, section))
    .filter(({ pointer }) => !used.has(pointer))
    .map(({ pointer }) => ({ pointer, message: 'is used nowhere' }));
}

function namedSchemes(document: Node): string[] {
  return [document, ...operationsOf(document).map(({ node }) => node)].flatMap(({ security }) =>
    (Array.isArray(security) ? security : []).flatMap((requirement) => Object.keys(nodeOf(requirement))),
  );
}

/** Every object with a `$ref`. The values of examples are data, not contract. */
function referencesIn({ pointer, node }: Place): Place[] {
  if (typeof node.$ref === 'string') return [{ pointer, node }];
  return Object.entries(node).flatMap(([name, value]) => {
    if (name === 'example' || name === 'value' || name === 'enum') return [];
    // Their names are the contract's own: one may be called `value`.
    if (name === 'properties') {
      return children(pointer, node, name).flatMap((property) => referencesIn(property));
    }
    const parts: [string, unknown][] = Array.isArray(value)
      ? value.map((item, index) => [join(pointer, name, index), item])
      : [[join(pointer, name), value]];
    return parts.flatMap(([place, part]) => (isNode(part) ? referencesIn({ pointer: place, node: part }) : []));
  });
}
