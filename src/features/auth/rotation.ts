/** What the database knows of a device's refresh tokens. */
export interface RotationState {
  /** The token with this counter is the current one. */
  counter: number;
  /** When the current one was issued. */
  refreshedAt: Date;
  /** When an access token minted with the current one was first accepted; null: never. */
  usedAt: Date | null;
  expiresAt: Date;
  revokedAt: Date | null;
}

/** A presented token leads to a new successor, to the successor once more, or to an end. */
export type RotationDecision = 'rotate' | 'repeat' | 'reused' | 'expired' | 'invalid';

/** A client that lost an answer may ask again for this long, even if the successor was used, in seconds. */
export const OVERLAP_SECONDS = 10;

/**
 * Decides about a refresh token that was presented.
 *
 * The current token rotates. Its parent gets the same successor again while that is unused (the client lost the answer),
 * and in any case shortly after the rotation (two windows refreshed at once). Anything else that is old was copied.
 */
export function decideRotation(state: RotationState, presented: number, now: Date): RotationDecision {
  if (state.revokedAt) return 'expired';
  if (now >= state.expiresAt) return 'expired';
  if (presented > state.counter) return 'invalid';
  if (presented === state.counter) return 'rotate';
  if (presented < state.counter - 1) return 'reused';
  const overlap = now.getTime() - state.refreshedAt.getTime() < OVERLAP_SECONDS * 1000;
  return state.usedAt === null || overlap ? 'repeat' : 'reused';
}
