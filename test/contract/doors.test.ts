import assert from 'node:assert/strict';
import { GLOBAL_LIMITS, OPERATIONS } from '../operations/common/contract.ts';

const keysOf = (limits: { key: string }[]) => limits.map(({ key }) => key);

describe('The doors of the contract', () => {
  it('all have a limit of their own, and one by address in front of them', () => {
    assert.deepEqual(keysOf([...GLOBAL_LIMITS]), ['ip']);
    for (const { operationId, limits } of OPERATIONS) assert.ok(limits.length > 0, operationId);
  });

  for (const operation of OPERATIONS) {
    const { operationId, security, limits, beyondGlobalLimits, rawBody } = operation;
    const isOpen = security.length === 0;
    const takesNoToken = !security.flat().includes('bearerAuth');
    if (isOpen || takesNoToken) {
      it(`${operationId} can be reached without an access token, so its own limit is by address`, () => {
        assert.ok(keysOf(limits).includes('ip'), JSON.stringify(limits));
      });
    } else {
      it(`${operationId} is limited by user or session, and by the limit in front of all`, () => {
        assert.ok(keysOf(limits).every((key) => key === 'user' || key === 'session'));
        assert.equal(beyondGlobalLimits, false);
      });
    }
    if (!beyondGlobalLimits) continue;
    it(`${operationId} is beyond the limit of all because its callers sign each body`, () => {
      assert.deepEqual([security, rawBody], [[['webhookSignature']], true]);
    });
  }

  it('are open on purpose, or ask for one credential: no operation accepts nobody beside somebody', () => {
    for (const { operationId, security } of OPERATIONS) {
      for (const alternative of security) assert.equal(alternative.length, 1, operationId);
    }
  });
});
