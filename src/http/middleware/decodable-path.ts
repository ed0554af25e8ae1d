import type { Middleware } from 'koa';
import { errors } from '../errors.ts';

/** Whether a path can be read at all; one that cannot names no operation. */
export function isDecodable(path: string): boolean {
  if (!path.includes('%')) return true;
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** Refuses paths that cannot be read. */
export const requireDecodablePath: Middleware = (ctx, next) => {
  if (isDecodable(ctx.path)) return next();
  throw errors.invalidRequest([{ path: '/path', message: 'is not valid percent-encoding (RFC 3986, section 2.1)' }]);
};
