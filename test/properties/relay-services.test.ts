import assert from 'node:assert/strict';
import fc from 'fast-check';
import { enforceDeadlines } from '../../src/features/relay/deadline-job.ts';
import { readSession } from '../../src/features/relay/session-queries.ts';
import { toApiSession } from '../../src/features/relay/session-view.ts';
import { checkProperty, PROPERTY_LIMIT_MS } from '../support/property.ts';
import { LAB_START, type RelayLab, useRelayLab } from '../support/relay-lab.ts';
import { anyHappening, endHistory, happen } from './history.ts';
import { checkOutages, checkSessions, checkVersions, installChangeLog } from './history-checks.ts';

const anyHistory = fc.array(anyHappening, { minLength: 10, maxLength: 60, size: 'max' });

describe('the relay services under any history', () => {
  const lab = useRelayLab();

  before(() => installChangeLog(lab().database));

  it('keep to the machine, the ledger and the plan, whatever happens in which order', async () => {
    await checkProperty(
      fc.asyncProperty(anyHistory, async (history) => {
        const userId = await begin(lab());
        for (const happening of history) {
          await happen(lab(), userId, happening);
          await checkLimits(lab(), userId);
        }
        await endHistory(lab(), userId);
        await checkSessions(lab().database, userId);
        await checkVersions(lab().database);
        await checkOutages(lab().database, userId);
        await checkNothingLeft(lab(), userId);
      }),
      { runs: 60 },
    );
  }).timeout(PROPERTY_LIMIT_MS);

  it('show at any time what the job stores behind it', async () => {
    await checkProperty(
      fc.asyncProperty(anyHistory, async (history) => {
        const userId = await begin(lab());
        for (const happening of history) await happen(lab(), userId, happening);
        const shown = await readAll(lab(), userId);
        await enforceDeadlines(lab().deps);
        assert.deepEqual(await readAll(lab(), userId), shown);
        const stored = await lab().database('relay_sessions').where({ user_id: userId }).orderBy('id');
        assert.deepEqual(
          stored.map(({ status, version }) => ({ status, version })),
          shown.map(({ status, version }) => ({ status, version })),
        );
        await endHistory(lab(), userId);
      }),
      { runs: 30 },
    );
  }).timeout(PROPERTY_LIMIT_MS);
});

/** A new user at the beginning of time, with nothing left of the history before. */
async function begin(lab: RelayLab): Promise<string> {
  lab.jobs.length = 0;
  lab.clock.set(LAB_START);
  await lab.deps.alive.jump();
  await lab.database.raw('truncate change_log, event_log, outages');
  return lab.makeUser('pro');
}

async function checkLimits(lab: RelayLab, userId: string): Promise<void> {
  const live = await lab.database('relay_sessions').where({ user_id: userId }).whereNot({ status: 'stopped' });
  assert.equal(live.length <= 3, true, `${live.length} live sessions on a plan of 3`);
  assert.equal(new Set(live.map(({ connection_id }) => connection_id)).size, live.length);
}

/** Behind the end nothing runs at the provider that a session of the user asked for. */
async function checkNothingLeft(lab: RelayLab, userId: string): Promise<void> {
  const sessions = await lab.database('relay_sessions').where({ user_id: userId });
  assert.deepEqual(new Set(sessions.map(({ status }) => status)), new Set(sessions.length > 0 ? ['stopped'] : []));
  const mine = new Set(sessions.map(({ id }) => id));
  const left = lab.provider.running().filter((id) => {
    const instance = lab.provider.instances.get(id);
    return mine.has(instance?.description.sessionId);
  });
  assert.deepEqual(left, []);
}

async function readAll(lab: RelayLab, userId: string): Promise<ReturnType<typeof toApiSession>[]> {
  const ids: { id: string }[] = await lab.database('relay_sessions').where({ user_id: userId }).orderBy('id');
  const shown: ReturnType<typeof toApiSession>[] = [];
  for (const { id } of ids) {
    const session = await readSession(lab.deps, userId, id);
    if (session) shown.push(toApiSession(session, lab.clock.now()));
  }
  return shown;
}
