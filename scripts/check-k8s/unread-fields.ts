/**
 * Runs a validator over an object and tells which fields of it were never looked at: a compiled schema reads every field
 * that it knows, so these are misspelt, or in the wrong place. Kubernetes would drop them without a word.
 *
 * @returns paths such as `/spec/template/spec/contaners`. What lies in a field that nothing was read of counts as free-form.
 */
export function unreadFields(root: object, validate: (watched: unknown) => void): string[] {
  const seen = new Map<object, Set<string>>();
  const proxies = new WeakMap<object, object>();
  const watch = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const known = proxies.get(value);
    if (known) return known;
    const read = new Set<string>();
    const proxy = new Proxy(value, {
      get(target, key) {
        if (typeof key === 'string') {
          seen.set(target, read);
          read.add(key);
        }
        return watch(Reflect.get(target, key));
      },
    });
    proxies.set(value, proxy);
    return proxy;
  };
  validate(watch(root));
  return unreadIn(root, seen, '');
}

function unreadIn(value: unknown, seen: ReadonlyMap<object, ReadonlySet<string>>, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const read = seen.get(value);
  if (read === undefined) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    read.has(key) ? unreadIn(inner, seen, `${path}/${key}`) : [`${path}/${key}`],
  );
}
