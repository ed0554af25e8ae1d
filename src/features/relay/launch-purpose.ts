import type { Transaction } from '../../database/connect.ts';
import type { Logger } from '../../observability/logger.ts';
import type { Random } from '../../random.ts';
import type { LaunchNews } from './launch-news.ts';
import type { LaunchSteps } from './launch-steps.ts';
import type { RelayDeps } from './lifecycle.ts';
import type { Providers } from './providers/index.ts';
import type { RelayAddress } from './providers/provider.ts';
import type { ProvisionStep, RelaySession, SessionFailure } from './session.ts';
import type { SessionChange } from './session-change.ts';

export interface LaunchDeps extends RelayDeps {
  providers: Providers;
  steps: LaunchSteps;
  news: LaunchNews;
  random: Random;
  logger: Logger;
  deployment: string;
  /** What the session's relay proves itself with. */
  relayKey(sessionId: string): string;
  /** Absolute URL of `POST /relay/health`, as relays see it. */
  healthUrl: string;
  /** Whether relays have names in DNS. */
  hasNames: boolean;
  /** Who may read a relay's statistics: the one who started it, or everyone. */
  statsAccess: 'caller' | 'open';
}

/** The launch of one relay for a session. */
export interface Launch {
  /** Which launch of the session it is; names its token. */
  attempt: number;
  /** Which one for this purpose, from 1. */
  tries: number;
  /** Where the relay was asked for. */
  region: string;
}

/** What is known of a launch's relay. */
export interface Progress {
  instanceId: string;
  region: string;
  step: ProvisionStep;
  address?: RelayAddress;
}

/**
 * What a launch is for: a session's first relay, or the one that it moves to. Each function makes of the locked session
 * what that step of the launch means for it.
 */
export interface LaunchPurpose {
  /** The session's launch for this purpose; null when it has none, or none any more. */
  launchOf(session: RelaySession): Launch | null;
  /** Whether another region will do. */
  anyRegion: boolean;
  /** Ends what has become too late or is no longer wanted; otherwise leaves it alone. */
  withLimits(change: SessionChange, now: Date): SessionChange;
  withProgress(change: SessionChange, progress: Progress, now: Date): SessionChange;
  /** The relay answers. */
  withReady(change: SessionChange, progress: Progress, now: Date): SessionChange;
  withNextAttempt(change: SessionChange, now: Date): SessionChange;
  withFailure(change: SessionChange, failure: SessionFailure, now: Date): SessionChange;
  /** What else belongs into the transaction that a change is stored in. */
  onCommit(deps: LaunchDeps, trx: Transaction, change: SessionChange): Promise<void>;
}

/** The idempotency token of a session's launch. */
export function tokenOf(sessionId: string, { attempt }: Pick<Launch, 'attempt'>): string {
  return `${sessionId}:${attempt}`;
}
