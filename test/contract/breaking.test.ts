import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { compareContracts } from '../../scripts/contract-diff/index.ts';
import { KINDS } from '../../scripts/contract-diff/kinds.ts';
import { isNode, type Node } from '../../scripts/contract-lint/document.ts';
import { ANSWERS } from './breaking-answers.ts';
import type { Case, Edits } from './breaking-example.ts';
import { OPERATIONS } from './breaking-operations.ts';
import { REQUESTS } from './breaking-requests.ts';
import { edit } from './edit.ts';
import { HARMLESS } from './harmless-changes.ts';
import { readSmallContract } from './small-contract.ts';

const NOW = new Date('2026-11-27T00:00:00Z');
const NOTICED = [...OPERATIONS, ...REQUESTS, ...ANSWERS];
const CONTRACT = resolve(import.meta.dirname, '../../openapi.yaml');

describe('what breaks clients of the released contract', () => {
  for (const example of NOTICED) {
    it(`${example.finds.join(' and ')}: ${example.title}`, () => {
      const findings = compareCase(example);
      assert.deepEqual([...new Set(findings.map(({ kind }) => kind))].sort(), [...example.finds].sort());
      for (const { pointer, places, what } of findings) {
        assert.match(pointer, /^#\//);
        assert.ok(places.length > 0 && what !== '');
      }
    });
  }

  for (const example of HARMLESS) {
    it(`nobody is told of ${example.title}`, () => {
      assert.deepEqual(compareCase(example), []);
    });
  }

  it('is tried with an example of each kind', () => {
    assert.deepEqual([...new Set(NOTICED.flatMap(({ finds }) => finds))].sort(), Object.keys(KINDS).sort());
  });

  it('is nothing when a contract is compared with itself', async () => {
    for (const contract of [readSmallContract(), parse(await readFile(CONTRACT, 'utf8')) as Node]) {
      assert.deepEqual(compareContracts(contract, structuredClone(contract), { now: NOW }), []);
    }
  });

  it('does not follow from the order of keys', () => {
    for (const example of [...NOTICED, ...HARMLESS]) {
      const [released, current] = contractsOf(example);
      const straight = compareContracts(released, current, { now: NOW });
      const turned = compareContracts(released, reversed(current) as Node, { now: NOW });
      assert.deepEqual(turned, straight, example.title);
    }
  });

  it('of a shared part is told once, with all the places that it is used in', async () => {
    const released = parse(await readFile(CONTRACT, 'utf8')) as Node;
    const current = structuredClone(released);
    edit(current, '#/components/schemas/SessionStatus/enum/4', 'paused');
    const [finding, ...others] = compareContracts(released, current, { now: NOW });
    assert.deepEqual(others, []);
    assert.equal(finding?.pointer, '#/components/schemas/SessionStatus/enum');
    assert.ok(finding?.operations.includes('startRelay') && finding.operations.includes('getAuthSession'));
    assert.ok(
      finding?.places.includes('getRelaySession (GET /relay/sessions/{session_id}), answer 200, body/session/status'),
    );
  });

  it('takes a schema that contains itself', () => {
    const self = {
      type: 'object',
      properties: { inner: { $ref: '#/components/schemas/Keeper' }, name: { type: 'string' } },
    };
    const released = readSmallContract();
    edit(released, '#/components/schemas/Keeper', self);
    const current = structuredClone(released);
    edit(current, '#/components/schemas/Keeper/properties/name/nullable', true);
    const kinds = compareContracts(released, current, { now: NOW }).map(({ kind }) => kind);
    assert.deepEqual(kinds, ['response-null-added']);
  });
});

function compareCase(example: Case) {
  const [released, current] = contractsOf(example);
  return compareContracts(released, current, { now: NOW });
}

function contractsOf({ given = [], change }: Case): [released: Node, current: Node] {
  const released = edited(readSmallContract(), given);
  return [released, edited(structuredClone(released), change)];
}

function edited(contract: Node, edits: Edits): Node {
  for (const [pointer, value] of edits) edit(contract, pointer, value);
  return contract;
}

/** The same contract with the keys of each object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (!isNode(value)) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([name, part]) => [name, reversed(part)]));
}
