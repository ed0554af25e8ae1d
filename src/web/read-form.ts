import type { Context } from 'koa';
import getRawBody from 'raw-body';
import { errors } from '../http/errors.ts';

/** Longest form, in bytes; ours are far shorter. */
const FORM_LIMIT = 8_192;

/**
 * Reads the fields of a form that was sent.
 *
 * @throws ApiError 400, 413, 415
 */
export async function readForm(ctx: Context): Promise<URLSearchParams> {
  if (!ctx.is('application/x-www-form-urlencoded')) throw errors.unsupportedMediaType();
  const length = ctx.get('Content-Length');
  try {
    const text = await getRawBody(ctx.req, {
      limit: FORM_LIMIT,
      encoding: 'utf-8',
      ...(length === '' ? {} : { length }),
    });
    return new URLSearchParams(text);
  } catch (error) {
    // The rest of the body isn't read, so the connection cannot be used again.
    ctx.set('Connection', 'close');
    const { type } = error as { type?: string };
    if (type === 'entity.too.large') throw errors.payloadTooLarge(FORM_LIMIT);
    throw errors.invalidRequest([{ path: '/body', message: 'ended before it was complete' }]);
  }
}
