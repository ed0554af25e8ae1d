import { join, type OperationPlace, operationsOf } from '../contract-lint/document.ts';
import { compareRequestBody, compareResponses } from './bodies.ts';
import type { Change, Contracts, Pair } from './change.ts';
import { compareParameters } from './parameters.ts';
import { comparePolicies, compareSecurity, compareSunset, sunsetOf } from './policies.ts';

/**
 * Compares the operations of two contracts. Tags aren't looked at: they sort the pages of the reference, and are neither on
 * the wire nor in the SDK, whose functions are flat.
 *
 * @param now decides whether the last day of an operation has passed.
 */
export function compareOperations(contracts: Contracts, now: Date): Change[] {
  const current = operationsOf(contracts.current);
  const byAddress = new Map(current.map((operation) => [addressOf(operation), operation]));
  const byId = new Map(current.map((operation) => [idOf(operation), operation]));
  return operationsOf(contracts.released).flatMap((released) => {
    const id = idOf(released);
    const same = byAddress.get(addressOf(released));
    const changes = same
      ? compareOperation(contracts, released, same, now)
      : [goneOperation(released, byId.get(id), now)];
    return changes.map((change) => ({ ...change, operation: id }));
  });
}

function goneOperation(released: OperationPlace, elsewhere: OperationPlace | undefined, now: Date): Change {
  const at = { pointer: released.pointer, where: inWords(released) };
  const sunset = sunsetOf(released);
  if (sunset && sunset <= now) {
    return { ...at, kind: 'operation-sunset', what: `is gone; its last day was ${sunset.toISOString()}` };
  }
  if (!elsewhere) return { ...at, kind: 'operation-removed', what: 'is gone' };
  const address = `${elsewhere.method.toUpperCase()} ${elsewhere.path}`;
  return { ...at, pointer: elsewhere.pointer, kind: 'operation-moved', what: `has moved to ${address}` };
}

function compareOperation(
  contracts: Contracts,
  released: OperationPlace,
  current: OperationPlace,
  now: Date,
): Change[] {
  const where = inWords(released);
  const pair: Pair = { before: released, after: current, where };
  const renamed: Change[] =
    idOf(released) === idOf(current)
      ? []
      : [
          {
            kind: 'operation-renamed',
            pointer: join(current.pointer, 'operationId'),
            where,
            what: `is called ${idOf(current)} now`,
          },
        ];
  return [
    ...renamed,
    ...compareSecurity(contracts, pair),
    ...comparePolicies(pair),
    ...compareSunset(pair, now),
    ...compareParameters(contracts, released, current, where),
    ...compareRequestBody(contracts, released, current, where),
    ...compareResponses(contracts, released, current, where),
  ];
}

/** What a client calls; the names of path parameters aren't on the wire. */
function addressOf({ method, path }: OperationPlace): string {
  return `${method} ${path.replaceAll(/\{[^}]*\}/g, '{}')}`;
}

function idOf({ node }: OperationPlace): string {
  return String(node.operationId);
}

function inWords(operation: OperationPlace): string {
  return `${idOf(operation)} (${operation.method.toUpperCase()} ${operation.path})`;
}
