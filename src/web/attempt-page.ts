import type { Context } from 'koa';
import type { Account } from '../features/account/index.ts';
import type { LoginAttempt, LoginSight } from '../features/auth/index.ts';
import { addressKey } from '../http/client-address.ts';
import { MessageError } from './message-error.ts';
import { sendPage } from './page-request.ts';
import { approvePage, closingPage, type LoginView, signInPage } from './pages/index.ts';
import type { WebParts } from './web-parts.ts';

/**
 * Answers with the page of an attempt as this browser finds it.
 *
 * @param account who is signed in in this browser.
 * @param tickMissing whether the form came back without the tick that it needs.
 * @throws MessageError where there is nothing to decide
 */
export function sendAttemptPage(
  parts: WebParts,
  ctx: Context,
  { browserId, sight, account, tickMissing }: SeenAttempt,
): void {
  switch (sight.state) {
    case 'approved':
    case 'denied':
      sendPage(ctx, closingPage({ outcome: sight.state, deviceName: sight.attempt.client.deviceName }));
      return;
    case 'pending': {
      const view = toView(parts, ctx, browserId, sight.attempt);
      const person = account && { name: account.displayName, email: account.email };
      const html = person ? approvePage({ ...view, account: person, tickMissing }) : signInPage(view);
      sendPage(ctx, html, tickMissing ? 422 : 200);
      return;
    }
    default:
      throw new MessageError(sight.state);
  }
}

interface SeenAttempt {
  browserId: string;
  sight: LoginSight;
  account: Account | null;
  tickMissing: boolean;
}

/**
 * Whether approving wants a tick: someone else may have begun the attempt, in another network, or by a web page that was
 * opened in this very browser.
 */
export function needsTick(ctx: Context, attempt: LoginAttempt): boolean {
  return isElsewhere(ctx, attempt) || attempt.requesterOrigin !== null;
}

/** Whether plugin and browser are seen in different networks. With IPv4 here and IPv6 there nobody knows, which counts too. */
function isElsewhere(ctx: Context, attempt: LoginAttempt): boolean {
  return addressKey(ctx.state.clientAddress) !== addressKey(attempt.requesterAddress);
}

function toView(parts: WebParts, ctx: Context, browserId: string, attempt: LoginAttempt): LoginView {
  if (!parts.signIn) throw new MessageError('not_configured');
  const { client, requesterAddress, requesterCountry, requesterOrigin, createdAt, expiresAt } = attempt;
  const now = parts.clock.now();
  return {
    attemptId: attempt.id,
    userCode: attempt.userCode,
    device: {
      name: client.deviceName,
      platform: client.platform,
      version: client.version,
      place: { address: requesterAddress, country: countryName(requesterCountry) },
      webPage: requesterOrigin,
      askedAt: createdAt,
      now,
    },
    here: { address: ctx.state.clientAddress, country: countryName(ctx.state.clientCountry()) },
    elsewhere: isElsewhere(ctx, attempt),
    providerName: parts.signIn.providerName,
    csrfToken: parts.formTokens.make(browserId, `attempt ${attempt.id}`),
    minutesLeft: Math.ceil((expiresAt.getTime() - now.getTime()) / 60_000),
  };
}

function countryName(code: string | null): string | null {
  if (code === null) return null;
  return code === 'T1' ? 'the Tor network' : (COUNTRIES.of(code) ?? code);
}

const COUNTRIES = new Intl.DisplayNames(['en'], { type: 'region' });
