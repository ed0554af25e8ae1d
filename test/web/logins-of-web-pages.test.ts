import assert from 'node:assert/strict';
import { CLIENT } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { wordsOf } from '../support/page-html.ts';
import { newPerson, useScriptedLab } from '../support/scripted-web-lab.ts';

describe('A login that a web page started', () => {
  const lab = useScriptedLab();

  async function atAttempt(origin: string | undefined) {
    const { app, provider, browser } = lab();
    const headers: Record<string, string> = origin === undefined ? {} : { Origin: origin };
    const { body } = await call(app, 'POST', '/auth/plugin/login/start', { body: { client: CLIENT }, headers });
    provider.user = newPerson();
    const visitor = browser();
    await visitor.signIn();
    const page = await visitor.open(`/login/plugin?attempt=${body.login_attempt_id}`);
    const stored = () => app.database('plugin_login_attempts').where({ id: body.login_attempt_id }).first();
    return { visitor, page, stored };
  }

  it('says so, with the address of that page, because the network tells nothing: it may be open in this browser', async () => {
    const { page } = await atAttempt('https://evil.example');
    const words = wordsOf(page.html);
    assert.ok(words.includes('A web page asked for this') && words.includes('https://evil.example'), words);
  });

  it('is approved only with the tick', async () => {
    const { visitor, page, stored } = await atAttempt('https://evil.example');
    const refused = await visitor.submit(page, '/login/plugin/approve');
    assert.deepEqual([refused.status, (await stored()).status], [422, 'pending']);
    await visitor.submit(page, '/login/plugin/approve', { confirmed: 'yes' });
    assert.equal((await stored()).status, 'completed');
  });

  it('is known even if the page has an origin that says nothing, as one from a file', async () => {
    const { page } = await atAttempt('null');
    assert.ok(wordsOf(page.html).includes('A web page asked for this'));
  });

  it('shows an origin with markup as text, and keeps no more than 300 characters of one', async () => {
    const { page, stored } = await atAttempt(`<b>${'x'.repeat(1_000)}`);
    assert.equal(page.html.includes('<b>x'), false);
    assert.equal((await stored()).requester_origin.length, 300);
  });

  it('is none if a program started it: no warning, no tick', async () => {
    const { visitor, page, stored } = await atAttempt(undefined);
    assert.equal(wordsOf(page.html).includes('A web page asked'), false);
    await visitor.submit(page, '/login/plugin/approve');
    assert.equal((await stored()).status, 'completed');
  });
});
