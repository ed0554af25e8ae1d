import assert from 'node:assert/strict';
import { type Node, nodeOf } from '../../scripts/contract-lint/document.ts';
import { lintContract, RULES } from '../../scripts/contract-lint/index.ts';
import { lintByRedocly } from '../../scripts/contract-lint/redocly.ts';
import { lintContractFile } from '../../scripts/lint-contract.ts';
import { BROKEN } from './lint-cases.ts';
import { readSmallContract } from './small-contract.ts';

const OPTIONS = { features: ['zoo'] };

describe('the lint of the contract', () => {
  it('finds nothing wrong with openapi.yaml', async () => {
    assert.deepEqual(await lintContractFile(), []);
  });

  it('finds nothing wrong with a small contract that keeps the rules', () => {
    assert.deepEqual(lintContract(readSmallContract(), OPTIONS), []);
  });

  it("tells of what breaks Redocly's rules, warnings too", async () => {
    const document = readSmallContract();
    change(document, '#/components/schemas/NewName/properties/title/enum', ['doctor', 'none', 'none']);
    const lines = await lintByRedocly(JSON.stringify(document));
    const told = '#/components/schemas/NewName/properties/title/enum/2';
    assert.ok(
      lines.some((line) => line.startsWith(`${told}: `) && line.endsWith('(redocly no-duplicated-enum-values)')),
    );
  });

  it("loads nothing from elsewhere for Redocly's rules", async () => {
    const document = readSmallContract();
    change(document, '#/components/responses/Failed/content/application~1json/schema', {
      $ref: 'http://127.0.0.1:1/a',
    });
    const lines = await lintByRedocly(JSON.stringify(document));
    assert.ok(lines.some((line) => line.includes('http://127.0.0.1:1/a is outside of the contract')));
  });

  it('is tried with something broken for each of its rules', () => {
    assert.deepEqual(Object.keys(BROKEN).sort(), Object.keys(RULES).sort());
  });

  for (const [rule, cases] of Object.entries(BROKEN)) {
    describe(rule, () => {
      for (const [title, changed, value, told = changed] of cases) {
        it(`tells of ${title}`, () => {
          const document = readSmallContract();
          change(document, changed, value);
          const faults = lintContract(document, OPTIONS).filter((fault) => fault.rule === rule);
          assert.deepEqual(new Set(faults.map(({ pointer }) => pointer)), new Set([told].flat()));
        });
      }
    });
  }
});

/** Puts a value in a place of the document; undefined removes what is there. */
function change(document: Node, pointer: string, value: unknown): void {
  const names = pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = names.pop() as string;
  const parent = names.reduce<Node>((node, name) => {
    assert.ok(Object.hasOwn(node, name), `the small contract has nothing at ${pointer}`);
    return node[name] as Node;
  }, document);
  if (value !== undefined) parent[last] = structuredClone(value);
  else if (Object.hasOwn(parent, last)) delete nodeOf(parent)[last];
  else assert.fail(`the small contract has nothing at ${pointer}`);
}
