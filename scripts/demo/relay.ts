import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RelaySession, TelemyClient } from '../../src/sdk/index.ts';
import type { Demo } from './demo.ts';
import { spin, stopSpinner } from './spinner.ts';

/** How long each step of a launch takes for the show. */
const STEP_MS = 400;

/** Asks for a relay of a new connection. */
export function askForRelay(client: TelemyClient) {
  const client_context = { obs_connected: false, requested_by: 'demo' };
  return client.startRelay({ connection_id: randomUUID(), client_context });
}

/** Starts a relay, hands it over once it is active, and stops it in any case. */
export async function withRelay(
  demo: Demo,
  client: TelemyClient,
  use: (session: RelaySession) => Promise<void>,
): Promise<void> {
  const restorePace = await paceLaunch(demo);
  try {
    demo.signal.throwIfAborted();
    // Not to be broken off: a relay that nobody knows of could not be stopped.
    const { session } = await askForRelay(client);
    try {
      await use(await untilActive(demo, client, session));
    } finally {
      stopSpinner();
      await stopRelay(client, session.session_id);
    }
  } finally {
    await restorePace();
  }
}

/**
 * The stand-ins come up faster than anyone can look; the fault switch slows them down for the show. Returns what gives
 * them the pace they had before.
 */
async function paceLaunch({ adminUrl }: Demo): Promise<() => Promise<void>> {
  const faults = `${adminUrl}/dev/faults`;
  const set = async (slow_launch_ms: number | null) => {
    await fetch(faults, { method: 'PUT', body: JSON.stringify({ slow_launch_ms }) });
  };
  const before = await fetch(faults).catch(() => undefined);
  // Not there in production, nor for those who can't reach the admin address.
  if (!before?.ok) return async () => undefined;
  const { slow_launch_ms: paceBefore = null } = (await before.json()) as { slow_launch_ms?: number };
  await set(STEP_MS);
  return () => set(paceBefore);
}

async function untilActive({ signal }: Demo, client: TelemyClient, started: RelaySession): Promise<RelaySession> {
  let session = started;
  const begin = Date.now();
  const seconds = () => `${((Date.now() - begin) / 1000).toFixed(1)} s`;
  const spinner = spin(`Relay: ${session.provision_step}`);
  while (session.status === 'provisioning') {
    const known = session.provision_step;
    const { connection_id: connectionId, version: sinceVersion } = session;
    const next = await client.getActiveRelay({ connectionId, waitSeconds: 25, sinceVersion }, { signal });
    if (!next) break;
    session = next;
    if (session.provision_step !== known)
      spinner.stopAndPersist({ symbol: '  ', text: `${known} done after ${seconds()}` });
    spinner.start(`Relay: ${session.provision_step}`);
  }
  if (session.status !== 'active') {
    const ended = await client.getRelaySession(session.session_id);
    throw new Error(`The relay did not come up: ${ended.failure?.code}`);
  }
  spinner.succeed(`Relay is active after ${seconds()} in ${session.region}; phones publish to ${session.sender_url}`);
  return session;
}

async function stopRelay(client: TelemyClient, session_id: string): Promise<void> {
  const spinner = spin('Stopping the relay');
  // A launch that is under way ends at its next step only.
  while ((await client.stopRelay({ session_id })).status !== 'stopped') await sleep(1000);
  spinner.succeed('Relay is stopped');
}
