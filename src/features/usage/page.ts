import type { Cycle } from './cycle.ts';
import type { UsageInterval } from './interval.ts';
import type { UsagePosition } from './position.ts';

/** Which part of the list of a cycle's sessions is wanted. */
export interface UsagePageRequest {
  /** Most sessions on the page. */
  limit: number;
  /** Null: from the beginning, and about now. */
  position: UsagePosition | null;
}

/** What a number of billable seconds is made of. */
export interface UsageParts {
  /** Cut to the cycle; `open` where it goes on. */
  intervals: (UsageInterval & { open: boolean })[];
  adjustments: { at: Date; seconds: number; reason: string }[];
}

/** A session's share in a cycle. */
export interface SessionUsage extends UsageParts {
  sessionId: string;
  connectionId: string | null;
  region: string;
  status: 'provisioning' | 'active' | 'grace' | 'stopped';
  /** Null: it was never active. */
  startedAt: Date | null;
  endedAt: Date | null;
  consumedSeconds: number;
}

/** A part of the list of a cycle's sessions, with what the whole cycle adds up to. */
export interface UsagePage {
  asOf: Date;
  cycle: Cycle;
  consumedSeconds: number;
  sessions: SessionUsage[];
  /** Those of the account as a whole, with the first page. */
  adjustments: UsageParts['adjustments'];
  /** Null: this is the last page. */
  next: UsagePosition | null;
}
