import type { UsageSession as ApiSession, UsageSummary as ApiUsage } from '../../../generated/sdk/types.gen.ts';
import { errors } from '../../http/errors.ts';
import type { Handlers } from '../../http/operation-types.ts';
import type { Account, PresentPlan } from '../account/index.ts';
import type { Cycle } from './cycle.ts';
import { intervalSeconds } from './interval.ts';
import type { SessionUsage, UsagePage, UsagePageRequest, UsageParts } from './page.ts';
import { decodePosition, encodePosition, type UsagePosition } from './position.ts';
import type { UsageSummary } from './summary.ts';

export interface UsageHandlerDeps {
  /** The current cycle of an account and its usage, up to now. */
  readUsage(account: Account): Promise<{ present: PresentPlan; cycle: Cycle; usage: UsageSummary }>;
  /** The same, session by session. */
  readSessions(account: Account, request: UsagePageRequest): Promise<UsagePage>;
}

const DEFAULT_LIMIT = 20;

/** The operations of the tag `usage`. */
export function createUsageHandlers(deps: UsageHandlerDeps): Pick<Handlers, 'getCurrentUsage' | 'listUsageSessions'> {
  return {
    async getCurrentUsage({ principals }) {
      const { present, cycle, usage } = await deps.readUsage(principals.bearerAuth.account);
      return {
        status: 200,
        body: {
          plan_tier: present.plan.tier,
          plan_status: present.status,
          ...toApiCycle(cycle),
          ...toApiUsage(usage),
        },
      };
    },

    async listUsageSessions({ principals, query }) {
      const page = await deps.readSessions(principals.bearerAuth.account, {
        limit: query.limit ?? DEFAULT_LIMIT,
        position: query.cursor === undefined ? null : readCursor(query.cursor),
      });
      return {
        status: 200,
        body: {
          ...toApiCycle(page.cycle),
          as_of: page.asOf.toISOString(),
          consumed_seconds: page.consumedSeconds,
          sessions: page.sessions.map(toApiSession),
          adjustments: page.adjustments.map(toApiAdjustment),
          next_cursor: page.next && encodePosition(page.next),
        },
      };
    },
  };
}

function readCursor(text: string): UsagePosition {
  const position = decodePosition(text);
  if (!position)
    throw errors.invalidRequest([{ path: '/query/cursor', message: 'must be a next_cursor of this list' }]);
  return position;
}

function toApiCycle({ start, end }: Cycle) {
  return { cycle_start: start.toISOString(), cycle_end: end.toISOString() };
}

export function toApiUsage(usage: UsageSummary): ApiUsage {
  return {
    included_seconds: usage.includedSeconds,
    consumed_seconds: usage.consumedSeconds,
    remaining_seconds: usage.remainingSeconds,
    overage_seconds: usage.overageSeconds,
  };
}

function toApiSession(session: SessionUsage): ApiSession {
  return {
    session_id: session.sessionId,
    ...(session.connectionId === null ? {} : { connection_id: session.connectionId }),
    region: session.region,
    status: session.status,
    started_at: session.startedAt?.toISOString() ?? null,
    ended_at: session.endedAt?.toISOString() ?? null,
    consumed_seconds: session.consumedSeconds,
    intervals: session.intervals.map((interval) => ({
      started_at: interval.startedAt.toISOString(),
      ended_at: interval.endedAt.toISOString(),
      seconds: intervalSeconds(interval),
      open: interval.open,
    })),
    adjustments: session.adjustments.map(toApiAdjustment),
  };
}

function toApiAdjustment({ at, seconds, reason }: UsageParts['adjustments'][number]) {
  return { at: at.toISOString(), seconds, reason };
}
