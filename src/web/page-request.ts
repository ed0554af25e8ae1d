import type { Context } from 'koa';
import type { FormSubject } from './form-tokens.ts';
import type { Message } from './pages/index.ts';
import { readForm } from './read-form.ts';
import type { WebParts } from './web-parts.ts';

/** A page that says what is wrong, in place of the one that was asked for. */
export class MessageError extends Error {
  override name = 'MessageError';
  readonly kind: Message;
  /** Path at which to try again. */
  readonly again: string | undefined;

  constructor(kind: Message, again?: string, cause?: unknown) {
    super(kind, { cause });
    this.kind = kind;
    this.again = again;
  }
}

/** A form that this browser may send: its fields, and the browser's id. */
export interface SentForm {
  fields: URLSearchParams;
  browserId: string;
}

/** What a form is about, told from its fields: what its token has to be good for, and the path to try again at. */
export interface FormAbout {
  subject(fields: URLSearchParams): FormSubject;
  again(fields: URLSearchParams): string;
}

/**
 * Reads a form and makes sure that one of our own pages sent it, from this browser.
 *
 * @throws MessageError `no_cookies`, `form_expired`; ApiError 400, 413, 415
 */
export async function readOwnForm(
  { cookies, formTokens }: WebParts,
  ctx: Context,
  { subject, again }: FormAbout,
): Promise<SentForm> {
  const fields = await readForm(ctx);
  const browserId = cookies.readBrowser(ctx);
  if (browserId === null) throw new MessageError('no_cookies', again(fields));
  const isOurs = isFromOurPage(ctx) && formTokens.isGood(fields.get('csrf') ?? '', browserId, subject(fields));
  if (!isOurs) throw new MessageError('form_expired', again(fields));
  return { fields, browserId };
}

/** Browsers say where a form comes from; what doesn't say it is held by the token alone (Fetch Metadata, RFC 6454). */
function isFromOurPage(ctx: Context): boolean {
  const site = ctx.get('Sec-Fetch-Site');
  return site === '' || site === 'same-origin' || site === 'none';
}

/** The query. Koa's `ctx.URL` has none where the Host header is no host. */
export function queryOf(ctx: Context): URLSearchParams {
  return new URLSearchParams(ctx.querystring);
}

/** The path of an attempt's page. */
export function attemptPath(attemptId: string): string {
  return `/login/plugin?attempt=${encodeURIComponent(attemptId)}`;
}

/** Sends the browser on, with GET, so that reloading sends nothing twice (RFC 9110, section 15.4.4). */
export function sendTo(ctx: Context, path: string): void {
  ctx.redirect(path);
  ctx.status = 303;
}

/** Answers with a page. */
export function sendPage(ctx: Context, html: string, status = 200): void {
  ctx.status = status;
  ctx.type = 'html';
  ctx.body = html;
}
