import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../generated/sdk/client/index.ts';
import * as api from '../../generated/sdk/index.ts';
import type { Demo } from './demo.ts';
import { expect } from './expect.ts';
import { spin, stopSpinner } from './spinner.ts';

/** How long each step of a launch takes for the show. */
const STEP_MS = 400;

/** Asks for a relay of a new connection. */
export function askForRelay(client: Client) {
  return api.startRelay({
    client,
    headers: { 'Idempotency-Key': randomUUID() },
    body: { connection_id: randomUUID(), client_context: { obs_connected: false, requested_by: 'demo' } },
  });
}

/** Starts a relay, hands it over once it is active, and stops it in any case. */
export async function withRelay(
  demo: Demo,
  client: Client,
  use: (session: api.RelaySession) => Promise<void>,
): Promise<void> {
  const restorePace = await paceLaunch(demo);
  try {
    demo.signal.throwIfAborted();
    // Not to be broken off: a relay that nobody knows of could not be stopped.
    const { session }: api.RelaySessionEnvelope = expect(await askForRelay(client));
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

async function untilActive({ signal }: Demo, client: Client, started: api.RelaySession): Promise<api.RelaySession> {
  let session = started;
  const begin = Date.now();
  const seconds = () => `${((Date.now() - begin) / 1000).toFixed(1)} s`;
  const spinner = spin(`Relay: ${session.provision_step}`);
  while (session.status === 'provisioning') {
    const known = session.provision_step;
    const query = { connection_id: session.connection_id, wait_seconds: 25, since_version: session.version };
    const answer = await api.getActiveRelay({ client, query, signal });
    if (answer.response?.status === 204) break;
    ({ session } = expect(answer) as api.RelaySessionEnvelope);
    if (session.provision_step !== known)
      spinner.stopAndPersist({ symbol: '  ', text: `${known} done after ${seconds()}` });
    spinner.start(`Relay: ${session.provision_step}`);
  }
  if (session.status !== 'active') {
    const { session: ended } = expect(await api.getRelaySession({ client, path: { session_id: session.session_id } }));
    throw new Error(`The relay did not come up: ${ended.failure?.code}`);
  }
  spinner.succeed(`Relay is active after ${seconds()} in ${session.region}; phones publish to ${session.sender_url}`);
  return session;
}

async function stopRelay(client: Client, sessionId: string): Promise<void> {
  const spinner = spin('Stopping the relay');
  const stop = async () => expect(await api.stopRelay({ client, body: { session_id: sessionId } }));
  // A launch that is under way ends at its next step only.
  while ((await stop()).status !== 'stopped') await sleep(1000);
  spinner.succeed('Relay is stopped');
}
