import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { LEGAL_TRANSITIONS } from '../support/legal-transitions.ts';
import { readSession } from '../support/relay-calls.ts';
import { transitionsOf } from '../support/stored-sessions.ts';
import type { Lab } from './lab.ts';

/** Within this time a launch goes on, or fails, after its worker died, in milliseconds. */
const RECOVERY = { timeoutMs: 60_000, intervalMs: 100 };
const STEPS = [
  'launching_instance',
  'waiting_for_instance',
  'starting_docker',
  'starting_containers',
  'creating_stream',
  'ready',
];

/** Waits until the launch has come to its end, and asserts that `version` never fell on the way. */
export async function waitForEnd(lab: Lab, token: string, sessionId: string): Promise<'active' | 'stopped'> {
  const versions: number[] = [];
  const end = await eventually(async () => {
    const { status, version, provision_step } = await readSession(lab.api, token, sessionId);
    versions.push(version);
    assert.notEqual(status, 'provisioning', `still at ${provision_step}`);
    return status;
  }, RECOVERY);
  assert.deepEqual(
    versions,
    [...versions].sort((a, b) => a - b),
  );
  return end;
}

/** An active session has exactly one instance, the one that is written down for its last attempt. */
export async function assertOneInstance(lab: Lab, sessionId: string): Promise<void> {
  const { database, provider } = lab.api;
  const session = await database('relay_sessions').where({ id: sessionId }).first();
  const instances = (await provider.list(lab.deployment)).filter((instance) => instance.sessionId === sessionId);
  assert.deepEqual(
    instances.map(({ instanceId }) => instanceId),
    [session.instance_id],
  );
  const last = await database('relay_instances').where({ session_id: sessionId }).orderBy('attempt', 'desc').first();
  const { instance_id, attempt, state } = last;
  assert.deepEqual([instance_id, attempt, state], [session.instance_id, session.provision_attempt, 'running']);
}

/** A session that ended has no instance at the provider, and no row says that it might have one. */
export async function assertNoInstance(lab: Lab, sessionId: string): Promise<void> {
  await eventually(async () => {
    const { database, provider } = lab.api;
    const open = await database('relay_instances').where({ session_id: sessionId }).whereNot({ state: 'terminated' });
    assert.deepEqual(open, []);
    const instances = (await provider.list(lab.deployment)).filter((instance) => instance.sessionId === sessionId);
    assert.deepEqual(instances, []);
  }, RECOVERY);
}

/** What is written down of the session could have happened: one start, then legal transitions, each from where the last led. */
export async function assertLegalHistory(lab: Lab, sessionId: string): Promise<void> {
  const { database } = lab.api;
  const starts = await database('relay_session_events').where({ session_id: sessionId, from_status: null });
  assert.deepEqual(
    starts.map((event) => [event.to_status, event.cause]),
    [['provisioning', 'started']],
  );
  const transitions = await transitionsOf(database, sessionId);
  let status = 'provisioning';
  let before = starts[0].at as Date;
  for (const [line, at] of transitions) {
    assert.ok(LEGAL_TRANSITIONS.has(line), `${line} is not legal`);
    const [from, to] = line.split(/ > | by /);
    assert.equal(from, status);
    assert.ok(at >= before, `${line} at ${at.toISOString()} came before ${before.toISOString()}`);
    [status, before] = [to as string, at];
  }
  const session = await database('relay_sessions').where({ id: sessionId }).first();
  assert.equal(session.status, status);
  await assertStepsInOrder(lab, sessionId);
}

async function assertStepsInOrder({ api }: Lab, sessionId: string): Promise<void> {
  const rows = await api
    .database('relay_provision_steps')
    .where({ session_id: sessionId })
    .orderBy(['attempt', 'reached_at']);
  for (const attempt of new Set(rows.map((row) => row.attempt))) {
    const reached = rows.filter((row) => row.attempt === attempt).map((row) => STEPS.indexOf(row.step));
    assert.deepEqual(
      reached,
      [...reached].sort((a, b) => a - b),
      `attempt ${attempt} went back`,
    );
  }
}
