/** Part of a contract, as read from YAML. Nothing is known of its shape before a rule has looked. */
export type Node = Record<string, unknown>;

/** A part of the contract and where it is, as a JSON pointer. */
export interface Place {
  pointer: string;
  node: Node;
}

export interface OperationPlace extends Place {
  path: string;
  method: string;
  /** Of the path and of the operation, references resolved. */
  parameters: Place[];
}

/** What a schema is there for. */
export type SchemaRole = 'component' | 'content' | 'property' | 'item' | 'part' | 'parameter' | 'header';

export interface SchemaPlace extends Place {
  role: SchemaRole;
  /** Of a property. */
  name?: string;
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

/** The keywords that put schemas together. */
export const COMPOSITION = ['allOf', 'oneOf', 'anyOf'] as const;

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as an object; an empty one when it is none. */
export function nodeOf(value: unknown): Node {
  return isNode(value) ? value : {};
}

/** A pointer one or more steps further in (RFC 6901). */
export function join(pointer: string, ...names: (string | number)[]): string {
  return [pointer, ...names.map((name) => String(name).replaceAll('~', '~0').replaceAll('/', '~1'))].join('/');
}

/** The objects under a name, each with its place. */
export function children(pointer: string, parent: unknown, name: string): (Place & { name: string })[] {
  return Object.entries(nodeOf(nodeOf(parent)[name])).flatMap(([key, node]) =>
    isNode(node) ? [{ name: key, pointer: join(pointer, name, key), node }] : [],
  );
}

/** What a pointer of this document leads to. */
export function lookUp(document: Node, pointer: string): unknown {
  const names = pointer.split('/').slice(1);
  return names.reduce<unknown>((value, name) => {
    const key = decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~');
    return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Node)[key] : undefined;
  }, document);
}

/** The place itself, or the one that its references lead to in the end; undefined when they lead nowhere. */
export function resolvePlace(document: Node, place: Place): Place | undefined {
  let { pointer, node } = place;
  for (let hops = 0; typeof node.$ref === 'string'; hops += 1) {
    const target = node.$ref.startsWith('#/') && hops < 20 ? lookUp(document, node.$ref) : undefined;
    if (!isNode(target)) return undefined;
    [pointer, node] = [node.$ref, target];
  }
  return { pointer, node };
}

/** The node itself, or the one that it refers to; an empty one when there is none. */
export function resolveNode(document: Node, node: unknown): Node {
  return resolvePlace(document, { pointer: '', node: nodeOf(node) })?.node ?? {};
}

export function operationsOf(document: Node): OperationPlace[] {
  return children('#', document, 'paths').flatMap((path) =>
    METHODS.filter((method) => isNode(path.node[method])).map((method) => {
      const pointer = join(path.pointer, method);
      const node = nodeOf(path.node[method]);
      const own = listed(pointer, node.parameters, 'parameters');
      const shared = listed(path.pointer, path.node.parameters, 'parameters');
      const parameters = [...shared, ...own].flatMap((place) => resolvePlace(document, place) ?? []);
      return { path: path.name, method, pointer, node, parameters };
    }),
  );
}

/** Every parameter where it is written down. */
export function parametersOf(document: Node): Place[] {
  const inPaths = children('#', document, 'paths').flatMap((path) => listed(path.pointer, path.node.parameters));
  const inOperations = operationsOf(document).flatMap(({ pointer, node }) => listed(pointer, node.parameters));
  const all = [...inPaths, ...inOperations, ...children('#/components', document.components, 'parameters')];
  return all.filter(({ node }) => node.$ref === undefined);
}

/** Every response where it is written down. */
export function responsesOf(document: Node): Place[] {
  const inOperations = operationsOf(document).flatMap(({ pointer, node }) => children(pointer, node, 'responses'));
  const all = [...inOperations, ...children('#/components', document.components, 'responses')];
  return all.filter(({ node }) => node.$ref === undefined);
}

/** Every response header where it is written down. */
export function headersOf(document: Node): Place[] {
  const inResponses = responsesOf(document).flatMap(({ pointer, node }) => children(pointer, node, 'headers'));
  const all = [...inResponses, ...children('#/components', document.components, 'headers')];
  return all.filter(({ node }) => node.$ref === undefined);
}

/** Every media type of a request body or a response. */
export function contentsOf(document: Node): Place[] {
  const bodies = operationsOf(document).flatMap(({ pointer, node }) =>
    isNode(node.requestBody) ? [{ pointer: join(pointer, 'requestBody'), node: node.requestBody }] : [],
  );
  const all = [...bodies, ...children('#/components', document.components, 'requestBodies'), ...responsesOf(document)];
  return all.flatMap(({ pointer, node }) => children(pointer, node, 'content'));
}

/** Every schema, at any depth, where it is written down. */
export function schemasOf(document: Node): SchemaPlace[] {
  const below = (places: Place[], role: SchemaRole): SchemaPlace[] =>
    places.flatMap(({ pointer, node }) =>
      isNode(node.schema) ? deep({ pointer: join(pointer, 'schema'), node: node.schema, role }) : [],
    );
  const components = children('#/components', document.components, 'schemas');
  return [
    ...components.flatMap(({ pointer, node }) => deep({ pointer, node, role: 'component' })),
    ...below(contentsOf(document), 'content'),
    ...below(parametersOf(document), 'parameter'),
    ...below(headersOf(document), 'header'),
  ];
}

/** A schema and all that is written inside of it; references aren't followed. */
export function deep(schema: SchemaPlace): SchemaPlace[] {
  const { pointer, node } = schema;
  const inner: SchemaPlace[] = children(pointer, node, 'properties').map((place) => ({ ...place, role: 'property' }));
  for (const keyword of ['items', 'additionalProperties', 'not']) {
    const part = node[keyword];
    const role = keyword === 'items' ? 'item' : 'part';
    if (isNode(part)) inner.push({ pointer: join(pointer, keyword), node: part, role });
  }
  for (const keyword of COMPOSITION) {
    inner.push(...listed(pointer, node[keyword], keyword).map((place): SchemaPlace => ({ ...place, role: 'part' })));
  }
  return [schema, ...inner.flatMap(deep)];
}

function listed(pointer: string, list: unknown, name = 'parameters'): Place[] {
  const items: unknown[] = Array.isArray(list) ? list : [];
  return items.flatMap((node, index) => (isNode(node) ? [{ pointer: join(pointer, name, index), node }] : []));
}
