import { text } from 'node:stream/consumers';
import type { Context, Next } from 'koa';
import type Provider from 'oidc-provider';
import { errors, type InteractionResults } from 'oidc-provider';
import { INTERACTION_ROOT } from './configuration.ts';
import { errorPage, signInPage } from './pages.ts';
import type { IdentityUser } from './user.ts';

/** Middleware in front of the library: the page on which somebody says who they are, and what they answer. */
export function createInteraction(provider: Provider, users: () => readonly IdentityUser[]) {
  async function show({ interaction, context }: Open): Promise<void> {
    context.set('Content-Security-Policy', policyFor(interaction.params.redirect_uri));
    context.body = signInPage(users());
  }

  async function answer({ interaction, context }: Open): Promise<void> {
    const form = new URLSearchParams(await text(context.req));
    const subject = form.get('subject');
    if (form.has('cancel')) {
      return await goOn(context, { error: 'access_denied', error_description: 'The sign-in was cancelled.' });
    }
    if (subject === null || !users().some((user) => user.subject === subject)) {
      context.status = 400;
      context.body = errorPage('There is no such user.');
      return;
    }
    await goOn(context, { login: { accountId: subject } });
    // Not sooner: the library refuses an answer once the session that it was asked in has changed.
    await leaveOtherAccount(interaction.session?.uid, subject);
  }

  async function goOn(context: Context, result: InteractionResults): Promise<void> {
    const returnTo = await provider.interactionResult(context.req, context.res, result);
    context.redirect(returnTo);
    context.status = 303;
  }

  /** The library would sign the one out before the other comes in, by a page that needs script. */
  async function leaveOtherAccount(sessionUid: string | undefined, subject: string): Promise<void> {
    const session = sessionUid === undefined ? undefined : await provider.Session.findByUid(sessionUid);
    if (!session || session.accountId === subject) return;
    delete session.accountId;
    delete session.authorizations;
    await session.persist();
  }

  async function findInteraction({ req, res }: Context): Promise<Open['interaction'] | undefined> {
    try {
      return await provider.interactionDetails(req, res);
    } catch (error) {
      if (error instanceof errors.SessionNotFound) return undefined;
      throw error;
    }
  }

  return async (context: Context, next: Next): Promise<void> => {
    if (!context.path.startsWith(`${INTERACTION_ROOT}/`)) return await next();
    context.type = 'html';
    context.set('Cache-Control', 'no-store');
    const interaction = await findInteraction(context);
    if (!interaction) {
      context.status = 400;
      context.body = errorPage('This sign-in has ended, or it was begun in another browser. Begin it again.');
      return;
    }
    if (context.method === 'GET') return await show({ interaction, context });
    if (context.method === 'POST') return await answer({ interaction, context });
    context.status = 405;
    context.body = errorPage(`Nothing answers ${context.method} here.`);
  };
}

interface Open {
  interaction: Awaited<ReturnType<Provider['interactionDetails']>>;
  context: Context;
}

/** Browsers hold the redirects that follow a form to `form-action` too. */
function policyFor(redirectUri: unknown): string {
  const target = typeof redirectUri === 'string' ? ` ${new URL(redirectUri).origin}` : '';
  return `default-src 'none'; style-src 'unsafe-inline'; form-action 'self'${target}; frame-ancestors 'none'`;
}
