import assert from 'node:assert/strict';
import { requireClientVersion } from '../../src/http/client-version.ts';
import type { ContractOperation } from '../../src/http/contract-document.ts';
import type { ApiContext } from '../../src/http/request-state.ts';

const DECLARES_IT = { responses: { '200': {}, '426': {} } } as unknown as ContractOperation;
const DECLARES_NOT = { responses: { '200': {} } } as unknown as ContractOperation;

/** A request with these headers, as far as the check looks at it. */
function request(headers: Record<string, string>): ApiContext {
  return { get: (name: string) => headers[name] ?? '' } as unknown as ApiContext;
}

function isRefused(headers: Record<string, string>, minimum: string | undefined, operation = DECLARES_IT): boolean {
  try {
    requireClientVersion(request(headers), operation, minimum);
    return false;
  } catch (error) {
    const { status, code, details } = error as { status: number; code: string; details: object };
    assert.deepEqual({ status, code, details }, REFUSAL(minimum));
    return true;
  }
}

const REFUSAL = (minimum: string | undefined) => ({
  status: 426,
  code: 'client_upgrade_required',
  details: { minimum_version: minimum },
});

const CASES: [told: string, minimum: string, refused: boolean][] = [
  ['0.0.5', '0.0.5', false],
  ['0.0.4', '0.0.5', true],
  ['0.0.6', '0.0.5', false],
  ['0.0.10', '0.0.9', false],
  ['0.0.9', '0.0.10', true],
  ['0.9.9', '1.0.0', true],
  ['1.0.0', '0.9.9', false],
  ['0.2.0', '0.1.9', false],
  ['0.1.9', '0.2.0', true],
  ['v0.0.4', '0.0.5', true],
  ['0.0.4-beta.1', '0.0.5', true],
  ['0.0.5-beta.1', '0.0.5', false],
  ['0.0', '0.0.5', false],
  ['newest', '0.0.5', false],
  ['', '0.0.5', false],
  ['-1.0.0', '0.0.5', false],
];

describe('the minimum client version', () => {
  for (const [told, minimum, refused] of CASES) {
    it(`${refused ? 'refuses' : 'lets in'} ${JSON.stringify(told)} where ${minimum} is needed`, () => {
      assert.equal(isRefused({ 'X-Telemy-Client-Version': told }, minimum), refused);
    });
  }

  it('reads the former name of the header too', () => {
    assert.equal(isRefused({ 'X-Aegis-Client-Version': '0.0.4' }, '0.0.5'), true);
  });

  it('lets the present name win', () => {
    assert.equal(isRefused({ 'X-Telemy-Client-Version': '0.0.5', 'X-Aegis-Client-Version': '0.0.1' }, '0.0.5'), false);
  });

  it('never requires the header', () => {
    assert.equal(isRefused({}, '9.9.9'), false);
  });

  it('refuses nobody without a configured minimum', () => {
    assert.equal(isRefused({ 'X-Telemy-Client-Version': '0.0.1' }, undefined), false);
  });

  it('refuses nobody on an operation that does not declare 426', () => {
    assert.equal(isRefused({ 'X-Telemy-Client-Version': '0.0.1' }, '0.0.5', DECLARES_NOT), false);
  });
});
