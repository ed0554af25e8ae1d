import assert from 'node:assert/strict';
import type { ContractSchema } from '../../src/http/contract-document.ts';
import { prune } from '../../src/http/prune.ts';

const SCHEMA: ContractSchema = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    client: { type: 'object', properties: { mode: { type: 'string' } } },
    tags: { type: 'array', items: { type: 'object', properties: { id: { type: 'string' } } } },
    free: { type: 'object' },
  },
};

const CASES: [name: string, value: unknown, pruned: unknown][] = [
  ['keeps what is declared', { name: 'a', client: { mode: 'auto' } }, { name: 'a', client: { mode: 'auto' } }],
  ['drops what is not', { name: 'a', newer: true }, { name: 'a' }],
  ['drops it in nested objects', { client: { mode: 'auto', newer: { deep: 1 } } }, { client: { mode: 'auto' } }],
  ['drops it in objects of a list', { tags: [{ id: '1', newer: 2 }, { newer: 3 }] }, { tags: [{ id: '1' }, {}] }],
  ['makes nothing up', {}, {}],
  ['keeps null and falsy values', { name: null, client: null, tags: [] }, { name: null, client: null, tags: [] }],
  ['keeps all of an object whose fields are not declared', { free: { a: 1 } }, { free: { a: 1 } }],
  ['leaves a value of another type to validation', { name: 5, client: 'x' }, { name: 5, client: 'x' }],
  ['leaves a body of another type to validation', 'text', 'text'],
  ['leaves null to validation', null, null],
  ['reads own fields only', Object.create({ name: 'inherited' }), {}],
  ['lets nobody reach the prototype', JSON.parse('{"__proto__":{"name":"x"},"name":"a"}'), { name: 'a' }],
];

describe('pruning a request body', () => {
  for (const [name, value, pruned] of CASES) {
    it(name, () => {
      assert.deepEqual(prune(SCHEMA, value), pruned);
    });
  }

  it('leaves the body that it was given as it is', () => {
    const body = { name: 'a', newer: true };
    prune(SCHEMA, body);
    assert.deepEqual(body, { name: 'a', newer: true });
  });
});
