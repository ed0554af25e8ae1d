import assert from 'node:assert/strict';
import { type Node, nodeOf } from '../../scripts/contract-lint/document.ts';

/** Puts a value in a place of a contract; undefined removes what is there. */
export function edit(document: Node, pointer: string, value: unknown): void {
  const names = pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = names.pop() as string;
  const parent = names.reduce<Node>((node, name) => {
    assert.ok(Object.hasOwn(node, name), `the contract has nothing at ${pointer}`);
    return node[name] as Node;
  }, document);
  if (value !== undefined) parent[last] = structuredClone(value);
  else if (!Object.hasOwn(parent, last)) assert.fail(`the contract has nothing at ${pointer}`);
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete nodeOf(parent)[last];
}
