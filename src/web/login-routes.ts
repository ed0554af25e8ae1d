import type Router from '@koa/router';
import type { Context } from 'koa';
import { readUserCode } from '../features/auth/index.ts';
import { needsTick, sendAttemptPage } from './attempt-page.ts';
import { MessageError } from './message-error.ts';
import { readOwnForm, type SentForm } from './own-form.ts';
import { limitPages } from './page-limits.ts';
import { attemptPath, queryOf, sendPage, sendTo } from './page-request.ts';
import { codePage } from './pages/index.ts';
import { findSignedIn, goToProvider } from './provider-trip.ts';
import type { WebParts } from './web-parts.ts';

/** Signing a plugin in: its page, the code that leads there from another device, and the decision. */
export function addLoginRoutes(router: Router, parts: WebParts): void {
  const { logins, cookies, formTokens, limiter } = parts;

  router.get('/login/plugin', async (ctx) => {
    const browserId = cookies.ensureBrowser(ctx);
    const attemptId = queryOf(ctx).get('attempt');
    if (attemptId === null) {
      sendPage(ctx, codePage({ csrfToken: formTokens.make(browserId, 'code'), code: '', fault: null }));
      return;
    }
    const sight = await logins.look(requireId(attemptId), browserId);
    const account = sight.state === 'pending' ? await findSignedIn(parts, ctx, browserId) : null;
    sendAttemptPage(parts, ctx, { browserId, sight, account, tickMissing: false });
  });

  router.post('/login/plugin/code', limitPages(limiter, 'code'), async (ctx) => {
    const { fields, browserId } = await readOwnForm(parts, ctx, {
      again: () => '/login/plugin',
      subject: () => 'code',
    });
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
      const isConfirmed = fields.get('confirmed') === 'yes' || !needsTick(ctx, sight.attempt);
      if (!isConfirmed) return sendAttemptPage(parts, ctx, { browserId, sight, account, tickMissing: true });
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
    const idOf = (fields: URLSearchParams) => fields.get('attempt') ?? '';
    const form = await readOwnForm(parts, ctx, {
      again: (fields) => attemptPath(idOf(fields)),
      subject: (fields) => `attempt ${idOf(fields)}`,
    });
    return { ...form, attemptId: requireId(idOf(form.fields)) };
  }
}

/** What is no id of ours is not even looked for (a NUL in it would be an error of the database). */
function requireId(text: string): string {
  if (!/^pla_\w{1,64}$/.test(text)) throw new MessageError('unknown');
  return text;
}
