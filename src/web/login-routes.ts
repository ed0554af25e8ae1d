import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Account } from '../features/account/index.ts';
import { type LoginAttempt, type LoginSight, readUserCode } from '../features/auth/index.ts';
import { addressKey } from '../http/client-address.ts';
import { limitPages } from './page-limits.ts';
import { attemptPath, MessageError, readOwnForm, type SentForm, sendPage, sendTo } from './page-request.ts';
import { approvePage, closingPage, codePage, type LoginView, signInPage } from './pages/index.ts';
import { findSignedIn, goToProvider } from './provider-trip.ts';
import type { WebParts } from './web-parts.ts';

/** Signing a plugin in: its page, the code that leads there from another device, and the decision. */
export function addLoginRoutes(router: Router, parts: WebParts): void {
  const { logins, cookies, formTokens, limiter } = parts;

  router.get('/login/plugin', async (ctx) => {
    const browserId = cookies.ensureBrowser(ctx);
    const attemptId = ctx.URL.searchParams.get('attempt');
    if (attemptId === null) {
      sendPage(ctx, codePage({ csrfToken: formTokens.make(browserId, 'code'), code: '', fault: null }));
      return;
    }
    const sight = await logins.look(knownForm(attemptId), browserId);
    const account = sight.state === 'pending' ? await findSignedIn(parts, ctx, browserId) : null;
    showAttempt(ctx, browserId, sight, account);
  });

  router.post('/login/plugin/code', limitPages(limiter, 'code'), async (ctx) => {
    const again = () => '/login/plugin';
    const { fields, browserId } = await readOwnForm(parts, ctx, again, () => 'code');
    const typed = fields.get('code') ?? '';
    const code = readUserCode(typed);
    const attemptId = code && (await logins.findByCode(code));
    if (attemptId) return sendTo(ctx, attemptPath(attemptId));
    const csrfToken = formTokens.make(browserId, 'code');
    sendPage(ctx, codePage({ csrfToken, code: typed, fault: code ? 'unknown' : 'malformed' }), 422);
  });

  router.post('/login/plugin/sign-in', limitPages(limiter, 'sign_in'), async (ctx) => {
    const { attemptId, fields, browserId } = await readAttemptForm(ctx);
    const sight = await logins.tie(attemptId, browserId);
    if (sight.state !== 'pending') return sendTo(ctx, attemptPath(attemptId));
    await goToProvider(parts, ctx, { browserId, attemptId, another: fields.get('switch') === 'yes' });
  });

  router.post('/login/plugin/approve', async (ctx) => {
    const { attemptId, fields, browserId } = await readAttemptForm(ctx);
    const [sight, account] = await Promise.all([
      logins.look(attemptId, browserId),
      findSignedIn(parts, ctx, browserId),
    ]);
    if (sight.state === 'pending' && account) {
      const isConfirmed = fields.get('confirmed') === 'yes' || !isElsewhere(ctx, sight.attempt);
      if (!isConfirmed) return showAttempt(ctx, browserId, sight, account, true);
      await logins.approve(attemptId, browserId, account.id);
    }
    // The attempt's page tells what has become of it, and asks for a sign-in where that is over.
    sendTo(ctx, attemptPath(attemptId));
  });

  router.post('/login/plugin/deny', async (ctx) => {
    const { attemptId, browserId } = await readAttemptForm(ctx);
    await logins.deny(attemptId, browserId);
    sendTo(ctx, attemptPath(attemptId));
  });

  async function readAttemptForm(ctx: Context): Promise<SentForm & { attemptId: string }> {
    const idOf = (fields: URLSearchParams) => knownForm(fields.get('attempt') ?? '');
    const form = await readOwnForm(
      parts,
      ctx,
      (fields) => attemptPath(idOf(fields)),
      (fields) => `attempt ${idOf(fields)}`,
    );
    return { ...form, attemptId: idOf(form.fields) };
  }

  function showAttempt(
    ctx: Context,
    browserId: string,
    sight: LoginSight,
    account: Account | null,
    tickMissing = false,
  ): void {
    if (sight.state === 'approved' || sight.state === 'denied') {
      sendPage(ctx, closingPage({ outcome: sight.state, deviceName: sight.attempt.client.deviceName }));
      return;
    }
    if (sight.state !== 'pending') throw new MessageError(sight.state);
    const view = toView(ctx, browserId, sight.attempt);
    if (!account) return sendPage(ctx, signInPage(view));
    const person = { name: account.displayName, email: account.email };
    sendPage(ctx, approvePage({ ...view, account: person, tickMissing }), tickMissing ? 422 : 200);
  }

  function toView(ctx: Context, browserId: string, attempt: LoginAttempt): LoginView {
    if (!parts.signIn) throw new MessageError('not_configured');
    const { client, requesterAddress, requesterCountry, createdAt, expiresAt } = attempt;
    const now = parts.clock.now();
    return {
      attemptId: attempt.id,
      userCode: attempt.userCode,
      device: {
        name: client.deviceName,
        platform: client.platform,
        version: client.version,
        place: { address: requesterAddress, country: countryName(requesterCountry) },
        askedAt: createdAt,
        now,
      },
      here: { address: ctx.state.clientAddress, country: countryName(ctx.state.clientCountry) },
      elsewhere: isElsewhere(ctx, attempt),
      providerName: parts.signIn.providerName,
      csrfToken: formTokens.make(browserId, `attempt ${attempt.id}`),
      minutesLeft: Math.ceil((expiresAt.getTime() - now.getTime()) / 60_000),
    };
  }
}

/** Whether plugin and browser are seen in different networks. With IPv4 here and IPv6 there nobody knows, which counts too. */
function isElsewhere(ctx: Context, attempt: LoginAttempt): boolean {
  return addressKey(ctx.state.clientAddress) !== addressKey(attempt.requesterAddress);
}

/** What is no id of ours is not even looked for (a NUL in it would be an error of the database). */
function knownForm(attemptId: string): string {
  return /^pla_\w{1,64}$/.test(attemptId) ? attemptId : '';
}

function countryName(code: string | null): string | null {
  if (code === null) return null;
  return code === 'T1' ? 'the Tor network' : (COUNTRIES.of(code) ?? code);
}

const COUNTRIES = new Intl.DisplayNames(['en'], { type: 'region' });
