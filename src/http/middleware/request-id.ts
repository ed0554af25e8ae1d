import type { Middleware } from 'koa';
import { v4 as uuidv4, validate } from 'uuid';

/** Takes over the caller's X-Request-ID if it is a UUID, else makes one; tells it on every answer. */
export function requestId(): Middleware {
  return (ctx, next) => {
    const given = ctx.get('X-Request-ID');
    const id = validate(given) ? given : uuidv4();
    ctx.state.requestId = id;
    ctx.set('X-Request-ID', id);
    return next();
  };
}
