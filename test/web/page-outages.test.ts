import assert from 'node:assert/strict';
import { type DatabaseProxy, openDatabaseProxy } from '../support/database-proxy.ts';
import { startLogin } from '../support/factories.ts';
import type { PageAnswer } from '../support/page-client.ts';
import { newPerson, type ScriptedLab, useScriptedLab } from '../support/scripted-web-lab.ts';
import { createTestDatabase } from '../support/test-run.ts';
import { assertSignedIn, assertTold } from './sign-in-checks.ts';

describe('Pages while the database is away', () => {
  let proxy: DatabaseProxy;
  let drop: () => Promise<void>;
  const options = { databaseUrl: '' };
  before(async () => {
    const database = await createTestDatabase();
    drop = database.drop;
    proxy = await openDatabaseProxy(database.url);
    options.databaseUrl = proxy.url;
  });
  const lab = useScriptedLab(options);
  after(async () => {
    await proxy.close();
    await drop();
  });
  afterEach(async () => {
    await proxy.cut();
    await proxy.restore();
  });

  /** What is asked for while the database is away, from a browser that was made ready for it. */
  const requests: [name: string, prepare: () => Promise<() => Promise<PageAnswer>>][] = [
    ['the account', async () => (await signedIn(lab())).open],
    ['a login attempt', async () => (await atAttempt(lab())).open],
    ['an approval', async () => (await atAttempt(lab())).approve],
    ['the way back from the provider', async () => (await onTheWay(lab())).open],
    ['a code', async () => (await atCode(lab())).send],
  ];
  for (const [name, prepare] of requests) {
    it(`${name}: 503 with Retry-After and in words, and it works again when the database is back`, async () => {
      lab().provider.user = newPerson();
      const act = await prepare();
      await proxy.cut();
      const page = await act();
      assertTold(page, { status: 503, words: 'We can’t do that right now' });
      assert.equal(page.headers.get('Retry-After'), '5');
      await proxy.restore();
      const visitor = lab().browser();
      await visitor.signIn();
      await assertSignedIn(visitor, String(lab().provider.user.email));
    });
  }
});

describe('Pages when something breaks inside', () => {
  const lab = useScriptedLab();

  it('say that it is our fault and nothing of the insides; the log says them', async () => {
    const { app } = lab();
    await app.database.schema.renameTable('plugin_login_attempts', 'elsewhere');
    try {
      const from = app.logLines.length;
      const page = await lab()
        .browser()
        .open(`/login/plugin?attempt=pla_${'0'.repeat(32)}`);
      assertTold(page, { status: 500, words: 'Something went wrong on our side' });
      assert.doesNotMatch(page.html, /plugin_login_attempts|select|relation|node_modules|\bat .*:\d+:\d+/);
      const [fault] = app.logLines.slice(from).map((line) => JSON.parse(line));
      assert.equal(fault.msg, 'internal_error');
      assert.match(fault.err.message, /plugin_login_attempts/);
      assert.equal(fault.request_id, page.headers.get('X-Request-ID'));
    } finally {
      await app.database.schema.renameTable('elsewhere', 'plugin_login_attempts');
    }
  });
});

async function signedIn({ browser }: ScriptedLab) {
  const visitor = browser();
  await visitor.signIn();
  return { visitor, open: () => visitor.open('/account') };
}

async function atAttempt(lab: ScriptedLab) {
  const { visitor } = await signedIn(lab);
  const { login_attempt_id: attempt } = await startLogin(lab.app);
  const path = `/login/plugin?attempt=${attempt}`;
  const page = await visitor.open(path);
  return { open: () => visitor.open(path), approve: () => visitor.submit(page, '/login/plugin/approve') };
}

async function onTheWay({ browser }: ScriptedLab) {
  const visitor = browser();
  const callback = await visitor.reachCallback();
  return { open: () => visitor.open(callback) };
}

async function atCode({ browser }: ScriptedLab) {
  const visitor = browser();
  const page = await visitor.open('/login/plugin');
  return { send: () => visitor.submit(page, '/login/plugin/code', { code: 'BCDF-GHJK' }) };
}
