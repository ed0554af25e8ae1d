import { COMPOSITION, isNode, join, nodeOf } from '../contract-lint/document.ts';
import { type Change, type Contracts, changeAt, type Pair, resolvePair } from './change.ts';
import { meaningOf } from './meaning.ts';
import { narrowed } from './request-schema.ts';
import { widened } from './response-schema.ts';

/** Who writes what the schema describes: requests may not become narrower, answers not wider. */
export type Direction = 'request' | 'success' | 'error';

/** Compares two schemas and all that is in them, references followed. */
export function compareSchemas(
  contracts: Contracts,
  unresolved: Pair,
  direction: Direction,
  above: ReadonlySet<string> = new Set(),
): Change[] {
  const pair = resolvePair(contracts, unresolved);
  const key = pair && `${pair.before.pointer} ${pair.after.pointer}`;
  // A schema that contains itself was looked at further up.
  if (!pair || !key || above.has(key)) return [];
  const own = direction === 'request' ? narrowed(pair) : widened(pair, direction === 'error');
  if (own.some(({ kind }) => kind.endsWith('-type-changed'))) return own;
  const inside = new Set([...above, key]);
  return [
    ...own,
    ...composition(contracts, pair),
    ...parts(pair).flatMap((part) => compareSchemas(contracts, part, direction, inside)),
  ];
}

function composition(contracts: Contracts, pair: Pair): Change[] {
  const differs = (keyword: string) =>
    meaningOf(contracts.released, pair.before.node[keyword]) !== meaningOf(contracts.current, pair.after.node[keyword]);
  return [...COMPOSITION, 'not']
    .filter(differs)
    .map((keyword) => changeAt(pair, 'composition-changed', `${keyword} is not what it was`, keyword));
}

/** What is inside of both. */
function parts({ before, after, where }: Pair): Pair[] {
  const [was, is] = [nodeOf(before.node.properties), nodeOf(after.node.properties)];
  const shared = Object.keys(was).filter((name) => Object.hasOwn(is, name));
  const properties = shared.map((name) => ({
    before: { pointer: join(before.pointer, 'properties', name), node: nodeOf(was[name]) },
    after: { pointer: join(after.pointer, 'properties', name), node: nodeOf(is[name]) },
    where: `${where}/${name}`,
  }));
  const others = ['items', 'additionalProperties'].flatMap((keyword) => {
    const [a, b] = [before.node[keyword], after.node[keyword]];
    if (!isNode(a) || !isNode(b)) return [];
    return {
      before: { pointer: join(before.pointer, keyword), node: a },
      after: { pointer: join(after.pointer, keyword), node: b },
      where: `${where}/*`,
    };
  });
  return [...properties, ...others];
}
