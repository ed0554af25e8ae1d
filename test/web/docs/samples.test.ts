import assert from 'node:assert/strict';
import { curlSample } from '../../../src/web/docs/samples/curl.ts';
import { type ExampleCall, exampleCalls } from '../../../src/web/docs/samples/example-call.ts';
import { sdkSample } from '../../../src/web/docs/samples/sdk.ts';
import { OPERATIONS } from '../../operations/common/contract.ts';
import { decideLogin, type SignedIn, signIn, signInNewUser, startActive, startLogin } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { readCurl, sendCurl } from '../../support/samples/curl-command.ts';
import { GUIDE_EXAMPLES } from '../../support/samples/guide-examples.ts';
import { runProgram } from '../../support/samples/sdk-program.ts';
import { typeFaults } from '../../support/samples/type-check.ts';
import { CONTRACT, EXAMPLE, withReal } from '../../support/samples/values.ts';
import { useShop } from '../../support/shop.ts';
import { TEST_SECRETS } from '../../support/test-app.ts';
import { signatureOf } from '../../support/webhooks.ts';

const CALLS = exampleCalls(CONTRACT);
/** What only operators and the seller call. */
const WITHOUT_SDK = ['completePluginLogin', 'receiveBillingWebhook'];

describe('The samples of the reference', () => {
  const shop = useShop();
  const app = () => shop().app;
  let owner: SignedIn;
  let real: Parameters<typeof withReal>[1];
  before(async () => {
    owner = await signInNewUser(app());
    const session = await startActive(app(), owner.token, { connection_id: EXAMPLE.connection });
    real = { session: session.session_id, instance: session.instance_id };
  });

  for (const example of CALLS) {
    it(`${example.operationId}: the curl command is answered as the contract promises`, async () => {
      const device = await deviceFor(example);
      const sample = await filled(curlSample(example, app().url), example, device);
      const { PLUGIN_LOGIN_COMPLETE_KEY } = TEST_SECRETS;
      const secrets = { TELEMY_TOKEN: device.token, PLUGIN_LOGIN_COMPLETE_KEY };
      const { body = '' } = readCurl(sample, { ...secrets, SIGNATURE: '' });
      const { status, text } = await sendCurl(readCurl(sample, { ...secrets, SIGNATURE: signatureOf(body) }));
      assert.equal(status < 300 && status in declaredOf(example), true, `${status} ${text}\n${sample}`);
    });
  }

  for (const example of CALLS.filter(({ operationId }) => !WITHOUT_SDK.includes(operationId))) {
    it(`${example.operationId}: the program with the SDK does it`, async () => {
      const device = await deviceFor(example);
      // Only a token that isn't good any more makes the SDK refresh it.
      const stored = example.operationId === 'refreshAuth' ? { ...device, token: 'old' } : device;
      const sample = await filled(sdkSample(example, app().url) ?? '', example, device);
      const { output, refreshToken } = await runProgram(sample, { device: stored, openBrowser: approve });
      const isLogout = example.operationId === 'logout';
      assert.equal(refreshToken === undefined, isLogout);
      assert.equal(output === '', isLogout, output);
      if (example.operationId === 'refreshAuth') assert.notEqual(refreshToken, device.refreshToken);
    });
  }

  it('are there for every operation, in both languages but for what needs secrets of operators', () => {
    assert.deepEqual(
      CALLS.map(({ operationId }) => operationId),
      OPERATIONS.map(({ operationId }) => operationId),
    );
    const without = CALLS.filter((example) => sdkSample(example, 'https://api.example.com') === null);
    assert.deepEqual(
      without.map(({ operationId }) => operationId),
      WITHOUT_SDK,
    );
  });

  it('and those of the guides are programs that TypeScript has nothing against', function () {
    this.timeout(60_000);
    const samples = CALLS.map((example) => [example.operationId, sdkSample(example, 'https://api.example.com') ?? '']);
    const ofGuides = [...GUIDE_EXAMPLES].flatMap(([guide, examples]) =>
      examples.flatMap(({ language, text }, index) => (language === 'ts' ? [[`${guide}-${index}`, text]] : [])),
    );
    const mistaken = 'import { createTelemyClient } from "@telemy/control-plane-sdk"; createTelemyClient({});';
    const faults = typeFaults({ ...Object.fromEntries([...samples, ...ofGuides]), mistaken });
    assert.deepEqual(
      faults.map((fault) => fault.split(':')[0]),
      ['mistaken.mts'],
      faults.join('\n'),
    );
  });

  /** One of its own for what changes the tokens. */
  async function deviceFor({ operationId }: ExampleCall): Promise<SignedIn> {
    return operationId === 'logout' || operationId === 'refreshAuth' ? signIn(app(), owner.user) : owner;
  }

  /** The sample about things that there are. Whatever changes them for good gets some of its own. */
  async function filled(sample: string, example: ExampleCall, device: SignedIn): Promise<string> {
    if (example.operationId === 'stopRelay') {
      const { body } = await call(app(), 'POST', '/relay/start', {
        token: device.token,
        body: { connection_id: crypto.randomUUID() },
        headers: { 'Idempotency-Key': crypto.randomUUID() },
      });
      return withReal(sample, { session: body.session.session_id });
    }
    const ofOwner = { ...real, refreshToken: device.refreshToken };
    if (!sample.includes(EXAMPLE.attempt)) {
      // What the caller knows already would be waited for.
      return withReal(sample.replace(/(since_?version(?:=|: ))7/i, '$10'), ofOwner);
    }
    const attempt = await startLogin(app());
    if (example.operationId === 'pollPluginLogin') await approveAttempt(attempt.login_attempt_id);
    return withReal(sample, {
      ...ofOwner,
      user: owner.user.id,
      attempt: attempt.login_attempt_id,
      pollToken: attempt.poll_token,
    });
  }

  const approve = (url: string) => approveAttempt(new URL(url).searchParams.get('attempt') ?? '');

  async function approveAttempt(login_attempt_id: string): Promise<void> {
    const { status } = await decideLogin(app(), { login_attempt_id, outcome: 'completed', user_id: owner.user.id });
    assert.equal(status, 204);
  }

  function declaredOf({ operationId }: ExampleCall): Record<string, unknown> {
    return OPERATIONS.find((operation) => operation.operationId === operationId)?.responses ?? {};
  }
});
