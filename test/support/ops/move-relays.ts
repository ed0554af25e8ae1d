import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { eventually } from '../eventually.ts';
import { call } from '../http.ts';
import type { ServerProcess } from '../process.ts';
import type { Cluster } from './cluster.ts';
import { calleeOf, type Tokens } from './plugin.ts';

/** A relay, and the device that it is of. */
export interface OwnedRelay {
  device: Tokens;
  sessionId: string;
}

const LIMITS = { timeoutMs: 30_000, intervalMs: 50 };

/** Starts a relay whose launch is held by its host until `letLaunch`. */
export async function startHeld(server: ServerProcess, device: Tokens): Promise<OwnedRelay> {
  await setFaults(server, { hold_step: 'starting_docker' });
  const { status, text, body } = await call(calleeOf(server), 'POST', '/relay/start', {
    token: device.access,
    body: {},
    headers: { 'Idempotency-Key': randomUUID() },
  });
  assert.equal(status, 201, text);
  return { device, sessionId: body.session.session_id };
}

export const letLaunch = (server: ServerProcess): Promise<void> => setFaults(server, { hold_step: null });

/** Waits until the database says so of a session. */
export function statusBecomes(cluster: Cluster, sessionId: string, status: string): Promise<void> {
  return eventually(async () => {
    const [row] = await cluster.query(`select status from relay_sessions where id = '${sessionId}'`, 'telemy');
    assert.equal(row?.status, status);
  }, LIMITS);
}

/** Stops relays as their devices do, and waits until no instance is left of any. */
export async function stopRelays(
  server: ServerProcess,
  cluster: Cluster,
  relays: readonly OwnedRelay[],
): Promise<void> {
  for (const { device, sessionId } of relays) {
    const stop = { token: device.access, body: { session_id: sessionId } };
    const { status, text } = await call(calleeOf(server), 'POST', '/relay/stop', stop);
    assert.equal(status, 200, text);
    await statusBecomes(cluster, sessionId, 'stopped');
  }
  const left = `select instance_id, state from relay_instances where state <> 'terminated'`;
  await eventually(async () => assert.deepEqual(await cluster.query(left, 'telemy'), []), LIMITS);
}

async function setFaults({ adminUrl }: ServerProcess, faults: object): Promise<void> {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(`${adminUrl}/dev/faults`, { method: 'PUT', headers, body: JSON.stringify(faults) });
  assert.equal(answer.status, 200, await answer.text());
}
