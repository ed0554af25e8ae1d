import { errors } from '../../http/errors.ts';
import type { Handlers, Principals } from '../../http/operation-types.ts';
import type { UserCache } from '../account-view/index.ts';
import type { CapacityCache } from './capacity-cache.ts';
import { type HealthDeps, type HealthReport, reportHealth } from './health-service.ts';
import type { SessionWatch } from './long-poll.ts';
import { readManifest } from './manifest-store.ts';
import { type MigrateDeps, migrateRelay } from './migrate-service.ts';
import type { RelaySession } from './session.ts';
import { readActive, readSession } from './session-queries.ts';
import { sessionETag, toApiSession } from './session-view.ts';
import { type StartDeps, startRelay } from './start-service.ts';
import { stopRelay } from './stop-service.ts';

type RelayHandlers = Pick<
  Handlers,
  | 'startRelay'
  | 'getActiveRelay'
  | 'getRelaySession'
  | 'stopRelay'
  | 'migrateRelay'
  | 'reportRelayHealth'
  | 'getRelayManifest'
>;

export interface RelayHandlerDeps extends StartDeps, MigrateDeps, HealthDeps {
  capacity: CapacityCache;
  watch: SessionWatch;
  accounts: UserCache;
}

/** The operations of the tag `relay`. */
export function createRelayHandlers(deps: RelayHandlerDeps): RelayHandlers {
  const toEnvelope = (session: RelaySession) => ({ session: toApiSession(session, deps.clock.now()) });

  return {
    async startRelay({ principals, body, headers, requestId, clientAddress }) {
      const { outcome, session } = await startRelay(deps, {
        userId: principals.bearerAuth.userId,
        idempotencyKey: headers['Idempotency-Key'].toLowerCase(),
        regionPreference: body.region_preference,
        connectionId: body.connection_id?.toLowerCase() ?? null,
        streamToken: body.stream_token,
        streamSlot: body.stream_slot,
        requestedBy: body.client_context?.requested_by ?? '',
        callerAddress: clientAddress,
        requestId,
      });
      const envelope = toEnvelope(session);
      if (outcome === 'created') return { status: 201, body: envelope };
      const headersOf = outcome === 'replayed' ? { headers: { 'Idempotent-Replayed': 'true' } } : {};
      return { status: 200, body: envelope, ...headersOf };
    },

    async getActiveRelay({ principals, query, headers, signal }) {
      const { userId } = principals.bearerAuth;
      const known = headers['If-None-Match'];
      const seconds = query.wait_seconds ?? 0;
      const since = query.since_version;
      let baseline: string | undefined;
      const found = await deps.watch.waitFor({
        userId,
        seconds,
        signal,
        read: () => readActive(deps, userId, query.connection_id?.toLowerCase()),
        isNews(value) {
          const tag = value ? sessionETag(value) : 'none';
          // A caller that knows of a version is told at once that its session is over; one that doesn't waits for one.
          if (since !== undefined && !value) return since > 0;
          if (since !== undefined && value?.version !== since) return true;
          if (since === undefined && known !== undefined) return !matches(known, tag);
          // Versions of different sessions may be the same; tags are not.
          baseline ??= tag;
          return tag !== baseline;
        },
      });
      if (!found) return { status: 204 };
      const tag = sessionETag(found);
      if (known !== undefined && matches(known, tag)) return { status: 304, headers: { ETag: tag } };
      return { status: 200, body: toEnvelope(found), headers: { ETag: tag } };
    },

    async getRelaySession({ principals, path }) {
      const found = await readSession(deps, principals.bearerAuth.userId, path.session_id);
      if (!found) throw errors.notFound('relay session of yours');
      return { status: 200, body: toEnvelope(found) };
    },

    async stopRelay({ principals, body, requestId }) {
      const { deferred, session } = await stopRelay(deps, {
        userId: principals.bearerAuth.userId,
        sessionId: body.session_id,
        connectionId: body.connection_id?.toLowerCase(),
        reason: body.reason ?? 'user_requested',
        defer: body.defer ?? true,
        actor: { name: 'user', requestId },
      });
      if (deferred) {
        return { status: 202, body: { session_id: session.id, status: 'provisioning', stop_deferred: true } };
      }
      const stoppedAt = (session.stoppedAt as Date).toISOString();
      return { status: 200, body: { session_id: session.id, status: 'stopped', stopped_at: stoppedAt } };
    },

    async migrateRelay({ principals, body, requestId, clientAddress }) {
      const { moving, session } = await migrateRelay(deps, {
        userId: principals.bearerAuth.userId,
        connectionId: body.connection_id?.toLowerCase() ?? null,
        newRegion: body.new_region,
        callerAddress: clientAddress,
        requestId,
      });
      return { status: moving ? 202 : 200, body: toEnvelope(session) };
    },

    async reportRelayHealth({ principals, body, requestId }) {
      const session = await reportHealth(deps, {
        sessionId: body.session_id,
        instanceId: body.instance_id,
        requestId,
        ...trustOf(principals, body),
      });
      const lease = session.leaseExpiresAt;
      return {
        status: 200,
        body: { ok: true, status: session.status, lease_expires_at: lease?.toISOString() ?? null },
      };
    },

    async getRelayManifest() {
      const entries = await readManifest(deps.database);
      if (entries.length === 0) throw errors.manifestUnavailable();
      const regions = entries.map((entry) => ({
        region: entry.region,
        ami_id: entry.amiId,
        default_instance_type: entry.instanceType,
        updated_at: entry.updatedAt.toISOString(),
      }));
      return { status: 200, body: { regions } };
    },
  };
}

/** A user must not steer his own bill: with a bearer token the figures are not even read. */
function trustOf(
  principals: Partial<Pick<Principals, 'bearerAuth' | 'relayAuth'>>,
  body: { ingest_active?: boolean; session_uptime_seconds?: number; observed_at?: string },
): Pick<HealthReport, 'ownerId' | 'figures'> {
  if (principals.bearerAuth) return { ownerId: principals.bearerAuth.userId };
  const observedAt = body.observed_at === undefined ? undefined : new Date(body.observed_at);
  return { figures: { ingestActive: body.ingest_active, uptimeSeconds: body.session_uptime_seconds, observedAt } };
}

/** Weak comparison with a list of tags or `*` (RFC 9110, section 13.1.2). */
function matches(header: string, tag: string): boolean {
  if (tag === 'none') return false;
  const plain = (text: string) => text.trim().replace(/^W\//, '');
  return header.trim() === '*' || header.split(',').some((candidate) => plain(candidate) === plain(tag));
}
