import type { AccountSnapshot as ApiSnapshot } from '../../../generated/sdk/types.gen.ts';
import type { Handlers } from '../../http/operation-types.ts';
import { type Account, type SlotService, toApiSlot } from '../account/index.ts';
import type { AccountSnapshot } from '../account-snapshot.ts';
import { toApiUsage } from '../usage/index.ts';
import type { AuthService, TokenPair } from './auth-service.ts';
import { type LoginService, POLL_INTERVAL_SECONDS } from './login-service.ts';

type AuthHandlers = Pick<
  Handlers,
  'getAuthSession' | 'startPluginLogin' | 'pollPluginLogin' | 'completePluginLogin' | 'refreshAuth' | 'logout'
>;

export interface AuthHandlerDeps {
  auth: AuthService;
  logins: LoginService;
  slots: SlotService;
  readSnapshot(account: Account): Promise<AccountSnapshot>;
  /** Origin of the pages that the browser opens. */
  publicBaseUrl(): string;
}

/** The operations of the tag `auth`. */
export function createAuthHandlers(deps: AuthHandlerDeps): AuthHandlers {
  const glance = async (account: Account): Promise<ApiSnapshot> => {
    const snapshot = await deps.readSnapshot(account);
    // Slots are made when they are first needed, and kept then.
    if (snapshot.slots.length < snapshot.entitlement.maxConnections) snapshot.slots = await deps.slots.list(account);
    return toApiSnapshot(snapshot);
  };

  return {
    async getAuthSession({ principals }) {
      return { status: 200, body: await glance(principals.bearerAuth.account) };
    },

    async startPluginLogin({ body: { client }, clientAddress, clientCountry, clientOrigin }) {
      const started = await deps.logins.start(
        {
          platform: client.platform,
          version: client.plugin_version ?? null,
          deviceName: client.device_name ?? null,
        },
        { address: clientAddress, country: clientCountry(), origin: clientOrigin },
      );
      return {
        status: 201,
        body: {
          login_attempt_id: started.attemptId,
          authorize_url: `${deps.publicBaseUrl()}/login/plugin?attempt=${started.attemptId}`,
          user_code: started.userCode,
          poll_token: started.pollToken,
          expires_at: started.expiresAt.toISOString(),
          poll_interval_seconds: POLL_INTERVAL_SECONDS,
        },
      };
    },

    async pollPluginLogin({ body }) {
      const result = await deps.logins.poll(body.login_attempt_id, body.poll_token);
      if (result.status === 'pending') return { status: 202, body: { status: 'pending' } };
      const snapshot = await glance(result.account);
      return { status: 200, body: { status: 'completed', auth: toApiTokens(result.tokens), ...snapshot } };
    },

    async completePluginLogin({ body }) {
      await deps.logins.decide({
        attemptId: body.login_attempt_id,
        outcome: body.outcome,
        userId: body.user_id,
        reasonCode: body.reason_code,
      });
      return { status: 204 };
    },

    async refreshAuth({ body }) {
      const { tokens, account } = await deps.auth.refresh(body.refresh_token);
      return { status: 200, body: { auth: toApiTokens(tokens), ...(await glance(account)) } };
    },

    async logout({ principals }) {
      await deps.auth.logout(principals.bearerAuth);
      return { status: 204 };
    },
  };
}

function toApiTokens(tokens: TokenPair) {
  return { cp_access_jwt: tokens.accessToken, refresh_token: tokens.refreshToken };
}

function toApiSnapshot({ account, present, entitlement, usage, liveSessions, slots }: AccountSnapshot): ApiSnapshot {
  const [newest] = liveSessions;
  return {
    user: { id: account.id, email: account.email, display_name: account.displayName },
    entitlement: {
      relay_access_status: entitlement.relayAccess,
      reason_code: entitlement.reason,
      plan_tier: present.plan.tier,
      plan_status: present.status,
      max_concurrent_conns: entitlement.maxConnections,
      active_managed_conns: entitlement.liveConnections,
    },
    usage: toApiUsage(usage),
    active_relay: newest ? { session_id: newest.id, status: newest.status } : null,
    active_sessions: liveSessions.map((session) => ({
      session_id: session.id,
      ...(session.connectionId === null ? {} : { connection_id: session.connectionId }),
      status: session.status,
      public_ip: session.publicIp ?? '',
      srt_port: session.srtPort,
      stream_token: session.streamToken,
    })),
    stream_slots: slots.map(toApiSlot),
  };
}
