import assert from 'node:assert/strict';
import { useBrowser } from '../support/browser.ts';
import {
  answerProvider,
  approveButton,
  arriving,
  askToSignIn,
  heading,
  openSignedIn,
  poll,
  press,
  signInAs,
  visit,
} from '../support/login-pages.ts';
import { useVisitors } from '../support/visitors.ts';
import { useWebLab } from '../support/web-lab.ts';

const QUESTION = /show this code/;
const APPROVED = /^You’re signed in/;

describe('Going back, reloading and several tabs', () => {
  const lab = useWebLab();
  const newVisitor = useVisitors(useBrowser());

  it('shows the closing page again to whoever goes back behind the approval', async () => {
    const { app } = lab();
    const attempt = await askToSignIn(app);
    const { page } = await newVisitor();
    await openSignedIn(page, attempt, 'Mia');
    await press(page, 'Approve');
    const back = await page.goBack();
    assert.deepEqual([back?.status(), page.url()], [200, attempt.url]);
    assert.match(await heading(page), APPROVED);
    assert.equal((await poll(app, attempt)).status, 200);
  });

  it('leads from the provider’s page back to the sign-in, which then works', async () => {
    const { app } = lab();
    const attempt = await askToSignIn(app);
    const { page } = await newVisitor();
    await visit(page, attempt.url);
    await press(page, 'Sign in with Example ID');
    await page.getByRole('button', { name: 'Sign in as Mia' }).waitFor();
    const back = await page.goBack();
    assert.deepEqual([back?.status(), page.url()], [200, attempt.url]);
    await signInAs(page, 'Mia');
    await press(page, 'Approve');
    assert.equal((await poll(app, attempt)).status, 200);
  });

  it('survives a reload of each of its pages', async () => {
    const { app } = lab();
    const attempt = await askToSignIn(app);
    const { page } = await newVisitor();
    const reload = async (expected: RegExp) => {
      assert.equal((await page.reload())?.status(), 200);
      assert.match(await heading(page), expected);
    };
    await visit(page, new URL('/login/plugin', attempt.url).href);
    await reload(/Type the code/);
    await visit(page, attempt.url);
    await reload(QUESTION);
    await press(page, 'Sign in with Example ID');
    await page.getByRole('button', { name: 'Sign in as Mia' }).waitFor();
    await page.reload();
    await answerProvider(page, 'Sign in as Mia');
    await reload(QUESTION);
    await press(page, 'Approve');
    await reload(APPROVED);
    assert.equal((await poll(app, attempt)).status, 200);
  });

  it('keeps what was typed when the page that refused a code is reloaded', async () => {
    const { app } = lab();
    const { page } = await newVisitor();
    await visit(page, `${app.url}/login/plugin`);
    await page.getByLabel('Code').fill('not a code');
    assert.equal(await press(page, 'Continue'), 422);
    assert.equal((await page.reload())?.status(), 422);
    assert.equal(await page.getByLabel('Code').inputValue(), 'not a code');
  });

  it('takes an address of a finished trip to the provider for nothing', async () => {
    const { app } = lab();
    const attempt = await askToSignIn(app);
    const { page } = await newVisitor();
    let callback = '';
    page.on('request', (request) => {
      if (request.url().startsWith(`${app.url}/login/callback`)) callback = request.url();
    });
    await openSignedIn(page, attempt, 'Mia');
    assert.equal(await visit(page, callback), 400);
    assert.match(await heading(page), /didn’t work/);
    await arriving(page, () => page.getByRole('link', { name: 'Try again' }).click());
    assert.equal(await press(page, 'Approve'), 200);
    assert.equal((await poll(app, attempt)).status, 200);
  });

  it('decides once in two tabs that both signed in: the second one is told of it', async () => {
    const { app } = lab();
    const attempt = await askToSignIn(app);
    const { page: one, context } = await newVisitor();
    const two = await context.newPage();
    await visit(one, attempt.url);
    await visit(two, attempt.url);
    await signInAs(one, 'Mia');
    // Signed in at the provider by now, so that nothing is asked there.
    await press(two, 'Sign in with Example ID');
    await approveButton(two).waitFor();
    await press(one, 'Approve');
    assert.equal(await press(two, 'Deny'), 200);
    assert.match(await heading(two), APPROVED);
    assert.equal((await poll(app, attempt)).status, 200);
  });

  it('lets a tab that was left at the sign-in page go on where the other one is', async () => {
    const { app } = lab();
    const attempt = await askToSignIn(app);
    const { page: one, context } = await newVisitor();
    const two = await context.newPage();
    await visit(two, attempt.url);
    await openSignedIn(one, attempt, 'Mia');
    await press(one, 'Approve');
    assert.equal(await press(two, 'Sign in with Example ID'), 200);
    assert.match(await heading(two), APPROVED);
    assert.equal((await poll(app, attempt)).status, 200);
  });

  it('asks a tab to try again whose cookie another one has replaced, and then works', async () => {
    const { app } = lab();
    const attempt = await askToSignIn(app);
    const { page: one, context } = await newVisitor();
    await visit(one, attempt.url);
    // As when two tabs are opened at once in a browser that has no cookie yet.
    await context.clearCookies();
    await visit(await context.newPage(), attempt.url);
    assert.equal(await press(one, 'Sign in with Example ID'), 403);
    await arriving(one, () => one.getByRole('link', { name: 'Try again' }).click());
    await signInAs(one, 'Mia');
    await press(one, 'Approve');
    assert.equal((await poll(app, attempt)).status, 200);
  });

  it('keeps two sign-ins in two tabs apart', async () => {
    const { app } = lab();
    const [studio, laptop] = [await askToSignIn(app), await askToSignIn(app, { deviceName: 'LAPTOP' })];
    const { page: one, context } = await newVisitor();
    const two = await context.newPage();
    await openSignedIn(one, studio, 'Mia');
    await visit(two, laptop.url);
    assert.match(await heading(two), /LAPTOP/);
    await press(two, 'Deny');
    assert.equal((await poll(app, studio)).status, 202);
    await press(one, 'Approve');
    assert.deepEqual([(await poll(app, studio)).status, (await poll(app, laptop)).status], [200, 403]);
  });
});
