import { join, nodeOf, type OperationPlace, type Place } from '../contract-lint/document.ts';
import { type Change, type Contracts, changeAt, type Pair } from './change.ts';
import { compareSchemas } from './schemas.ts';

/** How a value is written, with what OpenAPI takes where nothing is said. */
const STYLES: Record<string, string> = { path: 'simple', header: 'simple', query: 'form', cookie: 'form' };

/** Compares what an operation takes beside its body. */
export function compareParameters(
  contracts: Contracts,
  released: OperationPlace,
  current: OperationPlace,
  where: string,
): Change[] {
  const [was, is] = [byKey(released), byKey(current)];
  const gone = [...was].filter(([key]) => !is.has(key));
  const added = [...is].filter(([key, { node }]) => !was.has(key) && node.required === true);
  const shared = [...was].flatMap(([key, before]) => {
    const after = is.get(key);
    return after ? [{ before, after, where: `${where}, ${nameOf(after)}` }] : [];
  });
  return [
    ...gone.map(([, place]): Change => {
      return { kind: 'parameter-removed', pointer: place.pointer, where, what: `${nameOf(place)} is gone` };
    }),
    ...added.map(([, place]): Change => {
      return {
        kind: 'parameter-required',
        pointer: place.pointer,
        where,
        what: `${nameOf(place)} is new, and required`,
      };
    }),
    ...shared.flatMap((pair) => compareParameter(contracts, pair)),
  ];
}

function compareParameter(contracts: Contracts, pair: Pair): Change[] {
  const [was, is] = [pair.before.node, pair.after.node];
  const schema: Pair = {
    before: { pointer: join(pair.before.pointer, 'schema'), node: nodeOf(was.schema) },
    after: { pointer: join(pair.after.pointer, 'schema'), node: nodeOf(is.schema) },
    where: pair.where,
  };
  return [
    ...(was.name === is.name ? [] : [changeAt(pair, 'parameter-renamed', `was called '${was.name}'`, 'name')]),
    ...(is.required === true && was.required !== true
      ? [changeAt(pair, 'parameter-required', 'has become required', 'required')]
      : []),
    ...(styleOf(pair.before) === styleOf(pair.after)
      ? []
      : [changeAt(pair, 'parameter-style-changed', `was written ${styleOf(pair.before)}, now ${styleOf(pair.after)}`)]),
    ...compareSchemas(contracts, schema, 'request'),
  ];
}

/** Those of a path are known by their place in it, headers by their name in any case (RFC 9110, section 5.1). */
function byKey({ path, parameters }: OperationPlace): Map<string, Place> {
  const inPath = [...path.matchAll(/\{([^}]*)\}/g)].map(([, name]) => name);
  return new Map(
    parameters.map((place) => {
      const name = String(place.node.name);
      const key =
        place.node.in === 'path' ? inPath.indexOf(name) : place.node.in === 'header' ? name.toLowerCase() : name;
      return [`${place.node.in} ${key}`, place];
    }),
  );
}

function nameOf({ node }: Place): string {
  return `${node.in} parameter '${node.name}'`;
}

function styleOf({ node }: Place): string {
  const style = String(node.style ?? STYLES[String(node.in)]);
  const explode = node.explode ?? style === 'form';
  return explode ? `${style}, exploded` : style;
}
