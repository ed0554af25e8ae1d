import assert from 'node:assert/strict';
import { readFuzzOperations } from '../contract.ts';
import type { Fields } from '../sequences/fill.ts';
import type { Exchange } from './law.ts';
import { ownerLaw } from './owners.ts';
import { createSessionModel } from './sessions.ts';
import { createTokenModel } from './tokens.ts';

const OPERATIONS = readFuzzOperations();
const AT = new Date('2026-01-01T00:00:00Z');

/** An exchange of user 0 that began and ended at one instant, `seconds` behind the first. */
function exchange(id: string, fields: Fields, status: number, body: unknown, seconds = 0): Exchange {
  const operation = OPERATIONS.find((one) => one.id === id);
  assert.ok(operation);
  const at = new Date(AT.getTime() + seconds * 1000);
  const answer = { status, headers: {}, text: JSON.stringify(body) };
  return { operation, user: 0, fields, bearer: undefined, answer, body, from: at, until: at };
}

function session(status: string, version: number) {
  const usage = { started_at: null, ended_at: null, duration_seconds: 0 };
  return { session: { session_id: 'ses_1', status, version, usage } };
}

describe('the laws of sequences', () => {
  it('object to a refresh token that is good again behind its successors', () => {
    const { law } = createTokenModel();
    const tokens = (name: string) => ({ auth: { cp_access_jwt: `a${name}`, refresh_token: name }, user: { id: 'u' } });
    assert.equal(law(exchange('pollPluginLogin', {}, 200, tokens('1'))), undefined);
    assert.equal(law(exchange('refreshAuth', { refresh_token: '1' }, 200, tokens('2'), 20)), undefined);
    assert.equal(law(exchange('refreshAuth', { refresh_token: '1' }, 200, tokens('2'), 40)), undefined);
    assert.equal(law(exchange('refreshAuth', { refresh_token: '2' }, 200, tokens('3'), 60)), undefined);
    assert.match(law(exchange('refreshAuth', { refresh_token: '1' }, 200, tokens('4'), 80)) ?? '', /rotated out/);
  });

  it('object to a session that comes back, and to a version that falls', () => {
    const { law } = createSessionModel();
    const read = (status: string, version: number) =>
      law(exchange('getRelaySession', { session_id: 'ses_1' }, 200, session(status, version)));
    assert.equal(law(exchange('startRelay', {}, 201, session('provisioning', 1))), undefined);
    assert.equal(read('active', 5), undefined);
    assert.match(read('grace', 4) ?? '', /version 4 after 5/);
    assert.equal(read('stopped', 6), undefined);
    assert.match(read('active', 7) ?? '', /after it was stopped/);
  });

  it("object to something of another user's in an answer", () => {
    const law = ownerLaw();
    const told = exchange('startRelay', {}, 201, session('provisioning', 1));
    assert.equal(law(told), undefined);
    assert.match(law({ ...told, user: 1 }) ?? '', /another user/);
  });
});
