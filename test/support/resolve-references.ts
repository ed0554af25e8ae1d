type Node = Record<string, unknown>;

/** The value with every reference in it replaced by what it refers to. The contract's schemas don't contain themselves. */
export function resolveAll(document: Node, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => resolveAll(document, item));
  if (typeof value !== 'object' || value === null) return value;
  const { $ref } = value as Node;
  if (typeof $ref !== 'string') {
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, resolveAll(document, part)]));
  }
  const names = $ref.split('/').slice(1);
  return resolveAll(
    document,
    names.reduce<unknown>((node, name) => (node as Node)[name], document),
  );
}
