import type { Entry } from './entry.ts';
import type { RelayClient } from './relay-client.ts';
import { toRelayError } from './relay-error.ts';
import { stop } from './requests.ts';

/** Stops an entry's relay for a shutdown, unless there is known to be none. Never rejects: the entry is told. */
export async function stopNow(client: RelayClient, entry: Entry, signal: AbortSignal | undefined): Promise<void> {
  const { session, saved, isSynced } = entry.read();
  if (isSynced && !session && !saved.pendingStart && !saved.removing) return;
  try {
    entry.tell(await stop(client, entry.read(), 'shutdown', signal));
  } catch (error) {
    entry.tell({ type: 'failed', attempt: 'stop', error: toRelayError(error) });
  }
}
