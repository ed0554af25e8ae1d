import type { Context } from 'koa';
import type { FormSubject } from './form-tokens.ts';
import { MessageError } from './message-error.ts';
import { readForm } from './read-form.ts';
import type { WebParts } from './web-parts.ts';

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
  { cookies, formTokens, publicBaseUrl }: WebParts,
  ctx: Context,
  { subject, again }: FormAbout,
): Promise<SentForm> {
  const fields = await readForm(ctx);
  const browserId = cookies.readBrowser(ctx);
  if (browserId === null) throw new MessageError('no_cookies', again(fields));
  const isOurs =
    isFromOurPage(ctx, publicBaseUrl()) && formTokens.isGood(fields.get('csrf') ?? '', browserId, subject(fields));
  if (!isOurs) throw new MessageError('form_expired', again(fields));
  return { fields, browserId };
}

/** Browsers say where a form comes from (Fetch Metadata), older ones in `Origin` alone (RFC 6454, section 7). */
function isFromOurPage(ctx: Context, publicBaseUrl: string): boolean {
  const site = ctx.get('Sec-Fetch-Site');
  if (site !== '') return site === 'same-origin' || site === 'none';
  const origin = ctx.get('Origin');
  return origin === '' || origin === new URL(publicBaseUrl).origin;
}
