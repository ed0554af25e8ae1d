import { join, type Node, nodeOf } from '../contract-lint/document.ts';
import { type Change, type Contracts, listOf } from './change.ts';
import { type ChangeKind, KINDS, type Severity } from './kinds.ts';
import { compareOperations } from './operations.ts';
import { compareLimits } from './policies.ts';

/** One change of the contract, wherever it is seen, and what it means. */
export interface Finding {
  kind: ChangeKind;
  severity: Severity;
  /** JSON pointer into the contract as it is now; for what is gone, into the released one. */
  pointer: string;
  what: string;
  why: string;
  instead: string;
  /** Of the operations that it concerns; empty: all. */
  operations: string[];
  /** In words: operation, status, path in the body. */
  places: string[];
}

export interface CompareOptions {
  /** Decides whether the last day of a deprecated operation has passed. */
  now: Date;
}

/**
 * What clients of the released contract may notice of the current one. Changes of a component are told once, with all the
 * places that it is used in. The order of keys doesn't matter.
 */
export function compareContracts(released: Node, current: Node, { now }: CompareOptions): Finding[] {
  const contracts: Contracts = { released, current };
  const changes = [
    ...compareBasePaths(contracts),
    ...compareLimits({
      before: { pointer: '#', node: released },
      after: { pointer: '#', node: current },
      where: 'in front of all operations',
    }),
    ...compareOperations(contracts, now),
    ...compareTypeNames(contracts),
  ];
  return merge(changes);
}

/** Where the operations are served; the contract's own address is the one that clients put their paths behind. */
function compareBasePaths({ released, current }: Contracts): Change[] {
  const now = basePathsOf(current);
  const gone = basePathsOf(released).filter((url) => !now.includes(url));
  return gone.map((url) => ({
    kind: 'base-path-changed',
    pointer: '#/servers',
    where: 'all operations',
    what: `no longer under ${url}, but under ${now.join(', ') || '/'}`,
  }));
}

/** The base paths of a contract, such as `/api/v1`. */
export function basePathsOf(document: Node): string[] {
  return listOf(document.servers).map((server) => String(nodeOf(server).url));
}

/** The SDK exports each schema under its name. */
function compareTypeNames({ released, current }: Contracts): Change[] {
  const now = nodeOf(nodeOf(current.components).schemas);
  const gone = Object.keys(nodeOf(nodeOf(released.components).schemas)).filter((name) => !Object.hasOwn(now, name));
  return gone.map((name) => ({
    kind: 'sdk-type-removed',
    pointer: join('#/components/schemas', name),
    where: "the SDK's types",
    what: `${name} is gone`,
  }));
}

function merge(changes: Change[]): Finding[] {
  const found = new Map<string, Finding>();
  for (const { kind, pointer, what, where, operation } of changes) {
    const key = [pointer, kind, what].join('\n');
    const finding = found.get(key) ?? { kind, ...KINDS[kind], pointer, what, operations: [], places: [] };
    found.set(key, finding);
    if (operation !== undefined && !finding.operations.includes(operation)) finding.operations.push(operation);
    if (!finding.places.includes(where)) finding.places.push(where);
  }
  const sorted = [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, finding]) => finding);
  for (const finding of sorted) {
    finding.operations.sort();
    finding.places.sort();
  }
  return sorted;
}
