import assert from 'node:assert/strict';
import { fillIn } from '../../../src/web/docs/render-guide.ts';
import { decideLogin, type SignedIn, signInNewUser, startLogin, waitForStatus } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { readCurl, sendCurl } from '../../support/samples/curl-command.ts';
import { GUIDE_EXAMPLES, type GuideExample } from '../../support/samples/guide-examples.ts';
import { runProgram } from '../../support/samples/sdk-program.ts';
import { CONTRACT, EXAMPLE, withReal } from '../../support/samples/values.ts';
import { TEST_SECRETS, useApp } from '../../support/test-app.ts';
import { signatureOf } from '../../support/webhooks.ts';

/** What each program of a guide has to print. */
const PRINTED: Record<string, RegExp[]> = {
  login: [/^The page has to show [A-Z]{4}-[A-Z]{4}\nHello \S+@example\.com$/],
  'always-ready': [/^launching_instance\n.*Phones send to srtla:\/\/\S+:5000$/s],
  idempotency: [/^created replayed true$/],
  errors: [/^404 not_found [0-9a-f-]{36}$/],
  limits: [/^180000$/],
  webhooks: [/^$/, /^200$/],
  versioning: [/^signed_in$/],
};

describe('The guides tell the truth', function () {
  this.timeout(30_000);
  const app = useApp({ ticking: true });

  for (const [guide, examples] of GUIDE_EXAMPLES) {
    it(`${guide}: each command is answered as the guide says, and each program prints what it should`, async () => {
      const device = await signInNewUser(app());
      const printed: string[] = [];
      for (const example of examples) {
        const text = fillIn(example.text, { document: CONTRACT, origin: app().url });
        if (example.language === 'sh') await runCommand({ ...example, text }, device);
        if (example.language === 'ts') printed.push((await runExample(text, device)).output);
      }
      const expected = PRINTED[guide] ?? [];
      assert.equal(printed.length, expected.length);
      for (const [index, pattern] of expected.entries()) assert.match(printed[index] ?? '', pattern);
    });
  }

  it('webhooks: the check of a signature lets in what the seller signed, and nothing else', async () => {
    const [{ text = '' } = {}] = GUIDE_EXAMPLES.get('webhooks')?.filter(({ language }) => language === 'ts') ?? [];
    const { exports } = await runExample(text, await signInNewUser(app()));
    const isSigned = exports.isSigned as (body: Buffer, signature: string, secret: string) => boolean;
    const body = Buffer.from('{"meta":{"event_name":"subscription_updated"}}');
    const good = signatureOf(body, 'secret');
    assert.equal(isSigned(body, good, 'secret'), true);
    assert.deepEqual(
      [isSigned(body, good, 'other'), isSigned(Buffer.from('{}'), good, 'secret'), isSigned(body, 'zz', 'secret')],
      [false, false, false],
    );
  });

  async function runCommand({ text, status }: GuideExample, device: SignedIn): Promise<void> {
    const command = await withThings(text, device);
    const answer = await sendCurl(readCurl(command, { TELEMY_TOKEN: device.token }));
    assert.equal(answer.status, status, `${answer.text}\n${command}`);
  }

  /** In place of the guide's ids those of an attempt that is approved, and of the connection's relay once it is active. */
  async function withThings(text: string, device: SignedIn): Promise<string> {
    if (text.includes(EXAMPLE.attempt)) {
      const attempt = await startLogin(app());
      await approve(attempt.login_attempt_id, device);
      return withReal(text, { attempt: attempt.login_attempt_id, pollToken: attempt.poll_token });
    }
    if (!text.includes(EXAMPLE.session) && !text.includes('/relay/migrate')) {
      return withReal(text, { refreshToken: device.refreshToken });
    }
    const { body } = await call(app(), 'GET', `/relay/active?connection_id=${EXAMPLE.connection}`, device);
    const session = await waitForStatus(app(), device.token, body.session, 'active');
    return withReal(text, { session: session.session_id, instance: session.instance_id });
  }

  async function runExample(text: string, device: SignedIn) {
    const openBrowser = (url: string) => approve(new URL(url).searchParams.get('attempt') ?? '', device);
    const { LEMONSQUEEZY_WEBHOOK_SECRET: before } = process.env;
    process.env.LEMONSQUEEZY_WEBHOOK_SECRET = TEST_SECRETS.LEMONSQUEEZY_WEBHOOK_SECRET;
    try {
      return await runProgram(text, { device, openBrowser });
    } finally {
      if (before === undefined) delete process.env.LEMONSQUEEZY_WEBHOOK_SECRET;
      else process.env.LEMONSQUEEZY_WEBHOOK_SECRET = before;
    }
  }

  async function approve(login_attempt_id: string, { user }: SignedIn): Promise<void> {
    const { status } = await decideLogin(app(), { login_attempt_id, outcome: 'completed', user_id: user.id });
    assert.equal(status, 204);
  }
});
