import type { Database } from '../../database/connect.ts';
import { PREPARED } from '../../database/prepared.ts';
import type { IngestState, RelaySession } from './session.ts';
import { type SessionRow, toDate } from './session-row.ts';

/** Where the time in `active` is billed there is no coverage to extend. */
const EXTENDED = "case metering when 'ingest' then greatest(metered_until, ?) end";

/** What a relay or its owner tells, and what must hold for it to change nothing but timers. */
export interface Heartbeat {
  sessionId: string;
  instanceId: string;
  /** Only if the session is this user's. */
  userId?: string;
  /** Only if this is what is known of the ingest already. */
  ingestState?: IngestState;
  /** Only if this is newer than the newest report; becomes the newest. */
  observedAt?: Date;
  /** With a stream that the relay reports. Only if its last word is still good; becomes the end of the coverage. */
  coveredUntil?: Date;
  /** Only if no gap waits for this report. */
  settlesGaps?: boolean;
  now: Date;
  leaseExpiresAt: Date;
}

/** What a heartbeat is answered by. */
export type RenewedLease = Pick<RelaySession, 'userId' | 'status' | 'leaseExpiresAt'>;

/**
 * The quick way of a heartbeat: renews the lease of an active session whose deadlines are ahead and, with a stream that
 * its relay reports, its coverage, in one statement.
 */
export async function renewLease(db: Database, heartbeat: Heartbeat): Promise<RenewedLease | null> {
  const rows = await db<SessionRow>('relay_sessions')
    .where({ id: heartbeat.sessionId, status: 'active', instance_id: heartbeat.instanceId })
    .where((where) => {
      if (heartbeat.userId !== undefined) where.where({ user_id: heartbeat.userId });
      if (heartbeat.ingestState !== undefined) where.where({ ingest_state: heartbeat.ingestState });
      if (heartbeat.coveredUntil !== undefined) {
        where.where((covered) => covered.where({ metering: 'session' }).orWhere('metered_until', '>=', heartbeat.now));
      }
      if (heartbeat.settlesGaps) where.where({ has_gaps: false });
      if (heartbeat.observedAt !== undefined) {
        where.where((newer) =>
          newer.whereNull('last_observed_at').orWhere('last_observed_at', '<', heartbeat.observedAt as Date),
        );
      }
    })
    .andWhere('next_deadline_at', '>', heartbeat.now)
    .update({
      lease_expires_at: heartbeat.leaseExpiresAt,
      ...(heartbeat.observedAt === undefined ? {} : { last_observed_at: heartbeat.observedAt }),
      ...(heartbeat.coveredUntil === undefined ? {} : { metered_until: db.raw(EXTENDED, [heartbeat.coveredUntil]) }),
    })
    .returning<Pick<SessionRow, 'user_id' | 'status' | 'lease_expires_at'>[]>(['user_id', 'status', 'lease_expires_at'])
    .options(PREPARED);
  const [row] = rows;
  return row ? { userId: row.user_id, status: row.status, leaseExpiresAt: toDate(row.lease_expires_at) } : null;
}
