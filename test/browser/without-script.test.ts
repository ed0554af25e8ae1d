import assert from 'node:assert/strict';
import { useBrowser } from '../support/browser.ts';
import { arriving, askToSignIn, heading, openSignedIn, poll, press, signInAs, visit } from '../support/login-pages.ts';
import { useVisitors } from '../support/visitors.ts';
import { MIA, useWebLab } from '../support/web-lab.ts';

const WITHOUT_SCRIPT = { javaScriptEnabled: false };
const PHONE = { ...WITHOUT_SCRIPT, viewport: { width: 390, height: 844 }, hasTouch: true };
const AT_HOME = '203.0.113.7';

describe('The login without any script', () => {
  const lab = useWebLab({ TRUSTED_PROXIES: '127.0.0.1/32' });
  const newVisitor = useVisitors(useBrowser());
  const askFromHome = () => askToSignIn(lab().app, { headers: { 'X-Forwarded-For': AT_HOME } });

  it('works in the browser that OBS opens', async () => {
    const { app } = lab();
    const attempt = await askFromHome();
    const { page } = await newVisitor({ ...WITHOUT_SCRIPT, extraHTTPHeaders: { 'X-Forwarded-For': AT_HOME } });
    await openSignedIn(page, attempt, 'Mia');
    assert.equal(await press(page, 'Approve'), 200);
    assert.match(await heading(page), /^You’re signed in/);
    assert.equal((await poll(app, attempt)).body.user.email, MIA.email);
  });

  it('works by a link where the browser doesn’t go on to the provider by itself', async () => {
    const attempt = await askFromHome();
    const { page } = await newVisitor(WITHOUT_SCRIPT);
    await page.route('**/login/plugin/sign-in', async (route) => {
      const answer = await route.fetch();
      const body = (await answer.text()).replace(/<meta http-equiv="refresh"[^>]*>/, '');
      return route.fulfill({ response: answer, body });
    });
    await visit(page, attempt.url);
    await press(page, 'Sign in with Example ID');
    assert.match(await heading(page), /On to Example ID/);
    await arriving(page, () => page.getByRole('link', { name: 'Continue to Example ID' }).click());
    assert.equal(await page.getByRole('button', { name: 'Sign in as Mia' }).count(), 1);
  });

  it('works on a phone in another network, by the code in small letters and with spaces', async () => {
    const { app } = lab();
    const attempt = await askFromHome();
    const { page } = await newVisitor({ ...PHONE, extraHTTPHeaders: { 'X-Forwarded-For': '198.51.100.9' } });
    await visit(page, `${app.url}/login/plugin`);
    await page.getByLabel('Code').fill(` ${[...attempt.code.toLowerCase().replace('-', '')].join(' ')} `);
    assert.equal(await press(page, 'Continue'), 200);
    assert.equal(page.url(), attempt.url);
    assert.ok((await page.locator('main').innerText()).includes(attempt.code));
    await signInAs(page, 'Mia');
    await page.getByRole('checkbox').check();
    assert.equal(await press(page, 'Approve'), 200);
    assert.match(await heading(page), /^You’re signed in/);
    assert.equal((await poll(app, attempt)).body.user.email, MIA.email);
  });

  it('says on a phone what is wrong with a code, and then takes the right one', async () => {
    const { app } = lab();
    const attempt = await askFromHome();
    const { page } = await newVisitor(PHONE);
    await visit(page, `${app.url}/login/plugin`);
    for (const [code, fault] of [
      ['ABC', /Type the eight letters/],
      ['BBBB-BBBB', /No sign-in waits with this code/],
    ] as const) {
      await page.getByLabel('Code').fill(code);
      assert.equal(await press(page, 'Continue'), 422);
      assert.match(await page.getByRole('alert').innerText(), fault);
      assert.match(await page.title(), /^Error: /);
      assert.equal(await page.getByLabel('Code').inputValue(), code);
    }
    await page.getByLabel('Code').fill(attempt.code);
    assert.equal(await press(page, 'Continue'), 200);
    assert.equal(page.url(), attempt.url);
  });

  it('finds no sign-in by the code of one that is over or decided', async () => {
    const { app } = lab();
    const denied = await askFromHome();
    const { page } = await newVisitor(PHONE);
    await visit(page, denied.url);
    await press(page, 'This wasn’t me');
    const late = await askFromHome();
    await app.advanceClock(601);
    await visit(page, `${app.url}/login/plugin`);
    for (const { code } of [denied, late]) {
      await page.getByLabel('Code').fill(code);
      assert.equal(await press(page, 'Continue'), 422);
      assert.match(await page.getByRole('alert').innerText(), /No sign-in waits/);
    }
  });
});
