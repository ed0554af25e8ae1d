import type { Middleware } from 'koa';
import { errors } from '../errors.ts';
import type { ApiContext } from '../request-state.ts';

/**
 * Refuses whatever came to a trusted proxy by plain HTTP. Never a redirect: by then a token has been readable on its way,
 * and a caller that is led on never learns that its address is wrong.
 *
 * @throws ApiError 403
 */
export const requireHttps: Middleware = (plain, next) => {
  if ((plain as ApiContext).state.byPlainHttp) throw errors.httpsRequired();
  return next();
};
