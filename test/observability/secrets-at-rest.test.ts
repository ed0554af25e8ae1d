import assert from 'node:assert/strict';
import { signIn, startActive } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { fieldsOf } from '../support/page-html.ts';
import { CLIENT_SECRET, newPerson, useScriptedLab } from '../support/scripted-web-lab.ts';
import { TEST_SECRETS, type TestApp } from '../support/test-app.ts';

/** What relays and publishers have to be told again, so it is kept as it is: the README says so. */
const READABLE: Record<string, string[]> = {
  'public.stream_slots': ['stream_token'],
  'public.relay_sessions': ['stream_token', 'pair_token', 'relay_ws_token'],
};

describe('What the database holds', () => {
  const lab = useScriptedLab({ roles: ['api', 'worker'] });

  it('is no secret in the clear, in hexadecimal digits or in base64, in any table, the jobs’ too', async () => {
    const { app, browser, provider } = lab();
    provider.user = newPerson();
    const started = await call(app, 'POST', '/auth/plugin/login/start', { body: { client: { platform: 'test' } } });
    const attempt = started.body;
    const visitor = browser();
    const page = await visitor.open(`/login/plugin?attempt=${attempt.login_attempt_id}`);
    const callback = await visitor.visitProvider(await visitor.submit(page, '/login/plugin/sign-in'));
    const asking = await visitor.open(callback);
    await visitor.submit(asking, '/login/plugin/approve');
    const { login_attempt_id, poll_token } = attempt;
    const polled = await call(app, 'POST', '/auth/plugin/login/poll', { body: { login_attempt_id, poll_token } });
    const { cp_access_jwt: token, refresh_token } = polled.body.auth;
    const refreshed = await call(app, 'POST', '/auth/refresh', { body: { refresh_token } });
    const { token: paid } = await signIn(app);
    const session = await startActive(app, paid);
    await call(app, 'POST', '/relay/stop', { token: paid, body: { session_id: session.session_id } });

    const secrets: Record<string, string> = {
      ...TEST_SECRETS,
      CLIENT_SECRET,
      poll_token,
      token,
      refresh_token,
      refreshSignature: refresh_token.split('.')[3],
      nextToken: refreshed.body.auth.cp_access_jwt,
      nextRefreshToken: refreshed.body.auth.refresh_token,
      nextSignature: refreshed.body.auth.refresh_token.split('.')[3],
      formToken: fieldsOf(asking.html, '/login/plugin/approve').csrf ?? '',
      state: new URL(callback, app.url).searchParams.get('state') ?? '',
      code: new URL(callback, app.url).searchParams.get('code') ?? '',
      ...Object.fromEntries(visitor.cookies),
    };
    const tables = await everything(app);
    assert.ok(Object.keys(tables).some((name) => name.startsWith('jobs.')) && Object.keys(tables).length > 15);
    for (const [name, secret] of Object.entries(secrets)) {
      assert.ok(secret.length >= 9, `${name} is too short to be told apart from chance`);
      for (const [table, rows] of Object.entries(tables)) {
        for (const form of formsOf(secret)) assert.equal(rows.includes(form), false, `${table} holds ${name}`);
      }
    }
    // So it was not empty.
    assert.ok(tables['public.plugin_login_attempts']?.includes(login_attempt_id));
    assert.ok(tables['public.relay_sessions']?.includes(session.session_id));
    // The keys of a session are where they are said to be, and nowhere else.
    const { pair_token, relay_ws_token } = session.credentials;
    for (const key of [pair_token, relay_ws_token]) {
      assert.ok(key.length >= 9);
      for (const [table, rows] of Object.entries(tables)) assert.equal(rows.includes(key), false, table);
    }
  });
});

/** The text as itself, as PostgreSQL writes bytes, and in base64. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const decoded = Buffer.from(secret, 'base64url');
  return [secret, bytes.toString('hex'), decoded.toString('hex'), bytes.toString('base64').replace(/=+$/, '')];
}

/** Every row of every table, as text by the table's name, without the columns that are readable. */
async function everything({ database }: TestApp): Promise<Record<string, string>> {
  const { rows: names } = await database.raw<{ rows: { schema: string; name: string }[] }>(
    `select table_schema as schema, table_name as name from information_schema.tables
      where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
  );
  const dumps = await Promise.all(
    names.map(async ({ schema, name }) => {
      const readable = READABLE[`${schema}.${name}`] ?? [];
      const { rows } = await database.raw<{ rows: { dump: string | null }[] }>(
        'select string_agg((to_jsonb(t) - ?::text[])::text, chr(10)) as dump from ??.?? t',
        [readable, schema, name],
      );
      return [`${schema}.${name}`, rows[0]?.dump ?? ''] as const;
    }),
  );
  return Object.fromEntries(dumps);
}
