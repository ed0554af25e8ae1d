import { children, isNode, join, nodeOf, type OperationPlace } from '../contract-lint/document.ts';
import { type Change, type Contracts, changeAt, type Pair, resolvePair } from './change.ts';
import { compareSchemas, type Direction } from './schemas.ts';

/** Compares what an operation takes as its body. */
export function compareRequestBody(
  contracts: Contracts,
  released: OperationPlace,
  current: OperationPlace,
  where: string,
): Change[] {
  const unresolved: Pair = {
    before: { pointer: join(released.pointer, 'requestBody'), node: nodeOf(released.node.requestBody) },
    after: { pointer: join(current.pointer, 'requestBody'), node: nodeOf(current.node.requestBody) },
    where: `${where}, request body`,
  };
  const pair = resolvePair(contracts, unresolved);
  if (!pair) return [];
  const required = pair.after.node.required === true && pair.before.node.required !== true;
  if (isNode(released.node.requestBody) && !isNode(current.node.requestBody)) {
    return [{ ...changeAt(pair, 'request-body-removed', 'is gone'), pointer: pair.before.pointer }];
  }
  return [
    ...(required ? [changeAt(pair, 'request-body-required', 'has become required')] : []),
    ...goneContents(pair).map((type): Change => {
      return { ...changeAt(pair, 'request-content-removed', `${type} is gone`), pointer: contentAt(pair, type) };
    }),
    ...compareContents(contracts, pair, 'request'),
  ];
}

/** Compares what an operation answers. */
export function compareResponses(
  contracts: Contracts,
  released: OperationPlace,
  current: OperationPlace,
  where: string,
): Change[] {
  const was = new Map(children(released.pointer, released.node, 'responses').map((place) => [place.name, place]));
  const is = new Map(children(current.pointer, current.node, 'responses').map((place) => [place.name, place]));
  const gone = [...was.values()].filter(({ name }) => !is.has(name));
  const added = [...is.values()].filter(({ name }) => !was.has(name));
  const shared = [...was].flatMap(([status, before]) => {
    const after = is.get(status);
    const pair = after && resolvePair(contracts, { before, after, where: `${where}, answer ${status}` });
    return pair ? [{ pair, direction: isSuccess(status) ? ('success' as const) : ('error' as const) }] : [];
  });
  return [
    ...gone.map(({ name, pointer }): Change => {
      const kind = isSuccess(name) ? 'success-status-removed' : 'error-status-removed';
      return { kind, pointer, where, what: `status ${name} is gone` };
    }),
    ...added.map(({ name, pointer }): Change => {
      const kind = isSuccess(name) ? 'success-status-added' : 'error-status-added';
      return { kind, pointer, where, what: `status ${name} is new` };
    }),
    ...shared.flatMap(({ pair, direction }) => [
      ...responseContents(pair),
      ...compareContents(contracts, pair, direction),
      ...compareHeaders(contracts, pair, direction),
    ]),
  ];
}

function responseContents(pair: Pair): Change[] {
  const hadContent = Object.keys(nodeOf(pair.before.node.content)).length > 0;
  const added = hadContent ? goneContents({ ...pair, before: pair.after, after: pair.before }) : [];
  return [
    ...goneContents(pair).map((type): Change => {
      return { ...changeAt(pair, 'response-content-removed', `${type} is gone`), pointer: contentAt(pair, type) };
    }),
    ...added.map((type) => changeAt(pair, 'response-content-added', `may be ${type} now`, 'content', type)),
  ];
}

/** Media types that were there and aren't any more. */
function goneContents({ before, after }: Pair): string[] {
  return Object.keys(nodeOf(before.node.content)).filter((type) => !Object.hasOwn(nodeOf(after.node.content), type));
}

/** Where a media type was. */
function contentAt({ before }: Pair, type: string): string {
  return join(before.pointer, 'content', type);
}

function compareContents(contracts: Contracts, { before, after, where }: Pair, direction: Direction): Change[] {
  const is = nodeOf(after.node.content);
  return children(before.pointer, before.node, 'content').flatMap(({ name, pointer, node }) => {
    if (!isNode(is[name])) return [];
    const schema: Pair = {
      before: { pointer: join(pointer, 'schema'), node: nodeOf(node.schema) },
      after: { pointer: join(after.pointer, 'content', name, 'schema'), node: nodeOf(is[name].schema) },
      where: direction === 'request' ? where : `${where}, body`,
    };
    return compareSchemas(contracts, schema, direction);
  });
}

function compareHeaders(contracts: Contracts, { before, after, where }: Pair, direction: Direction): Change[] {
  // Their names are the same in any case (RFC 9110, section 5.1).
  const is = new Map(children(after.pointer, after.node, 'headers').map((place) => [place.name.toLowerCase(), place]));
  return children(before.pointer, before.node, 'headers').flatMap((header) => {
    const now = is.get(header.name.toLowerCase());
    const place = `${where}, header ${header.name}`;
    if (!now) return [{ kind: 'response-header-removed', pointer: header.pointer, where: place, what: 'is gone' }];
    const pair = resolvePair(contracts, { before: header, after: now, where: place });
    if (!pair) return [];
    const optional = pair.before.node.required === true && pair.after.node.required !== true;
    const schema: Pair = {
      before: { pointer: join(pair.before.pointer, 'schema'), node: nodeOf(pair.before.node.schema) },
      after: { pointer: join(pair.after.pointer, 'schema'), node: nodeOf(pair.after.node.schema) },
      where: place,
    };
    return [
      ...(optional ? [changeAt(pair, 'response-header-optional', 'may be missing now', 'required')] : []),
      ...compareSchemas(contracts, schema, direction),
    ];
  });
}

function isSuccess(status: string): boolean {
  return /^[123]/.test(status);
}
