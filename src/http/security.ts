import type { SecretRing } from '../config.ts';
import type { AuthService } from '../features/auth/index.ts';
import { isSigned } from '../features/billing/index.ts';
import { verifyRelayKey } from '../features/relay/index.ts';
import type { Logger } from '../observability/logger.ts';
import type { PreviousSecretUses } from '../previous-secrets.ts';
import { isSameSecret } from '../secrets.ts';
import { errors } from './errors.ts';
import type { Principals } from './operation-types.ts';
import type { ApiContext } from './request-state.ts';

/** One verifier per security scheme: returns what it proves or throws an ApiError 401. */
export type SecurityVerifiers = { [Scheme in keyof Principals]: (ctx: ApiContext) => Promise<Principals[Scheme]> };

export interface SecurityOptions {
  auth: Pick<AuthService, 'verifyAccessToken'>;
  relayShared: SecretRing;
  pluginLoginComplete: SecretRing;
  /** The current one and the one that it replaces; none: no webhook is taken. */
  billingWebhook: readonly string[];
  previousUses: Pick<PreviousSecretUses, 'relayShared' | 'pluginLoginComplete' | 'webhook'>;
  logger: Logger;
}

/** The verifiers of the contract's security schemes. */
export function createSecurity(options: SecurityOptions): SecurityVerifiers {
  const { previousUses } = options;
  return {
    async bearerAuth(ctx) {
      const token = /^Bearer +([^\s]+)$/i.exec(ctx.get('Authorization'))?.[1];
      if (token === undefined) throw errors.unauthorized();
      const principal = await options.auth.verifyAccessToken(token);
      if (!principal) throw errors.unauthorized();
      ctx.state.userId = principal.userId;
      return principal;
    },

    async relayAuth(ctx) {
      const key = ctx.get('X-Relay-Auth');
      if (key === '') throw errors.unauthorized();
      const body = ctx.state.body.value as { session_id?: unknown } | undefined;
      // Not validated yet: it can be anything.
      const sessionId = typeof body?.session_id === 'string' ? body.session_id : '';
      if (verifyRelayKey(options.relayShared, key, sessionId, previousUses.relayShared)) return true;
      options.logger.warn(
        { request_id: ctx.state.requestId, client_address: ctx.state.clientAddress },
        'wrong X-Relay-Auth',
      );
      throw errors.unauthorized();
    },

    async pluginLoginAuth(ctx) {
      const key = ctx.get('X-Plugin-Login-Auth');
      const place = key === '' ? -1 : options.pluginLoginComplete.findIndex((secret) => isSameSecret(key, secret));
      if (place > 0) previousUses.pluginLoginComplete();
      if (place >= 0) return true;
      throw errors.unauthorized('X-Plugin-Login-Auth is missing or wrong.');
    },

    async webhookSignature(ctx) {
      const signature = ctx.get('X-Signature');
      if (isSigned(options.billingWebhook, ctx.state.body.bytes, signature, previousUses.webhook)) return true;
      throw errors.unauthorized('X-Signature is missing or is not that of this body.');
    },
  };
}
