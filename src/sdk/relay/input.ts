import type { RelaySession } from '../../../generated/sdk/types.gen.ts';
import type { StartedRelay } from '../client-types.ts';
import type { RelayError } from './relay-error.ts';

/** What a request was for. */
export type Attempt = 'sync' | 'watch' | 'start' | 'stop' | 'move';

/** What can come to a connection from its user. */
export type Command =
  /** Wants a relay, again perhaps; the key is for the start, should there be need of a new one. */
  | { type: 'wanted'; label: string | undefined; idempotencyKey: string }
  | { type: 'removed' }
  | { type: 'region_wanted'; region: string }
  /** Try now what was given up or put off. */
  | { type: 'retried' }
  /** What is known may be old. */
  | { type: 'doubted' }
  /** All connections of this load have been looked for; it may start in `delayMs`. */
  | { type: 'released'; delayMs: number }
  /** All are being stopped. */
  | { type: 'halted' };

/** What can come to a connection from the server. */
export type Answer =
  | { type: 'started'; session: RelaySession; outcome: StartedRelay['outcome'] }
  /** `last`: what became of the one that was known, where that could be learned. */
  | { type: 'seen'; session: RelaySession | null; last: RelaySession | null }
  /** `region`: the one that was asked for. */
  | { type: 'moved'; session: RelaySession; region: string }
  | { type: 'stopped'; isDeferred: boolean }
  | { type: 'failed'; attempt: Attempt; error: RelayError }
  | { type: 'beat_accepted'; status: RelaySession['status'] }
  | { type: 'beat_failed'; beat: string; error: RelayError };

/** `start_due`: a start is about to be sent with this key. */
export type Input = Command | Answer | { type: 'start_due'; idempotencyKey: string };
