import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Account } from '../features/account/index.ts';
import type { AuthSession } from '../features/auth/index.ts';
import { MessageError } from './message-error.ts';
import { readOwnForm, type SentForm } from './own-form.ts';
import { limitPages } from './page-limits.ts';
import { queryOf, sendPage, sendTo } from './page-request.ts';
import { type AccountView, accountPage, accountSignInPage } from './pages/index.ts';
import { findSignedIn, goToProvider } from './provider-trip.ts';
import type { WebParts } from './web-parts.ts';

const PATH = '/account';

/** The account page: plan, Time Bank, and the devices that are signed in. */
export function addAccountRoutes(router: Router, parts: WebParts): void {
  const { cookies, formTokens, devices, limiter } = parts;

  router.get(PATH, async (ctx) => {
    const browserId = cookies.ensureBrowser(ctx);
    const account = await findSignedIn(parts, ctx, browserId);
    const done = queryOf(ctx).get('done');
    if (account) return sendPage(ctx, accountPage(await toView(browserId, account, done === 'device')));
    if (!parts.signIn) throw new MessageError('not_configured');
    const csrfToken = formTokens.make(browserId, 'account sign-in');
    const { providerName } = parts.signIn;
    sendPage(ctx, accountSignInPage({ providerName, csrfToken, signedOut: done === 'page' }));
  });

  router.post(`${PATH}/sign-in`, limitPages(limiter, 'sign_in'), async (ctx) => {
    const { browserId } = await readOwnForm(parts, ctx, { again: () => PATH, subject: () => 'account sign-in' });
    await goToProvider(parts, ctx, { browserId, attemptId: null, another: false });
  });

  router.post(`${PATH}/sign-out`, async (ctx) => {
    const { account } = await readAccountForm(ctx);
    await parts.accounts.signOut(account.id);
    cookies.signOut(ctx);
    sendTo(ctx, `${PATH}?done=page`);
  });

  router.post(`${PATH}/devices/:device/sign-out`, async (ctx) => {
    const { account } = await readAccountForm(ctx);
    const device = String(ctx.params.device);
    // Someone else's device and none at all are told in the same words.
    const isTheirs = /^aut_\w{1,64}$/.test(device) && (await devices.signOut(account.id, device));
    if (!isTheirs) throw new MessageError('not_found', PATH);
    sendTo(ctx, `${PATH}?done=device`);
  });

  /** @throws MessageError `form_expired` when nobody is signed in any more */
  async function readAccountForm(ctx: Context): Promise<SentForm & { account: Account }> {
    const browserId = cookies.readBrowser(ctx);
    const account = browserId === null ? null : await findSignedIn(parts, ctx, browserId);
    const form = await readOwnForm(parts, ctx, { again: () => PATH, subject: () => `account ${account?.id}` });
    if (!account) throw new MessageError('form_expired', PATH);
    return { ...form, account };
  }

  async function toView(browserId: string, account: Account, deviceSignedOut: boolean): Promise<AccountView> {
    const [snapshot, signedIn] = await Promise.all([
      parts.accounts.readSnapshot(account),
      parts.devices.list(account.id),
    ]);
    const { present, entitlement, usage, cycle } = snapshot;
    return {
      account: { name: account.displayName, email: account.email },
      plan: {
        name: present.plan.tier,
        status: present.status,
        maxRelays: entitlement.maxConnections,
        liveRelays: entitlement.liveConnections,
      },
      timeBank: {
        includedSeconds: usage.includedSeconds,
        consumedSeconds: usage.consumedSeconds,
        remainingSeconds: usage.remainingSeconds,
        overageSeconds: usage.overageSeconds,
        cycleEnd: cycle.end,
      },
      devices: signedIn.map(toDevice),
      csrfToken: formTokens.make(browserId, `account ${account.id}`),
      notice: deviceSignedOut ? 'device_signed_out' : null,
      now: parts.clock.now(),
    };
  }
}

function toDevice({ id, client, createdAt, refreshedAt }: AuthSession): AccountView['devices'][number] {
  return {
    id,
    name: client.deviceName,
    platform: client.platform,
    version: client.version,
    signedInAt: createdAt,
    lastSeenAt: refreshedAt,
  };
}
