import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Account } from '../features/account/index.ts';
import { SignInFailedError } from '../features/auth/index.ts';
import { MessageError } from './message-error.ts';
import { limitPages } from './page-limits.ts';
import { attemptPath, queryOf, sendPage, sendTo } from './page-request.ts';
import { handOffPage } from './pages/index.ts';
import type { SignInState } from './sign-in-state.ts';
import type { WebParts } from './web-parts.ts';

const CALLBACK = '/login/callback';
/** Random bytes of a nonce and of a PKCE verifier (RFC 7636, section 4.1, wants 32 for the latter). */
const SECRET_BYTES = 32;

/** Coming back from the identity provider. */
export function addCallbackRoute(router: Router, parts: WebParts): void {
  router.get(CALLBACK, limitPages(parts.limiter, 'sign_in'), async (ctx) => {
    if (!parts.signIn) throw new MessageError('not_configured');
    const { oidc, identities } = parts.signIn;
    const browserId = parts.cookies.readBrowser(ctx);
    if (browserId === null) throw new MessageError('no_cookies', '/account');
    const text = queryOf(ctx).get('state') ?? '';
    const state = await parts.states.open(text, browserId);
    if (!state) {
      noteFailure(parts, ctx, { reason: 'refused', detail: 'the state is none of this browser, or is too old' });
      throw new MessageError('sign_in_failed', '/account');
    }
    const again = destination(state);
    const callbackUrl = new URL(`${parts.publicBaseUrl()}${CALLBACK}${ctx.search}`);
    const identity = await telling(parts, ctx, again, () => oidc.finish({ ...state, callbackUrl, state: text }));
    const account = await identities.signIn(identity);
    if (!account) {
      noteFailure(parts, ctx, { reason: 'refused', detail: 'the provider told no e-mail that it has verified' });
      throw new MessageError('no_verified_email', again);
    }
    parts.metrics.browserSignIns.inc({ outcome: 'signed_in' });
    parts.logger.info({ request_id: ctx.state.requestId, user_id: account.id }, 'browser_sign_in');
    await parts.cookies.signIn(ctx, browserId, account.id);
    sendTo(ctx, again);
  });
}

/**
 * Sends the browser to the identity provider. Not by a redirect: browsers hold the redirects behind a form against
 * `form-action` of the page that it was on, and where a provider sends people next is not for us to know.
 *
 * @throws MessageError `not_configured`, `provider_away`, `sign_in_failed`
 */
export async function goToProvider(
  parts: WebParts,
  ctx: Context,
  { browserId, attemptId, another }: { browserId: string; attemptId: string | null; another: boolean },
): Promise<void> {
  if (!parts.signIn) throw new MessageError('not_configured');
  const { oidc, providerName } = parts.signIn;
  const state = {
    attemptId,
    nonce: parts.random.token(SECRET_BYTES),
    codeVerifier: parts.random.token(SECRET_BYTES),
  };
  const sealed = await parts.states.seal(state, browserId);
  const redirectUri = `${parts.publicBaseUrl()}${CALLBACK}`;
  const request = { ...state, redirectUri, state: sealed, another };
  const url = await telling(parts, ctx, destination(state), () => oidc.begin(request));
  sendPage(ctx, handOffPage({ url: url.href, providerName }));
}

/** The account that is signed in in this browser; null if there is none. */
export async function findSignedIn(parts: WebParts, ctx: Context, browserId: string): Promise<Account | null> {
  const session = await parts.cookies.readSession(ctx, browserId);
  if (!session) return null;
  ctx.state.userId = session.userId;
  return parts.accounts.findSignedIn(session);
}

function destination({ attemptId }: Pick<SignInState, 'attemptId'>): string {
  return attemptId === null ? '/account' : attemptPath(attemptId);
}

/** What went wrong at the provider is logged, and told as a page. */
async function telling<T>(parts: WebParts, ctx: Context, again: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof SignInFailedError)) throw error;
    const { reason, message } = error;
    noteFailure(parts, ctx, { reason, detail: message });
    throw new MessageError(PAGES[reason], again, error);
  }
}

function noteFailure(
  { metrics, logger }: WebParts,
  ctx: Context,
  { reason, detail }: { reason: SignInFailedError['reason']; detail: string },
): void {
  metrics.browserSignIns.inc({ outcome: reason });
  logger.warn({ request_id: ctx.state.requestId, reason, detail }, 'browser_sign_in_failed');
}

const PAGES = { cancelled: 'cancelled', away: 'provider_away', refused: 'sign_in_failed' } as const;
