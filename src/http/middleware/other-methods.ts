import type Router from '@koa/router';
import type { Middleware } from 'koa';
import { errors } from '../errors.ts';

/** Behind a router's routes: refuses the methods that a path of the router doesn't know (RFC 9110, section 15.5.6). */
export function refuseOtherMethods(router: Router): Middleware {
  return (ctx, next) => {
    const known = router.match(ctx.path, ctx.method).path.flatMap((layer) => layer.methods);
    if (known.length > 0) throw errors.methodNotAllowed([...new Set(known)].sort());
    return next();
  };
}
