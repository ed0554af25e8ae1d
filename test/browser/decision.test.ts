import assert from 'node:assert/strict';
import { useBrowser } from '../support/browser.ts';
import { call } from '../support/http.ts';
import { approveButton, askToSignIn, heading, openSignedIn, poll, press, visit } from '../support/login-pages.ts';
import { cookiesOf, readForm, sendForm } from '../support/sent-forms.ts';
import { useVisitors } from '../support/visitors.ts';
import { MIA, useWebLab } from '../support/web-lab.ts';

const APPROVED = /^You’re signed in/;
const DENIED = /^Denied/;
const LONGER_THAN_AN_ATTEMPT = 601;

describe('Deciding about a sign-in in the browser', () => {
  const lab = useWebLab();
  const newVisitor = useVisitors(useBrowser());

  it('lets the plugin in when its user approves, and not before', async () => {
    const { app } = lab();
    const attempt = await askToSignIn(app);
    const { page } = await newVisitor();
    await openSignedIn(page, attempt, 'Mia');
    assert.equal((await poll(app, attempt)).status, 202);
    assert.equal(await press(page, 'Approve'), 200);
    assert.match(await heading(page), APPROVED);
    const { status, body } = await poll(app, attempt);
    assert.deepEqual([status, body.status, body.user.email], [200, 'completed', MIA.email]);
    assert.equal((await call(app, 'GET', '/auth/session', { token: body.auth.cp_access_jwt })).status, 200);
  });

  it('tells the plugin that its user declined, without any sign-in', async () => {
    const { app } = lab();
    const attempt = await askToSignIn(app);
    const { page } = await newVisitor();
    await visit(page, attempt.url);
    assert.equal(await press(page, 'This wasn’t me'), 200);
    assert.match(await heading(page), DENIED);
    assert.deepEqual(await whyRefused(await poll(app, attempt)), [403, 'login_denied', 'user_declined']);
  });

  it('tells the plugin that its user declined, behind the sign-in', async () => {
    const { app } = lab();
    const attempt = await askToSignIn(app);
    const { page } = await newVisitor();
    await openSignedIn(page, attempt, 'Mia');
    assert.equal(await press(page, 'Deny'), 200);
    assert.match(await heading(page), DENIED);
    assert.deepEqual(await whyRefused(await poll(app, attempt)), [403, 'login_denied', 'user_declined']);
  });

  it('says that a sign-in has expired to whoever opens it too late, and so does the poll', async () => {
    const { app } = lab();
    const attempt = await askToSignIn(app);
    await app.advanceClock(LONGER_THAN_AN_ATTEMPT);
    const { page } = await newVisitor();
    assert.equal(await visit(page, attempt.url), 410);
    assert.match(await heading(page), /has expired/);
    assert.equal((await poll(app, attempt)).status, 410);
  });

  it('decides nothing when something is pressed too late', async () => {
    const { app } = lab();
    const attempt = await askToSignIn(app);
    const { page, context } = await newVisitor();
    await openSignedIn(page, attempt, 'Mia');
    const others = [await readForm(page, 'Deny'), await readForm(page, 'Use another account')];
    await app.advanceClock(LONGER_THAN_AN_ATTEMPT);
    assert.equal(await press(page, 'Approve'), 410);
    assert.match(await heading(page), /has expired/);
    for (const form of others) {
      // Back to the page that has just said so.
      assert.equal((await sendForm(form, { cookie: await cookiesOf(context) })).status, 303);
    }
    assert.equal((await poll(app, attempt)).status, 410);
  });

  it('approves once when the form is sent twice at once, and gives the tokens once', async () => {
    const { app } = lab();
    const attempt = await askToSignIn(app);
    const { page, context } = await newVisitor();
    await openSignedIn(page, attempt, 'Mia');
    const [form, cookie] = [await readForm(page, 'Approve'), await cookiesOf(context)];
    const answers = await Promise.all([sendForm(form, { cookie }), sendForm(form, { cookie })]);
    assert.deepEqual(
      answers.map(({ status, location }) => [status, new URL(location as string, app.url).href]),
      [
        [303, attempt.url],
        [303, attempt.url],
      ],
    );
    assert.equal(await visit(page, attempt.url), 200);
    assert.match(await heading(page), APPROVED);
    const polls = await Promise.all([poll(app, attempt), poll(app, attempt)]);
    assert.deepEqual(polls.map(({ status }) => status).sort(), [200, 409]);
  });

  it('shows the closing page to whoever presses twice', async () => {
    const { app } = lab();
    const attempt = await askToSignIn(app);
    const { page } = await newVisitor();
    await openSignedIn(page, attempt, 'Mia');
    await approveButton(page).dblclick();
    await page.getByRole('heading', { level: 1, name: APPROVED }).waitFor();
    assert.equal((await poll(app, attempt)).status, 200);
    assert.equal((await poll(app, attempt)).status, 409);
  });

  it('keeps the first decision, whatever the same browser sends behind it, also once the plugin is in', async () => {
    const { app } = lab();
    const attempt = await askToSignIn(app);
    const { page, context } = await newVisitor();
    await openSignedIn(page, attempt, 'Mia');
    const forms = [await readForm(page, 'Approve'), await readForm(page, 'Deny')];
    await press(page, 'Approve');
    const cookie = await cookiesOf(context);
    const sendAll = async () => {
      for (const form of forms) assert.equal((await sendForm(form, { cookie })).status, 303);
      assert.equal(await visit(page, attempt.url), 200);
      assert.match(await heading(page), APPROVED);
    };
    await sendAll();
    const { status, body } = await poll(app, attempt);
    assert.equal(status, 200);
    await sendAll();
    assert.equal((await poll(app, attempt)).status, 409);
    assert.equal((await call(app, 'GET', '/auth/session', { token: body.auth.cp_access_jwt })).status, 200);
  });

  it('keeps a denial against an approval behind it', async () => {
    const { app } = lab();
    const attempt = await askToSignIn(app);
    const { page, context } = await newVisitor();
    await openSignedIn(page, attempt, 'Mia');
    const approval = await readForm(page, 'Approve');
    await press(page, 'Deny');
    assert.equal((await sendForm(approval, { cookie: await cookiesOf(context) })).status, 303);
    assert.equal(await visit(page, attempt.url), 200);
    assert.match(await heading(page), DENIED);
    assert.deepEqual(await whyRefused(await poll(app, attempt)), [403, 'login_denied', 'user_declined']);
  });
});

async function whyRefused({ status, body }: Awaited<ReturnType<typeof poll>>): Promise<unknown[]> {
  return [status, body.error?.code, body.error?.reason_code];
}
