import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.ts';
import { decideLogin, makeUser, type TestUser } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { askToSignIn, heading, poll, press, signInAs, textOf, visit } from '../support/login-pages.ts';
import { cookiesOf, readForm, sendForm } from '../support/sent-forms.ts';
import { useVisitors, type Visitor } from '../support/visitors.ts';
import { MIA, TOM, useWebLab } from '../support/web-lab.ts';

interface Device {
  token: string;
  refreshToken: string;
}

describe('The account page', () => {
  const lab = useWebLab();
  const newVisitor = useVisitors(useBrowser());
  let mia: TestUser;
  let tom: TestUser;
  before(async () => {
    const { app } = lab();
    mia = await makeUser(app, { email: MIA.email as string, plan: 'pro' });
    tom = await makeUser(app, { email: TOM.email as string, plan: 'free' });
  });

  it('shows plan, Time Bank and devices to whoever signs in', async () => {
    await signInDevice(mia, 'STREAM-PC');
    await signInDevice(mia, 'BACKPACK');
    const { page } = await newVisitor();
    assert.equal(await visit(page, `${lab().app.url}/account`), 200);
    assert.doesNotMatch(await textOf(page), /STREAM-PC/);
    await signInAs(page, 'Mia');
    assert.equal(new URL(page.url()).pathname, '/account');
    const text = await textOf(page);
    assert.match(text, /mia@example\.com/);
    assert.match(text, /Plan\s+pro/i);
    assert.match(text, /0 of 3 relays running/);
    assert.match(text, /50 hours left/);
    assert.deepEqual(await devicesOn(page), ['“BACKPACK”', '“STREAM-PC”']);
  });

  it('signs out one device and leaves the others alone', async () => {
    const lost = await signInDevice(mia, 'LOST-PC');
    const kept = await signInDevice(mia, 'KEPT-PC');
    const { page } = await openAccount('Mia');
    assert.equal(await press(page, 'Sign out “LOST-PC”'), 200);
    assert.match(await page.getByRole('status').innerText(), /was signed out/);
    const names = await devicesOn(page);
    assert.deepEqual([names.includes('“LOST-PC”'), names.includes('“KEPT-PC”')], [false, true]);
    assert.equal(await useAccess(lost), 401);
    assert.ok([401, 410].includes(await useRefresh(lost)));
    assert.equal(await useAccess(kept), 200);
    assert.equal(await useRefresh(kept), 200);
  });

  it('says the same to whoever sends the form of a device twice', async () => {
    await signInDevice(mia, 'TWICE-PC');
    const { page, context } = await openAccount('Mia');
    const form = await readForm(page, 'Sign out “TWICE-PC”');
    const cookie = await cookiesOf(context);
    const answers = await Promise.all([sendForm(form, { cookie }), sendForm(form, { cookie })]);
    assert.deepEqual(
      answers.map(({ status, location }) => [status, location]),
      [
        [303, '/account?done=device'],
        [303, '/account?done=device'],
      ],
    );
  });

  it('signs the page out, and leaves the devices signed in', async () => {
    const device = await signInDevice(mia, 'STAYS-PC');
    const { page, context } = await openAccount('Mia');
    const form = await readForm(page, 'Sign out “STAYS-PC”');
    assert.equal(await press(page, 'Sign out of this page'), 200);
    assert.match(await page.getByRole('status').innerText(), /This page is signed out/);
    assert.equal((await context.cookies()).filter(({ name }) => name === '__Host-telemy-session').length, 0);
    await page.goBack();
    assert.doesNotMatch(await textOf(page), /STAYS-PC|mia@/);
    // The page's own form, kept from before, is of no use any more.
    assert.equal((await sendForm(form, { cookie: await cookiesOf(context) })).status, 403);
    assert.equal(await useAccess(device), 200);
  });

  it('tells whoever would sign out someone else’s device no more than for one that there isn’t', async () => {
    const device = await signInDevice(mia, 'MIAS-PC');
    await signInDevice(tom, 'TOMS-PC');
    const { url } = await readForm((await openAccount('Mia')).page, 'Sign out “MIAS-PC”');
    const { page, context } = await openAccount('Tom');
    assert.deepEqual(await devicesOn(page), ['“TOMS-PC”']);
    const { fields } = await readForm(page, 'Sign out “TOMS-PC”');
    const cookie = await cookiesOf(context);
    const send = async (id: string) => {
      const { status, text } = await sendForm({ url: url.replace(/aut_\w+/, id), fields }, { cookie });
      return [status, text.replace(/[0-9a-f-]{36}/, 'REQUEST-ID')];
    };
    const [theirs = ''] = /aut_\w+/.exec(url) ?? [];
    const unknown = await send('aut_019aa1c2d3e4750081a2b3c4d5e6f708');
    assert.deepEqual(unknown[0], 404);
    assert.deepEqual(await send(theirs), unknown);
    assert.deepEqual(await send('%00'), unknown);
    assert.deepEqual(await send('..%2f..'), unknown);
    assert.equal(await useAccess(device), 200);
  });

  it('takes no form token of another account, although it is the same browser', async () => {
    const device = await signInDevice(mia, 'MIAS-PC');
    const visitor = await openAccount('Mia');
    const miasForm = await readForm(visitor.page, 'Sign out of this page');
    await press(visitor.page, 'Sign out of this page');
    await visitor.context.clearCookies({ name: /^idp_/ });
    await signInAs(visitor.page, 'Tom');
    assert.match(await textOf(visitor.page), /tom@example\.com/);
    const answer = await sendForm(miasForm, { cookie: await cookiesOf(visitor.context) });
    assert.equal(answer.status, 403);
    assert.equal(await useAccess(device), 200);
  });

  it('shows a device’s name as it is, whatever is in it', async () => {
    const name = '<img src=x onerror=alert(1)></h3><b>PC</b>';
    await signInDevice(mia, name);
    const { page } = await openAccount('Mia');
    assert.ok((await devicesOn(page)).includes(`“${name}”`));
    assert.equal(await page.locator('main img, main b').count(), 0);
    await press(page, `Sign out “${name.slice(0, 39)}…”`);
    assert.ok(!(await devicesOn(page)).includes(`“${name}”`));
  });

  it('ends half an hour behind the sign-in, whatever is pressed then', async () => {
    const device = await signInDevice(mia, 'OPEN-PC');
    const { page } = await openAccount('Mia');
    await lab().app.advanceClock(31 * 60);
    assert.equal(await press(page, 'Sign out “OPEN-PC”'), 403);
    assert.match(await heading(page), /no longer valid/);
    assert.equal(await useRefresh(device), 200);
  });

  async function openAccount(name: string): Promise<Visitor> {
    const visitor = await newVisitor();
    await visit(visitor.page, `${lab().app.url}/account`);
    await signInAs(visitor.page, name);
    return visitor;
  }

  async function signInDevice(user: TestUser, deviceName: string): Promise<Device> {
    const { app } = lab();
    const attempt = await askToSignIn(app, { deviceName });
    await decideLogin(app, { login_attempt_id: attempt.id, outcome: 'completed', user_id: user.id });
    const { auth } = (await poll(app, attempt)).body;
    return { token: auth.cp_access_jwt, refreshToken: auth.refresh_token };
  }

  const useAccess = async ({ token }: Device) => (await call(lab().app, 'GET', '/auth/session', { token })).status;

  async function useRefresh({ refreshToken }: Device): Promise<number> {
    const body = { refresh_token: refreshToken };
    return (await call(lab().app, 'POST', '/auth/refresh', { body })).status;
  }
});

function devicesOn(page: Page): Promise<string[]> {
  return page.getByRole('region', { name: 'Devices' }).getByRole('heading', { level: 3 }).allInnerTexts();
}
