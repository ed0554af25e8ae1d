import assert from 'node:assert/strict';
import { lintContract, RULES } from '../../scripts/contract-lint/index.ts';
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
          assert.deepEqual(new Set(faults.map(({ pointer }) => pointer)), new Set([told]));
        });
      }
    });
  }
});
