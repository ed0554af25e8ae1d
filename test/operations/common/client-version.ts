import assert from 'node:assert/strict';
import { type SignedIn, signInNewUser } from '../../support/factories.ts';
import { startTestApp, type TestApp, useApp } from '../../support/test-app.ts';
import { operationNamed } from './contract.ts';
import { assertNothingChanges } from './database-content.ts';
import { assertError } from './error-body.ts';
import { sendExample } from './example-request.ts';

const HEADERS = ['X-Telemy-Client-Version', 'X-Aegis-Client-Version'];
const MINIMUM = '0.10.2';
const OLDER = ['0.10.1', '0.9.9', '0.0.5', 'v0.10.1', '0.10.1-beta.3'];
const NEW_ENOUGH = ['0.10.2', '0.10.10', '0.11.0', '1.0.0', 'v1.2.3'];
const UNREADABLE = ['latest', '0.10', '1', '-1.0.0', 'x'.repeat(500)];

/** Defines the tests of 426 for an operation that shipped plugins call with their version. */
export function testClientVersions(operationId: string): void {
  const operation = operationNamed(operationId);
  const app = useApp({ roles: ['api'], env: { MIN_CLIENT_VERSION: MINIMUM } });
  let caller: SignedIn;
  beforeEach(async () => {
    caller = await signInNewUser(app());
    // The first use of a token is written down.
    await sendExample(app(), operationNamed('getAuthSession'), caller);
  });

  const send = (headers: Record<string, string>, to: TestApp = app()) => sendExample(to, operation, caller, headers);

  for (const header of HEADERS) {
    it(`refuses a plugin that tells an older version in ${header}, and changes nothing`, async () => {
      for (const version of OLDER) {
        const answer = await assertNothingChanges(app(), () => send({ [header]: version }));
        const { details } = assertError(answer, 426, 'client_upgrade_required');
        assert.deepEqual(details, { minimum_version: MINIMUM });
      }
    });

    it(`lets in whoever tells the minimum or a newer version in ${header}`, async () => {
      for (const version of NEW_ENOUGH) assert.notEqual((await send({ [header]: version })).status, 426, version);
    });
  }

  it('lets in whoever tells no version, or none that can be read: the header is never required', async () => {
    assert.notEqual((await send({})).status, 426);
    for (const version of UNREADABLE) assert.notEqual((await send({ [HEADERS[0] as string]: version })).status, 426);
  });

  it('refuses nobody where no minimum is configured', async () => {
    const open = await startTestApp({ roles: ['api'], databaseUrl: app().databaseUrl });
    try {
      assert.notEqual((await send({ 'X-Telemy-Client-Version': '0.0.1' }, open)).status, 426);
    } finally {
      await open.stop();
    }
  });
}
