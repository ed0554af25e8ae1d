import type { RelaySession } from '../../../generated/sdk/types.gen.ts';
import type { Connection } from './connection.ts';
import type { Answer } from './input.ts';
import type { RelayClient } from './relay-client.ts';

/** Longest wait that the server allows a long poll, in seconds. */
const WAIT_SECONDS = 25;

/**
 * Asks for the connection's live session.
 *
 * @param isWaiting whether the server may wait with its answer until something changes.
 * @throws what the client throws.
 */
export async function look(
  client: RelayClient,
  { saved, session: known }: Connection,
  isWaiting: boolean,
  signal: AbortSignal,
): Promise<Answer> {
  const { connectionId } = saved;
  const waiting = isWaiting && known ? { waitSeconds: WAIT_SECONDS, sinceVersion: known.version } : {};
  const session = await client.getActiveRelay({ connectionId, ...waiting }, { signal });
  if (session || !known) return { type: 'seen', session, last: null };
  // Why it ended is good to know, but not worth a failure.
  const last = await client.getRelaySession(known.session_id, { signal }).catch(() => null);
  return { type: 'seen', session: null, last: last?.status === 'stopped' ? last : null };
}

/** @throws what the client throws. */
export async function start(
  client: RelayClient,
  { saved }: Connection,
  requestedBy: string,
  signal: AbortSignal,
): Promise<Answer> {
  const { idempotencyKey, region, streamSlot } = saved.pendingStart ?? { idempotencyKey: '' };
  const body = {
    connection_id: saved.connectionId,
    ...(region === undefined ? {} : { region_preference: region }),
    ...(streamSlot === undefined ? {} : { stream_slot: streamSlot }),
    client_context: { mode: 'auto', requested_by: requestedBy },
  };
  const { session, outcome } = await client.startRelay(body, { idempotencyKey, signal });
  return { type: 'started', session, outcome };
}

/** @throws what the client throws. */
export async function stop(
  client: RelayClient,
  { saved }: Connection,
  reason: 'user_requested' | 'shutdown',
  signal?: AbortSignal,
): Promise<Answer> {
  const body = { connection_id: saved.connectionId, reason };
  const answer = await client.stopRelay(body, signal ? { signal } : {});
  return { type: 'stopped', isDeferred: 'stop_deferred' in answer };
}

/** @throws what the client throws. */
export async function move(client: RelayClient, { saved }: Connection, signal: AbortSignal): Promise<Answer> {
  const region = saved.move?.region ?? '';
  const session = await client.migrateRelay({ connection_id: saved.connectionId, new_region: region }, { signal });
  return { type: 'moved', session, region };
}

/** Whether two looks at a session saw the same. */
export function isSame(a: RelaySession | null, b: RelaySession | null): boolean {
  return a?.session_id === b?.session_id && a?.version === b?.version;
}
