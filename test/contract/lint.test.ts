import assert from 'node:assert/strict';
import { lintContract, RULES } from '../../scripts/contract-lint/index.ts';
import { lintByRedocly } from '../../scripts/contract-lint/redocly.ts';
import { lintContractFile } from '../../scripts/lint-contract.ts';
import { edit } from './edit.ts';
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
    edit(document, '#/components/schemas/NewName/properties/title/enum', ['doctor', 'none', 'none']);
    const lines = await lintByRedocly(JSON.stringify(document));
    const told = '#/components/schemas/NewName/properties/title/enum/2';
    assert.ok(
      lines.some((line) => line.startsWith(`${told}: `) && line.endsWith('(redocly no-duplicated-enum-values)')),
    );
  });

  it("loads nothing from elsewhere for Redocly's rules", async () => {
    const document = readSmallContract();
    edit(document, '#/components/responses/Failed/content/application~1json/schema', {
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
          edit(document, changed, value);
          const faults = lintContract(document, OPTIONS).filter((fault) => fault.rule === rule);
          assert.deepEqual(new Set(faults.map(({ pointer }) => pointer)), new Set([told].flat()));
        });
      }
    });
  }
});
