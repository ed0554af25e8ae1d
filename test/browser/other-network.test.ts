import assert from 'node:assert/strict';
import { useBrowser } from '../support/browser.ts';
import { askToSignIn, heading, openSignedIn, poll, press, signInAs, textOf, visit } from '../support/login-pages.ts';
import { cookiesOf, readForm, sendForm } from '../support/sent-forms.ts';
import { useVisitors } from '../support/visitors.ts';
import { useWebLab } from '../support/web-lab.ts';

const FROM_GERMANY = { 'X-Forwarded-For': '203.0.113.7', 'CF-IPCountry': 'DE' };
const FROM_FRANCE = { 'X-Forwarded-For': '198.51.100.9', 'CF-IPCountry': 'FR' };
const WARNING = /OBS asked from somewhere else/;

describe('A sign-in that was asked for from another network', () => {
  const lab = useWebLab({ TRUSTED_PROXIES: '127.0.0.1/32' });
  const newVisitor = useVisitors(useBrowser());

  it('warns of it with both addresses, and needs the tick to be approved', async () => {
    const { app } = lab();
    const attempt = await askToSignIn(app, { headers: FROM_GERMANY });
    const { page } = await newVisitor();
    await visit(page, attempt.url);
    assertWarning(await textOf(page));
    await signInAs(page, 'Mia');
    assertWarning(await textOf(page));
    const tick = page.getByRole('checkbox', { name: /I started this sign-in myself/ });
    assert.equal(await tick.isChecked(), false);
    // The browser would not even send the form.
    await tick.evaluate((input) => input.removeAttribute('required'));
    assert.equal(await press(page, 'Approve'), 422);
    assert.match(await page.getByRole('alert').innerText(), /Tick that you started this sign-in yourself/);
    assert.match(await page.title(), /^Error: /);
    assertWarning(await textOf(page));
    assert.equal((await page.reload())?.status(), 422);
    assert.equal((await poll(app, attempt)).status, 202);
    await tick.check();
    assert.equal(await press(page, 'Approve'), 200);
    assert.match(await heading(page), /^You’re signed in/);
    assert.equal((await poll(app, attempt)).status, 200);
  });

  it('is sent by no browser without the tick, and denied without one', async () => {
    const { app } = lab();
    const attempt = await askToSignIn(app, { headers: FROM_GERMANY });
    const { page } = await newVisitor();
    await openSignedIn(page, attempt, 'Mia');
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    assert.equal(await page.getByRole('checkbox').evaluate((input) => input.matches(':invalid:focus')), true);
    assert.equal(await press(page, 'Deny'), 200);
    assert.equal((await poll(app, attempt)).status, 403);
  });

  it('takes the word of the address that sends the form, not of the one that opened the page', async () => {
    const { app } = lab();
    const attempt = await askToSignIn(app, { headers: FROM_GERMANY });
    const { page, context } = await newVisitor({ extraHTTPHeaders: FROM_GERMANY });
    await openSignedIn(page, attempt, 'Mia');
    assert.doesNotMatch(await textOf(page), WARNING);
    const form = await readForm(page, 'Approve');
    const answer = await sendForm(form, { cookie: await cookiesOf(context), headers: FROM_FRANCE });
    assert.equal(answer.status, 422);
    assert.equal((await poll(app, attempt)).status, 202);
  });

  it('names no countries where nobody is trusted to tell them', async () => {
    const attempt = await askToSignIn(lab().app, { headers: FROM_GERMANY });
    const { page } = await newVisitor({ extraHTTPHeaders: FROM_FRANCE });
    await visit(page, attempt.url);
    assert.match(await textOf(page), WARNING);
    assert.doesNotMatch(await textOf(page), /Germany|France/);
  });
});

describe('A sign-in that was asked for from another network, behind Cloudflare', () => {
  const lab = useWebLab({ TRUSTED_PROXIES: 'cloudflare,127.0.0.1/32' });
  const newVisitor = useVisitors(useBrowser());
  /** As a proxy of ours passes on what one of Cloudflare's addresses sent it. */
  const behindCloudflare = (headers: typeof FROM_GERMANY) => ({
    ...headers,
    'X-Forwarded-For': `${headers['X-Forwarded-For']}, 173.245.48.1`,
  });

  it('names the countries of both', async () => {
    const attempt = await askToSignIn(lab().app, { headers: behindCloudflare(FROM_GERMANY) });
    const { page } = await newVisitor({ extraHTTPHeaders: behindCloudflare(FROM_FRANCE) });
    await openSignedIn(page, attempt, 'Mia');
    const text = await page.locator('main').innerText();
    assert.match(text, /Germany, 203\.0\.113\.7/);
    assert.match(text, /France, 198\.51\.100\.9/);
  });

  it('says so if the plugin asked through Tor, and nothing where the country isn’t known', async () => {
    const attempt = await askToSignIn(lab().app, {
      headers: { ...behindCloudflare(FROM_GERMANY), 'CF-IPCountry': 'T1' },
    });
    const { page } = await newVisitor({ extraHTTPHeaders: { ...behindCloudflare(FROM_FRANCE), 'CF-IPCountry': 'XX' } });
    await visit(page, attempt.url);
    const text = await page.locator('main').innerText();
    assert.match(text, /the Tor network, 203\.0\.113\.7/);
    assert.match(text, /You are at\s+198\.51\.100\.9/);
  });
});

describe('A sign-in whose callers say by themselves where they are', () => {
  const lab = useWebLab({ TRUSTED_PROXIES: 'cloudflare' });
  const newVisitor = useVisitors(useBrowser());

  it('believes none of it: neither address nor country', async () => {
    const { app } = lab();
    const lie = { 'CF-Connecting-IP': '203.0.113.7' };
    const attempt = await askToSignIn(app, { headers: { ...FROM_GERMANY, ...lie } });
    const { page } = await newVisitor({ extraHTTPHeaders: FROM_FRANCE });
    await openSignedIn(page, attempt, 'Mia');
    const text = await textOf(page);
    assert.doesNotMatch(text, WARNING);
    assert.doesNotMatch(text, /203\.0\.113\.7|198\.51\.100\.9|Germany|France/);
    assert.match(text, /127\.0\.0\.1/);
    assert.equal(await press(page, 'Approve'), 200);
    assert.equal((await poll(app, attempt)).status, 200);
  });
});

function assertWarning(text: string): void {
  assert.match(text, WARNING);
  assert.match(text, /OBS asked from\s+203\.0\.113\.7/);
  assert.match(text, /You are at\s+127\.0\.0\.1/);
}
