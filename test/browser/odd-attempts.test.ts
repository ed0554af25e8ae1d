import assert from 'node:assert/strict';
import { sendRaw } from '../http/raw-socket.ts';
import { useBrowser } from '../support/browser.ts';
import { decideLogin, makeUser } from '../support/factories.ts';
import { askToSignIn, heading, openSignedIn, press, visit } from '../support/login-pages.ts';
import { cookiesOf, openPlainly, readForm, sendForm } from '../support/sent-forms.ts';
import { useVisitors } from '../support/visitors.ts';
import { useWebLab } from '../support/web-lab.ts';

const ODD_IDS: Record<string, string> = {
  'none of ours': 'pla_019aa1c2d3e4750081a2b3c4d5e6f708',
  'an empty one': '',
  'one with a NUL': 'pla_1%00',
  'one with quotes': `pla_'"%27%22--;`,
  'one of 10,000 characters': `pla_${'a'.repeat(10_000)}`,
  'a path that climbs': '../../../etc/passwd',
  markup: '%3Cscript%3Ealert(1)%3C/script%3E',
  'what is no UTF-8': 'pla_%ff%fe',
  'a broken escape': 'pla_%zz%',
  'a line break': 'pla_1%0d%0aSet-Cookie:%20a=b',
};

const ODD_PATHS: Record<string, number> = {
  '/login': 404,
  '/login/': 404,
  '/login/%00': 404,
  '/login/%zz': 404,
  '/login/%2e%2e%2f%2e%2e%2fetc%2fpasswd': 404,
  '/account/devices': 404,
  '/account/devices/%zz/sign-out': 405,
  '/login/plugin/approve': 405,
  '/login/callback': 400,
  '/login/callback?state=%00&code=%ff': 400,
  '/login/callback?error=access_denied': 400,
};

describe('Sign-ins that cannot go on', () => {
  const lab = useWebLab();
  const newVisitor = useVisitors(useBrowser());

  for (const outcome of ['completed', 'denied']) {
    it(`says that a sign-in is finished which the operator's door ${outcome}`, async () => {
      const { app } = lab();
      const attempt = await askToSignIn(app);
      const user = outcome === 'completed' ? { user_id: (await makeUser(app)).id } : {};
      const decided = await decideLogin(app, { login_attempt_id: attempt.id, outcome, ...user });
      assert.equal(decided.status, 204);
      const { page } = await newVisitor();
      assert.equal(await visit(page, attempt.url), 409);
      assert.match(await heading(page), /already finished/);
    });
  }

  it('tells whoever has the page open what the operator’s door decided meanwhile', async () => {
    const { app } = lab();
    const attempt = await askToSignIn(app);
    const { page } = await newVisitor();
    await openSignedIn(page, attempt, 'Mia');
    await decideLogin(app, { login_attempt_id: attempt.id, outcome: 'denied' });
    assert.equal(await press(page, 'Approve'), 409);
    assert.match(await heading(page), /already finished/);
  });

  it('says of an id that it doesn’t know that there is no such sign-in, in a real browser', async () => {
    const { page } = await newVisitor();
    assert.equal(await visit(page, `${lab().app.url}/login/plugin?attempt=pla_1`), 404);
    assert.match(await heading(page), /no such sign-in/);
  });

  for (const [kind, id] of Object.entries(ODD_IDS)) {
    it(`says of ${kind} that there is no such sign-in`, async () => {
      const answer = await openPlainly(`${lab().app.url}/login/plugin?attempt=${id}`);
      assert.equal(answer.status, 404);
      assert.match(answer.text, /There is no such sign-in/);
      assert.doesNotMatch(answer.text, /<script|passwd/);
    });
  }

  for (const [path, status] of Object.entries(ODD_PATHS)) {
    it(`answers GET ${path} with a page and ${status}`, async () => {
      // As it stands: clients tidy paths up.
      const { host } = new URL(lab().app.url);
      const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
      assertPage(await sendRaw(lab().app.url, request), status);
    });
  }

  for (const host of ['a:b:c', '[', '%', '']) {
    it(`answers a request for the host “${host}” with its page`, async () => {
      for (const [path, status] of [
        ['/login/plugin', 200],
        ['/login/plugin?attempt=pla_1', 404],
        ['/login/callback?state=x', 400],
        ['/account', 200],
      ] as const) {
        const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
        assertPage(await sendRaw(lab().app.url, request), status);
      }
    });
  }

  it('answers odd ids in forms, with good cookies, with a page that says what to do', async () => {
    const { app } = lab();
    const { page, context } = await newVisitor();
    await openSignedIn(page, await askToSignIn(app), 'Mia');
    const cookie = await cookiesOf(context);
    for (const button of ['Approve', 'Deny', 'Use another account']) {
      const { url, fields } = await readForm(page, button);
      for (const attempt of ['', 'pla_\0', "pla_' or 1=1", '../..', 'a'.repeat(1_000), 'pla_1']) {
        const answer = await sendForm({ url, fields: { ...fields, attempt } }, { cookie });
        assert.equal(answer.status, 403, attempt);
        assert.match(answer.text, /Try again/);
      }
    }
  });

  it('refuses forms that are too long or that are none, with a page', async () => {
    const { app } = lab();
    const url = `${app.url}/login/plugin/code`;
    assert.equal((await sendForm({ url, fields: { code: 'x'.repeat(10_000) } })).status, 413);
    const json = await fetch(url, { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } });
    assert.equal(json.status, 415);
    assert.match(await json.text(), /<h1>We didn’t understand that<\/h1>/);
  });

  it('answers odd codes with the page for typing one', async () => {
    const { app } = lab();
    const { page, context } = await newVisitor();
    await visit(page, `${app.url}/login/plugin`);
    const form = await readForm(page, 'Continue');
    const cookie = await cookiesOf(context);
    for (const code of ['', '\0', 'BCDF-GHJ\0', '"><script>alert(1)</script>', '💥'.repeat(16), 'BCDF-GHJK']) {
      const answer = await sendForm({ ...form, fields: { ...form.fields, code } }, { cookie });
      assert.equal(answer.status, 422, code);
      assert.doesNotMatch(answer.text, /<script/);
    }
  });
});

function assertPage({ statusLine, headers, body }: Awaited<ReturnType<typeof sendRaw>>, status: number): void {
  assert.equal(Number(statusLine.split(' ')[1]), status, statusLine);
  assert.equal(headers.get('content-type'), 'text/html; charset=utf-8');
  assert.match(body, /<h1>.+<\/h1>/);
}
