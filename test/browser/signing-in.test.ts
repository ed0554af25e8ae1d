import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
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
  textOf,
  visit,
} from '../support/login-pages.ts';
import { useVisitors } from '../support/visitors.ts';
import { MIA, TOM, useWebLab } from '../support/web-lab.ts';

const MINUTE = 60;

describe('Signing in in the browser', () => {
  const lab = useWebLab();
  const newVisitor = useVisitors(useBrowser());

  it('gives the plugin the account that was chosen last', async () => {
    const { app } = lab();
    const attempt = await askToSignIn(app);
    const { page } = await newVisitor();
    await openSignedIn(page, attempt, 'Mia');
    assert.match(await textOf(page), /mia@example\.com/);
    await press(page, 'Use another account');
    // The provider asks again, although Mia is signed in there.
    await answerProvider(page, 'Sign in as Tom');
    await approveButton(page).waitFor();
    assert.match(await textOf(page), /tom@example\.com/);
    assert.doesNotMatch(await textOf(page), /mia@example\.com/);
    await press(page, 'Approve');
    const { body } = await poll(app, attempt);
    assert.deepEqual([body.user.email, body.user.display_name], [TOM.email, TOM.name]);
  });

  it('leads back from a sign-in that was cancelled at the provider, to one that works', async () => {
    const { app } = lab();
    const attempt = await askToSignIn(app);
    const { page } = await newVisitor();
    await visit(page, attempt.url);
    await press(page, 'Sign in with Example ID');
    assert.equal(await answerProvider(page, 'Cancel'), 403);
    assert.match(await heading(page), /You stopped at Example ID/);
    assert.equal(await arriving(page, () => page.getByRole('link', { name: 'Try again' }).click()), 200);
    assert.equal(page.url(), attempt.url);
    await signInAs(page, 'Mia');
    await press(page, 'Approve');
    assert.equal((await poll(app, attempt)).body.user.email, MIA.email);
  });

  it('asks to sign in again half an hour later', async () => {
    const { app } = lab();
    const { page } = await newVisitor();
    await openSignedIn(page, await askToSignIn(app), 'Mia');
    await app.advanceClock(29 * MINUTE);
    await visit(page, (await askToSignIn(app)).url);
    assert.equal(await approveButton(page).count(), 1);
    await app.advanceClock(2 * MINUTE);
    const attempt = await askToSignIn(app);
    await visit(page, attempt.url);
    assert.equal(await approveButton(page).count(), 0);
    await press(page, 'Sign in with Example ID');
    await approveButton(page).waitFor();
    await press(page, 'Approve');
    assert.equal((await poll(app, attempt)).body.user.email, MIA.email);
  });

  it('asks to sign in again, and approves nothing, when that half hour ends with the page open', async () => {
    const { app } = lab();
    const { page } = await newVisitor();
    await openSignedIn(page, await askToSignIn(app), 'Mia');
    await app.advanceClock(29 * MINUTE);
    const attempt = await askToSignIn(app);
    await visit(page, attempt.url);
    await app.advanceClock(2 * MINUTE);
    assert.equal(await press(page, 'Approve'), 200);
    assert.equal(page.url(), attempt.url);
    assert.equal(await page.getByRole('button', { name: 'Sign in with Example ID' }).count(), 1);
    assert.equal((await poll(app, attempt)).status, 202);
  });

  it('keeps no more than two cookies, which no script and no other site can use', async () => {
    const { app } = lab();
    const { page, context } = await newVisitor();
    const cookiesSet: string[] = [];
    page.on('response', async (response) => {
      if (!response.url().startsWith(app.url)) return;
      const headers = await response.headersArray();
      cookiesSet.push(...headers.filter(({ name }) => name.toLowerCase() === 'set-cookie').map(({ value }) => value));
    });
    await openSignedIn(page, await askToSignIn(app), 'Mia');
    const kept = (await context.cookies()).filter(({ name }) => !name.startsWith('idp_'));
    assert.deepEqual(
      kept.map(({ name, value, ...attributes }) => ({ name, ...attributes })).sort(byName),
      ['__Host-telemy-browser', '__Host-telemy-session'].map((name) => ({
        name,
        domain: '127.0.0.1',
        path: '/',
        expires: -1,
        httpOnly: true,
        secure: true,
        sameSite: 'Lax',
      })),
    );
    const attributes = cookiesSet.flatMap((line) =>
      line
        .split('; ')
        .slice(1)
        .map((text) => text.toLowerCase()),
    );
    assert.deepEqual([...new Set(attributes)].sort(), ['httponly', 'path=/', 'samesite=lax', 'secure']);
    assert.equal(await page.evaluate(() => document.cookie), '');
  });

  it('tells a browser that keeps no cookies what is missing', async () => {
    const attempt = await askToSignIn(lab().app);
    const { page, context } = await newVisitor();
    await visit(page, attempt.url);
    await context.clearCookies();
    assert.equal(await press(page, 'Sign in with Example ID'), 400);
    assert.match(await heading(page), /Cookies are missing/);
  });

  it('can be done by the keyboard alone, from the code to the approval', async () => {
    const { app } = lab();
    const attempt = await askToSignIn(app);
    const { page } = await newVisitor();
    await visit(page, `${app.url}/login/plugin`);
    await tabTo(page, 'Code');
    await page.keyboard.type(attempt.code);
    assert.equal(await arriving(page, () => page.keyboard.press('Enter')), 200);
    await tabTo(page, 'Sign in with Example ID');
    await arriving(page, () => page.keyboard.press('Enter'));
    await page.getByRole('button', { name: 'Sign in as Mia' }).waitFor();
    await tabTo(page, 'Sign in as Mia');
    assert.equal(await arriving(page, () => page.keyboard.press('Enter')), 200);
    await tabTo(page, 'Approve');
    assert.equal(await arriving(page, () => page.keyboard.press('Enter')), 200);
    assert.match(await heading(page), /^You’re signed in/);
    assert.equal((await poll(app, attempt)).body.user.email, MIA.email);
  });
});

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1;
}

/** Presses Tab until what is called so has the focus, which must be seen. */
async function tabTo(page: Page, name: string): Promise<void> {
  const reached: string[] = [];
  while (reached.at(-1) !== name) {
    if (reached.length > 10) throw new Error(`Tab reaches no “${name}”, but ${reached.join(', ')}.`);
    await page.keyboard.press('Tab');
    reached.push(
      await page.evaluate(() => {
        const element = document.activeElement as HTMLInputElement;
        return (element.labels?.[0] ?? element).innerText.trim();
      }),
    );
  }
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle);
  if (outline === 'none') throw new Error(`Nothing shows that “${name}” has the focus.`);
}
