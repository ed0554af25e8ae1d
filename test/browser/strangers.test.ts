import assert from 'node:assert/strict';
import { useBrowser } from '../support/browser.ts';
import { createBrowser } from '../support/identity-provider/browser.ts';
import {
  type Attempt,
  askToSignIn,
  heading,
  openSignedIn,
  poll,
  press,
  textOf,
  visit,
} from '../support/login-pages.ts';
import { cookiesOf, openPlainly, readForm, sendForm } from '../support/sent-forms.ts';
import { useVisitors } from '../support/visitors.ts';
import { MIA, useWebLab } from '../support/web-lab.ts';

const DECISIONS = ['Approve', 'Deny'];

describe('What a stranger can do with a sign-in', () => {
  const lab = useWebLab();
  const newVisitor = useVisitors(useBrowser());

  const newAttempt = (): Promise<Attempt> => askToSignIn(lab().app, { deviceName: 'MIAS-STUDIO' });
  const isUndecided = async (attempt: Attempt) => assert.equal((await poll(lab().app, attempt)).status, 202);

  it('shows nothing of it in another browser once one has gone on with it', async () => {
    const attempt = await newAttempt();
    const [mia, tom] = [await newVisitor(), await newVisitor()];
    await openSignedIn(mia.page, attempt, 'Mia');
    await openSignedIn(tom.page, await askToSignIn(lab().app), 'Tom');
    assert.equal(await visit(tom.page, attempt.url), 403);
    assert.match(await heading(tom.page), /belongs to another browser/);
    const html = await tom.page.content();
    for (const secret of ['MIAS-STUDIO', attempt.code, MIA.name, MIA.email as string]) {
      assert.ok(!html.includes(secret), `tells ${secret}`);
    }
    assert.equal(await tom.page.getByRole('button').count(), 0);
    await isUndecided(attempt);
    await press(mia.page, 'Approve');
    assert.equal((await poll(lab().app, attempt)).body.user.email, MIA.email);
  });

  it('ties a sign-in to the browser that went on with it first, even if both had opened it', async () => {
    const attempt = await newAttempt();
    const [mia, tom] = [await newVisitor(), await newVisitor()];
    await Promise.all([visit(mia.page, attempt.url), visit(tom.page, attempt.url)]);
    const denial = await readForm(tom.page, 'This wasn’t me');
    await openSignedIn(mia.page, attempt, 'Mia');
    assert.equal(await press(tom.page, 'Sign in with Example ID'), 403);
    assert.match(await heading(tom.page), /belongs to another browser/);
    await sendForm(denial, { cookie: await cookiesOf(tom.context) });
    await isUndecided(attempt);
  });

  it('refuses forms made by hand, with what a stranger has of their own', async () => {
    const [attempt, own] = [await newAttempt(), await askToSignIn(lab().app)];
    const [mia, tom] = [await newVisitor(), await newVisitor()];
    // Tom had the page open before Mia went on, so his form token for it is a good one.
    await visit(tom.page, attempt.url);
    const { csrf = '' } = (await readForm(tom.page, 'This wasn’t me')).fields;
    await openSignedIn(mia.page, attempt, 'Mia');
    await openSignedIn(tom.page, own, 'Tom');
    const cookie = await cookiesOf(tom.context);
    for (const button of DECISIONS) {
      const { url, fields } = await readForm(tom.page, button);
      const good = await sendForm({ url, fields: { ...fields, attempt: attempt.id, csrf } }, { cookie });
      assert.equal(good.status, 303);
      const otherSubject = await sendForm({ url, fields: { ...fields, attempt: attempt.id } }, { cookie });
      assert.equal(otherSubject.status, 403);
      await isUndecided(attempt);
    }
  });

  it('takes the form token of one sign-in for no other one, in the same browser', async () => {
    const [one, other] = [await newAttempt(), await newAttempt()];
    const mia = await newVisitor();
    await openSignedIn(mia.page, one, 'Mia');
    for (const button of DECISIONS) {
      const { url, fields } = await readForm(mia.page, button);
      const cookie = await cookiesOf(mia.context);
      const answer = await sendForm({ url, fields: { ...fields, attempt: other.id } }, { cookie });
      assert.equal(answer.status, 403);
      assert.match(answer.text, /was not carried out/);
      await isUndecided(other);
    }
  });

  it('takes a form token from no other browser, with all cookies of the signed-in one or with a part of them', async () => {
    const attempt = await newAttempt();
    const [mia, tom] = [await newVisitor(), await newVisitor()];
    await visit(tom.page, attempt.url);
    const foreign = (await readForm(tom.page, 'This wasn’t me')).fields;
    await openSignedIn(mia.page, attempt, 'Mia');
    const [all, session] = [await cookiesOf(mia.context), await cookiesOf(mia.context, 'session')];
    const tomsBrowser = await cookiesOf(tom.context, 'browser');
    for (const button of DECISIONS) {
      const { url, fields } = await readForm(mia.page, button);
      const statuses = [
        (await sendForm({ url, fields: foreign }, { cookie: all })).status,
        (await sendForm({ url, fields: { ...fields, csrf: '' } }, { cookie: all })).status,
        (await sendForm({ url, fields })).status,
        (await sendForm({ url, fields }, { cookie: session })).status,
        (await sendForm({ url, fields }, { cookie: `${tomsBrowser}; ${session}` })).status,
      ];
      assert.deepEqual(statuses, [403, 403, 400, 400, 403]);
      await isUndecided(attempt);
    }
  });

  it('takes a stolen session cookie for nothing without the browser’s own', async () => {
    const attempt = await newAttempt();
    const [mia, tom] = [await newVisitor(), await newVisitor()];
    await openSignedIn(mia.page, attempt, 'Mia');
    const { app } = lab();
    const stolen = (await mia.context.cookies()).filter(({ name }) => name === '__Host-telemy-session');
    assert.equal(stolen.length, 1);
    await tom.context.addCookies(stolen);
    await visit(tom.page, `${app.url}/account`);
    assert.match(await textOf(tom.page), /Sign in with Example ID/);
    assert.doesNotMatch(await textOf(tom.page), /Mia|mia@/);
    const alone = await openPlainly(`${app.url}/account`, await cookiesOf(mia.context, 'session'));
    assert.doesNotMatch(alone.text, /mia@/);
    const both = await openPlainly(`${app.url}/account`, await cookiesOf(mia.context));
    assert.match(both.text, /mia@/);
  });

  it('lets no browser end a sign-in at the provider that another one began', async () => {
    const { app } = lab();
    const [mia, tom] = [await newVisitor(), await newVisitor()];
    await visit(mia.page, (await newAttempt()).url);
    const form = await readForm(mia.page, 'Sign in with Example ID');
    const handOff = await sendForm(form, { cookie: await cookiesOf(mia.context) });
    const callback = await signInAtProvider(handOff.text, app.url);
    assert.equal((await openPlainly(callback)).status, 400);
    await visit(tom.page, `${app.url}/account`);
    assert.equal(await visit(tom.page, callback), 400);
    assert.match(await heading(tom.page), /didn’t work/);
    await visit(tom.page, `${app.url}/account`);
    assert.match(await textOf(tom.page), /Sign in with Example ID/);
    // It was good, where it belongs.
    await visit(mia.page, callback);
    assert.match(await textOf(mia.page), /mia@example\.com/);
  });

  it('refuses a form of another origin, even if all it sends is good', async () => {
    const { app, provider } = lab();
    const attempt = await newAttempt();
    const { page, context } = await newVisitor();
    await openSignedIn(page, attempt, 'Mia');
    const { url, fields } = await readForm(page, 'Approve');
    const inputs = Object.entries(fields).map(
      ([name, value]) => `<input type="hidden" name="${name}" value="${value}">`,
    );
    // Another port of the same host: of the same site, so that cookies come along.
    const trap = `${provider.issuer}/trap`;
    await context.route(trap, (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<link rel="icon" href="data:,"><form method="post" action="${url}">${inputs.join('')}<button>Win</button></form>`,
      }),
    );
    await visit(page, trap);
    assert.equal(await press(page, 'Win'), 403);
    assert.equal(new URL(page.url()).origin, app.url);
    assert.match(await textOf(page), /was not carried out/);
    await isUndecided(attempt);
  });
});

/** Follows a hand-off page to the provider and signs in there; returns where the browser is sent back to. */
async function signInAtProvider(handOff: string, home: string): Promise<string> {
  const link = /url=([^"]+)"/.exec(handOff)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const atProvider = createBrowser(home);
  const page = await atProvider.open(new URL(link));
  return (await atProvider.press(page, { name: 'subject', value: 'mia' })).url.href;
}
