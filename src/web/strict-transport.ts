import type { Middleware } from 'koa';
import type { ApiContext } from '../http/request-state.ts';

/**
 * A year, as RFC 6797 counts: in seconds. Without `includeSubDomains`: names below ours may belong to relays, whose
 * statistics are read by plain HTTP.
 */
const HEADER = 'max-age=31536000';

/**
 * Tells browsers to come by https from now on, where that is how they reach the server. Not by plain HTTP, where it
 * counts for nothing (RFC 6797, section 7.2).
 */
export function strictTransport(publicBaseUrl: () => string): Middleware {
  return (plain, next) => {
    const { byPlainHttp } = (plain as ApiContext).state;
    if (!byPlainHttp && publicBaseUrl().startsWith('https:')) plain.set('Strict-Transport-Security', HEADER);
    return next();
  };
}
